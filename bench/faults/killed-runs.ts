import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '../../contracts/clock.js';
import { archivedHeads } from '../../pipelines/land/archive-files.js';
import { draftFolder } from '../../pipelines/land/archive-segment.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { storePath } from '../../pipelines/open-store.js';
import { Pipeline } from '../../pipelines/pipeline.js';
import type { Random } from '../../sources/simulate/random.js';
import { differences, factsOf, fleetOptions, type RunFacts, violationsOf } from './fleet-run.js';
import { FLEET_CONFIGURATION } from './small-fleet.js';

/** `plumbline run`, as it is started by anybody, ended by SIGKILL again and again, and started again until it is done. */

/** What is waited for before a process is killed: a time, or that it has just begun to write something. */
export const MOMENTS = ['any', 'landing', 'rotation', 'commit', 'checkpoint', 'archiving'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface KillTask {
  /** The command line of Plumbline, compiled. */
  readonly program: string;
  /** New folder; `events.ndjson` is made in it. */
  readonly folder: string;
  readonly lines: readonly string[];
  readonly kills: number;
  readonly random: Random;
  say(text: string): void;
}

export interface KillReport {
  readonly kills: Readonly<Record<Moment, number>>;
  /** Runs that were brought to their end. */
  readonly runs: number;
  readonly events: number;
  readonly lost: number;
  readonly doubled: number;
  readonly id_differences: number;
  /** From the start of a process after a kill to its first frame that is on disk and applied, s. */
  readonly restart_seconds_max: number;
  readonly violations: readonly string[];
}

const EVENTS = 'events.ndjson';
const ROWS = 500;
const POLL_MS = 1;
/** After what was waited for has begun, the kill comes within this. */
const DELAY_MS_MAX = 4;

const CONFIGURATION = `${FLEET_CONFIGURATION}
sources: [{ use: file, path: ${EVENTS} }]
sinks: [{ use: file }]
land: { batch_rows_max: ${ROWS}, duplicate_entries_max: 32768, batch_bytes_max: 1048576, segment_bytes_max: 1048576, archive_after: 0s }
`;

interface Ended {
  readonly was_killed: boolean;
  readonly code: number | null;
  readonly ms: number;
  readonly watching_ms: number | null;
}

export async function killedRuns(task: KillTask): Promise<KillReport> {
  const { folder, lines, random, say } = task;
  const kills = Object.fromEntries(MOMENTS.map((moment) => [moment, 0])) as Record<Moment, number>;
  const total = { runs: 0, events: 0, lost: 0, doubled: 0, id_differences: 0, restart_seconds_max: 0 };
  const violations: string[] = [];
  if (task.kills === 0) return { kills, ...total, violations };
  writeFileSync(join(folder, EVENTS), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'plumbline.yaml'), CONFIGURATION);
  const whole = await started(task, 'clean', null);
  if (whole.code !== 0) throw new Error(`a run without a fault ended with ${whole.code}`);
  const clean = await factsAfter(folder, 'clean');
  for (let killed = 0; killed < task.kills; ) {
    const name = `run-${total.runs++}`;
    for (let ended: Ended | null = null; ended === null || ended.was_killed; ) {
      const moment = killed < task.kills ? MOMENTS[random.index(MOMENTS.length)]! : null;
      const follows_kill = ended !== null;
      ended = await started(task, name, moment === null ? null : { moment, ms: random.uniform() * whole.ms, random });
      if (follows_kill && ended.watching_ms !== null)
        total.restart_seconds_max = Math.max(total.restart_seconds_max, ended.watching_ms / 1000);
      if (ended.was_killed) {
        killed++;
        kills[moment!]++;
      } else if (ended.code !== 0) violations.push(`${name}: a start after a kill ended with ${ended.code}`);
    }
    const facts = await factsAfter(folder, name);
    const found = differences(facts, clean);
    violations.push(
      ...[...violationsOf(found), ...sentViolations(folder, name, clean)].map((one) => `${name}: ${one}`),
    );
    total.events += facts.event_ids.length;
    total.lost += found.lost;
    total.doubled += found.doubled;
    total.id_differences += found.id_differences;
    rmSync(join(folder, name), { recursive: true });
    say(`${killed} of ${task.kills} kills, ${total.runs} runs, ${violations.length} violations`);
  }
  return { kills, ...total, violations };
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
  const child = spawn(process.execPath, [program, 'run', '--config', 'plumbline.yaml', '--data-dir', name], {
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
  const before = seen(data_dir);
  const poll = setInterval(() => {
    if (kill === null) return;
    const isTime =
      kill.moment === 'any'
        ? performance.now() - begun_ms >= kill.ms
        : seen(data_dir)[kill.moment] > before[kill.moment] && kill.random.uniform() < 0.2;
    if (!isTime) return;
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

/** How far what a process writes has come, by the files alone. */
function seen(data_dir: string): Record<Exclude<Moment, 'any'>, number> {
  const segments = segmentFiles(data_dir);
  const last = segments.at(-1);
  return {
    landing: last === undefined ? 0 : segments.length * 1e9 + sizeOf(last),
    rotation: segments.length,
    commit: sizeOf(`${storePath(data_dir)}.wal`),
    checkpoint: sizeOf(storePath(data_dir)),
    archiving: archivedHeads(data_dir).length * 2 + (existsSync(draftFolder(data_dir)) ? 1 : 0),
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function factsAfter(folder: string, name: string): Promise<RunFacts> {
  const data_dir = join(folder, name);
  if (!verifyLog(data_dir).is_whole) throw new Error(`the log of ${name} is not whole`);
  const pipeline = await Pipeline.open({
    ...fleetOptions(ROWS),
    key_seed: undefined,
    config_text: CONFIGURATION,
    data_dir,
    base_dir: folder,
    clock: systemClock,
    sinks: {},
    inputs: [],
    live: false,
    signal: new AbortController().signal,
    write: () => undefined,
  });
  try {
    return await factsOf(pipeline, data_dir);
  } finally {
    await pipeline.close();
  }
}

/** The file of directives holds each id once, and none is missing. */
function sentViolations(folder: string, name: string, clean: RunFacts): string[] {
  const text = readFileSync(join(folder, name, 'directives.ndjson'), 'utf8');
  const ids = text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { id: string }).id)
    .sort();
  return ids.join() === clean.directive_ids.join() ? [] : [`sent were [${ids.join(', ')}]`];
}
