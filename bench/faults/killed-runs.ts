import { spawn } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { archivedHeads } from '../../pipelines/land/archive-files.js';
import { draftFolder } from '../../pipelines/land/archive-segment.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';
import { storePath } from '../../pipelines/open-store.js';
import { Random, streamKey } from '../../sources/simulate/random.js';
import { severally } from '../in-child.js';
import { beginRun, endedRun, runArguments, type WholeRun } from './fleet-process.js';

/** `plumbline run`, as it is started by anybody, ended by SIGKILL again and again, and started again until it is done. */

/** What is waited for before a process is killed: a time, or that it has just begun to write something. */
export const MOMENTS = ['any', 'landing', 'rotation', 'commit', 'checkpoint', 'archiving'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface KillTask {
  /** The command line of Plumbline, compiled. */
  readonly program: string;
  /** As `prepareProcess` has made it. */
  readonly folder: string;
  readonly whole: WholeRun;
  readonly kills: number;
  /** What is drawn follows from it; what a process has come to when it is killed does not. */
  readonly seed: number;
  /** Runs at a time. */
  readonly workers: number;
  say(text: string): void;
}

/** One data directory, from its beginning over all kills to its end. */
export interface KilledRun {
  readonly kills: Readonly<Record<Moment, number>>;
  readonly events: number;
  readonly lost: number;
  readonly doubled: number;
  readonly id_differences: number;
  /** From the start of a process after a kill to its first frame that is on disk and applied, s. */
  readonly restart_seconds_max: number;
  readonly violations: readonly string[];
}

const KILLS_PER_RUN_MAX = 6;
const POLL_MS = 3;
/** Of the times that something was seen to be written, those after which the kill comes, and within what. */
const STRIKE_SHARE = 0.3;
const DELAY_MS_MAX = 4;

interface Ended {
  readonly was_killed: boolean;
  readonly code: number | null;
  readonly ms: number;
  readonly watching_ms: number | null;
}

export async function killedRuns(task: KillTask): Promise<KilledRun[]> {
  const { folder, kills, workers, say } = task;
  const runs: KilledRun[] = [];
  /** Kills that no run has been given yet; one that ends before its kill comes gives it back. */
  let left = kills;
  let begun = 0;
  const worker = async () => {
    while (left > 0) {
      const number = begun++;
      const random = new Random().restart(streamKey(task.seed, 'kills'), number, 0);
      const given = Math.min(left, 1 + random.index(KILLS_PER_RUN_MAX));
      left -= given;
      const run = await killedRun(task, { name: `run-${number}`, kills: given, random });
      left += given - killsOf(run);
      runs.push(run);
      rmSync(join(folder, `run-${number}`), { recursive: true });
      const violated = runs.filter(({ violations }) => violations.length > 0).length;
      const done = runs.reduce((total, one) => total + killsOf(one), 0);
      say(`${done} of ${kills} kills, ${runs.length} runs${violated > 0 ? `, ${violated} violated` : ''}`);
    }
  };
  await severally(Array.from({ length: workers }), workers, worker);
  return runs;
}

export function killsOf({ kills }: KilledRun): number {
  return MOMENTS.reduce((total, moment) => total + kills[moment], 0);
}

async function killedRun(
  task: KillTask,
  { name, kills: given, random }: { readonly name: string; readonly kills: number; readonly random: Random },
): Promise<KilledRun> {
  const { folder, whole } = task;
  const kills = Object.fromEntries(MOMENTS.map((moment) => [moment, 0])) as Record<Moment, number>;
  const violations: string[] = [];
  let restart_seconds_max = 0;
  beginRun(folder, name);
  for (let left = given, ended: Ended | null = null; ended === null || ended.was_killed; ) {
    const moment: Moment | null = left > 0 ? MOMENTS[random.index(MOMENTS.length)]! : null;
    const follows_kill = ended !== null;
    ended = await started(task, name, moment === null ? null : { moment, ms: random.uniform() * whole.ms, random });
    if (follows_kill && ended.watching_ms !== null)
      restart_seconds_max = Math.max(restart_seconds_max, ended.watching_ms / 1000);
    if (ended.was_killed) {
      left--;
      kills[moment!]++;
    } else if (ended.code !== 0) violations.push(`a start ended with ${ended.code}`);
  }
  const { events, lost, doubled, id_differences, violations: found } = await endedRun(folder, name, whole.facts);
  violations.push(...found);
  return {
    kills,
    events,
    lost,
    doubled,
    id_differences,
    restart_seconds_max,
    violations: violations.map((one) => `${name}: ${one}`),
  };
}

interface Kill {
  readonly moment: Moment;
  /** When `moment` is any: so long after the start. */
  readonly ms: number;
  readonly random: Random;
}

/** One process, from its start to its end. */
function started({ program, folder }: KillTask, name: string, kill: Kill | null): Promise<Ended> {
  const data_dir = join(folder, name);
  const begun_ms = performance.now();
  const child = spawn(process.execPath, runArguments(program, name), {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let watching_ms: number | null = null;
  let was_killed = false;
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (watching_ms === null && line.includes('"msg":"watching"')) watching_ms = performance.now() - begun_ms;
  });
  const end = () => {
    was_killed = child.kill('SIGKILL') || was_killed;
  };
  let before = kill === null || kill.moment === 'any' ? '' : seen(data_dir, kill.moment);
  const poll = setInterval(() => {
    if (kill === null) return;
    if (kill.moment === 'any') {
      if (performance.now() - begun_ms < kill.ms) return;
    } else {
      const now = seen(data_dir, kill.moment);
      if (now === before) return;
      before = now;
      if (kill.random.uniform() >= STRIKE_SHARE) return;
    }
    clearInterval(poll);
    setTimeout(end, kill.moment === 'any' ? 0 : kill.random.uniform() * DELAY_MS_MAX);
  }, POLL_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearInterval(poll);
      resolve({ was_killed: was_killed && signal === 'SIGKILL', code, ms: performance.now() - begun_ms, watching_ms });
    });
  });
}

/** Changes whenever a process has written what is watched, by the files alone. */
function seen(data_dir: string, moment: Exclude<Moment, 'any'>): string {
  switch (moment) {
    case 'landing':
      return stateOf(segmentFiles(data_dir).at(-1));
    case 'rotation':
      return segmentFiles(data_dir)
        .map((file) => basename(file))
        .join();
    case 'commit':
      return stateOf(`${storePath(data_dir)}.wal`);
    case 'checkpoint':
      return stateOf(storePath(data_dir));
    case 'archiving':
      return `${archivedHeads(data_dir).length} ${existsSync(draftFolder(data_dir))}`;
  }
}

function stateOf(file: string | undefined): string {
  const found = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  return found === undefined ? '' : `${file} ${found.size} ${found.mtimeMs}`;
}
