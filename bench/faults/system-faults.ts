import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random, streamKey } from '../../sources/simulate/random.js';
import { severally } from '../in-child.js';
import { beginRun, type EndedProcess, ended, endedRun, runArguments, type WholeRun } from './fleet-process.js';

/**
 * Faults that only the system can bring about, to `plumbline run` as a process: a file system that is full, a system call
 * that fails or never returns, a process that is ended for its memory. Each is followed by starts without a fault.
 */

export const SYSTEM_FAULTS = ['disk_full', 'system_call', 'memory'] as const;
export type SystemFault = (typeof SYSTEM_FAULTS)[number];

export interface SystemFaultTask {
  /** The command line of Plumbline, compiled. */
  readonly program: string;
  /** As `prepareProcess` has made it. */
  readonly folder: string;
  readonly whole: WholeRun;
  /** How often each is to happen. */
  readonly times: number;
  readonly seed: number;
  /** Runs at a time. */
  readonly workers: number;
  say(text: string): void;
}

/** One data directory: a process with the fault, and those after it until one ends in order. */
export interface SystemFaultRun {
  readonly fault: SystemFault;
  readonly events: number;
  readonly lost: number;
  readonly doubled: number;
  readonly id_differences: number;
  readonly violations: readonly string[];
}

export interface SystemFaultReport {
  readonly runs: readonly SystemFaultRun[];
  /** Why this machine cannot bring about a fault. */
  readonly lacking: Readonly<Partial<Record<SystemFault, string>>>;
}

/** What the process with the fault did. */
interface Faulted {
  /** Whether the fault came up before the run was done. */
  readonly happened: boolean;
  readonly violations: readonly string[];
}

interface Place {
  readonly task: SystemFaultTask;
  readonly name: string;
  readonly random: Random;
}

/** The drawn fault does not always come up: so many draws are made for each that is wanted. */
const TRIES_PER_TIME = 4;
const STARTS_MAX = 3;
/** A process that neither goes on nor ends is ended by `timeout`, which is a violation. */
const SECONDS_MAX = 180;
const TIMED_OUT = 124;

const CALLS = ['pwrite64', 'pwritev', 'fdatasync', 'fsync', 'ftruncate', 'rename', 'unlink'] as const;
const ACTIONS = ['error=EIO', 'error=ENOSPC', 'signal=SIGKILL'] as const;
/** Which call of a thread: later ones seldom come. */
const NTH_MAX = 8;

/** Beyond what the history takes; a run adds some 7 MB. */
const ROOM_KIB_MAX = 2_000;
/** A run takes about 180 with its files. */
const MEMORY_MIB = { from: 100, until: 175 } as const;
const MEMORY_GROUPS = '/sys/fs/cgroup/memory';

export async function systemFaults(task: SystemFaultTask): Promise<SystemFaultReport> {
  const lacking: Partial<Record<SystemFault, string>> = {};
  const runs: SystemFaultRun[] = [];
  if (task.times === 0) return { runs, lacking };
  for (const fault of SYSTEM_FAULTS) {
    const missing = MISSING[fault]();
    if (missing !== null) lacking[fault] = missing;
    else runs.push(...(await timesOf(task, fault)));
  }
  return { runs, lacking };
}

async function timesOf(task: SystemFaultTask, fault: SystemFault): Promise<SystemFaultRun[]> {
  const runs: SystemFaultRun[] = [];
  let tried = 0;
  const worker = async () => {
    while (runs.length < task.times && tried < task.times * TRIES_PER_TIME) {
      const number = tried++;
      const random = new Random().restart(streamKey(task.seed, fault), number, 0);
      const run = await faultedRun({ task, name: `${fault}-${number}`, random }, fault);
      if (run !== null) runs.push(run);
    }
  };
  await severally(Array.from({ length: task.workers }), task.workers, worker);
  const violated = runs.filter(({ violations }) => violations.length > 0).length;
  task.say(`${runs.length} times ${fault}, of ${tried} tries${violated > 0 ? `, ${violated} violated` : ''}`);
  return runs;
}

/** Null where the fault did not come up. */
async function faultedRun(place: Place, fault: SystemFault): Promise<SystemFaultRun | null> {
  const { task, name } = place;
  beginRun(task.folder, name);
  try {
    const { happened, violations } = await BROUGHT_ABOUT[fault](place);
    if (!happened) return null;
    const found = [...violations, ...(await startedAgain(place))];
    const run = await endedRun(task.folder, name, task.whole.facts);
    const { events, lost, doubled, id_differences } = run;
    found.push(...run.violations);
    return { fault, events, lost, doubled, id_differences, violations: found.map((one) => `${name}: ${one}`) };
  } finally {
    rmSync(join(task.folder, name), { recursive: true });
  }
}

/** Starts without a fault, until one ends in order. */
async function startedAgain({ task, name }: Place): Promise<string[]> {
  const violations: string[] = [];
  for (let start = 1; start <= STARTS_MAX; start++) {
    const { code, said } = await ended(task.folder, run(task.program, name));
    if (code === 0) return violations;
    violations.push(`a start after it ended with ${code}: ${lastLine(said)}`);
  }
  return violations;
}

function run(program: string, name: string): [string, ...string[]] {
  return ['timeout', String(SECONDS_MAX), process.execPath, ...runArguments(program, name)];
}

function lastLine(said: string): string {
  return said.trim().split('\n').at(-1) ?? '';
}

function stuck({ code }: EndedProcess): string[] {
  return code === TIMED_OUT ? [`it neither went on nor ended for ${SECONDS_MAX} s`] : [];
}

const BROUGHT_ABOUT: Readonly<Record<SystemFault, (place: Place) => Promise<Faulted>>> = {
  disk_full: fullDisk,
  system_call: failedCall,
  memory: endedForMemory,
};

/** The data directory lies on a file system of its own, in a name space of its own, that has little room. */
async function fullDisk({ task, name, random }: Place): Promise<Faulted> {
  const script = [
    'set -e',
    'own="$1"; room="$2"; shift 2',
    'mkdir "$own.mounted"',
    'mount -t tmpfs -o size=$(($(du -sk "$own" | cut -f1) + room))k tmpfs "$own.mounted"',
    'cp -a "$own/." "$own.mounted"',
    'code=0; "$@" || code=$?',
    'rm -r "$own"; cp -a "$own.mounted" "$own"',
    'exit $code',
  ].join('\n');
  const room = String(128 + random.index(ROOM_KIB_MAX));
  const command = run(task.program, `${name}.mounted`);
  const process_ = await ended(task.folder, [...OWN_MOUNTS, 'sh', '-c', script, 'sh', name, room, ...command]);
  rmSync(join(task.folder, `${name}.mounted`), { recursive: true, force: true });
  if (process_.code === 0) return { happened: false, violations: [] };
  const isTold = /no space left|ENOSPC|disk is full/i.test(process_.said);
  const violations = isTold ? [] : [`it ended without a word of the disk: ${lastLine(process_.said)}`];
  return { happened: true, violations: [...violations, ...stuck(process_)] };
}

/** One call of the system fails, or the process ends in it. */
async function failedCall({ task, name, random }: Place): Promise<Faulted> {
  const call = CALLS[random.index(CALLS.length)]!;
  const action = ACTIONS[random.index(ACTIONS.length)]!;
  const calls = join(task.folder, `${name}.calls`);
  const injected = `inject=${call}:${action}:when=${1 + random.index(NTH_MAX)}`;
  const traced = ['strace', '-f', '--seccomp-bpf', '-o', calls, '-e', `trace=${call}`, '-e', injected] as const;
  const process_ = await ended(task.folder, [...traced, ...run(task.program, name)]);
  const happened = /INJECTED|killed by SIGKILL/.test(readFileSync(calls, 'utf8'));
  rmSync(calls);
  return { happened, violations: stuck(process_) };
}

async function endedForMemory({ task, name, random }: Place): Promise<Faulted> {
  const group = join(MEMORY_GROUPS, `plumbline-${process.pid}-${name}`);
  const mib = MEMORY_MIB.from + random.index(MEMORY_MIB.until - MEMORY_MIB.from);
  mkdirSync(group);
  try {
    writeFileSync(join(group, 'memory.limit_in_bytes'), String(mib * 2 ** 20));
    const script = `echo $$ > "${group}/cgroup.procs"; exec "$@"`;
    const process_ = await ended(task.folder, ['sh', '-c', script, 'sh', ...run(task.program, name)]);
    return { happened: process_.signal === 'SIGKILL', violations: stuck(process_) };
  } finally {
    rmdirSync(group);
  }
}

const OWN_MOUNTS = ['unshare', '--user', '--map-root-user', '--mount'] as const;

/** What of the system a fault takes; null where it is there. */
const MISSING: Readonly<Record<SystemFault, () => string | null>> = {
  disk_full: () =>
    works([...OWN_MOUNTS, 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp'])
      ? null
      : 'needs a file system of its own (tmpfs), which this user may not mount',
  system_call: () =>
    works(['strace', '-f', '--seccomp-bpf', '-o', '/dev/null', 'true']) ? null : 'needs strace, and the right to trace',
  memory: () => {
    const group = join(MEMORY_GROUPS, `plumbline-${process.pid}`);
    try {
      mkdirSync(group);
      const isThere = existsSync(join(group, 'memory.limit_in_bytes'));
      rmdirSync(group);
      if (isThere) return null;
    } catch {
      // As when the group is of another kind.
    }
    return `needs a control group of its own in ${MEMORY_GROUPS}`;
  },
};

function works([file, ...parameters]: readonly [string, ...string[]]): boolean {
  return spawnSync(file, parameters, { stdio: 'ignore' }).status === 0;
}
