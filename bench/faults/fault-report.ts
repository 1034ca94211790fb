import type { Fault } from './faulty-life.js';
import type { KillReport, Moment } from './killed-runs.js';
import type { LogDamageReport } from './log-damage.js';
import type { SeedReport } from './simulated-run.js';
import type { StoreDamageReport } from './store-damage.js';

/** What the faults came to: the figures, and one row for each fault. */

export interface FaultRow {
  readonly fault: string;
  /** How it is brought about. */
  readonly injected: string;
  /** What has to hold all the same. */
  readonly invariant: string;
  /** `holds` with how often it was tried, `violated`, or `skipped` with why. */
  readonly result: string;
  /** How many seeds of the simulator tried it; 0 when it was tried in another way. */
  readonly seeds: number;
}

export interface FaultReport {
  readonly kills: number;
  readonly seeds: number;
  readonly events: number;
  readonly lost: number;
  readonly doubled: number;
  readonly id_differences: number;
  readonly restart_seconds_max: number;
  readonly damages: { readonly log: number; readonly store: number; readonly undetected: number };
  readonly matrix: readonly FaultRow[];
}

export interface Tried {
  readonly killed: KillReport;
  readonly seeds: readonly SeedReport[];
  readonly log: LogDamageReport;
  readonly archive: LogDamageReport;
  readonly store: StoreDamageReport;
}

const SAME = 'nothing lost, nothing doubled; directives and relations as without it';
const TOLD = 'found and told, or harmless; what is left reads as it was written';

const KILLED: Readonly<Record<Moment, string>> = {
  any: 'at any moment',
  landing: 'while the log is written',
  rotation: 'when a file of the log has just begun',
  commit: 'while the journal of the store is written',
  checkpoint: 'while the file of the store is written',
  archiving: 'while a closed file of the log is archived, or has just been',
};

const SIMULATED: Readonly<Record<Fault, readonly [string, string]>> = {
  crash: ['the process ends between two steps', 'the directory as it stands goes to another process'],
  power_cut: ['the power goes', 'as above; what was not synced of the log is cut off or zeros'],
  redelivery: ['events come again', 'source goes back up to 400 lines'],
  source_lost: ['the source is lost', 'source throws'],
  no_room: ['no room for the log', 'half of a write, then ENOSPC'],
  sync_failed: ['the disk fails to sync', 'EIO in place of fdatasync'],
  statement_failed: ['a statement of the store fails', 'thrown before the statement'],
  commit_unknown: ['the outcome of a commit is not known', 'thrown after the commit'],
  sink_refuses: ['a sink is down', 'sink throws'],
  response_lost: ['a sink takes directives, and its answer is lost', 'sink throws after it has taken them'],
  clock_jump: ['the clock jumps', 'an hour or a day, forwards or back'],
};

/** Faults that this program does not bring about, and why. */
const SKIPPED: readonly (readonly [string, string])[] = [
  [
    'disk full, for the log and the store together',
    'needs a file system of its own (tmpfs), which a plain user cannot mount',
  ],
  ['a system call fails or is torn', 'needs strace or a kernel that injects faults'],
  ['the kernel ends the process for its memory', 'needs a cgroup of its own'],
  ['a webhook is attacked', 'there is no webhook yet'],
  ['a broker restarts, is away, or moves partitions', 'there is no broker yet'],
];

export function faultReport({ killed, seeds, log, archive, store }: Tried, events_per_seed: number): FaultReport {
  const sum = (pick: (one: SeedReport) => number) => seeds.reduce((total, one) => total + pick(one), 0);
  return {
    kills: Object.values(killed.kills).reduce((total, count) => total + count, 0),
    seeds: seeds.length,
    events: killed.events + seeds.length * events_per_seed,
    lost: killed.lost + sum(({ lost }) => lost),
    doubled: killed.doubled + sum(({ doubled }) => doubled),
    id_differences: killed.id_differences + sum(({ id_differences }) => id_differences),
    restart_seconds_max: killed.restart_seconds_max,
    damages: {
      log: log.log + archive.log,
      store: store.store,
      undetected: log.undetected.length + archive.undetected.length + store.undetected.length,
    },
    matrix: [...killRows(killed), ...seedRows(seeds), ...damageRows(log, archive, store), ...skippedRows()],
  };
}

/** What was found wrong, each with what would show it again. */
export function violationLines({ killed, seeds, log, archive, store }: Tried): string[] {
  return [
    ...killed.violations,
    ...seeds
      .filter(({ violations }) => violations.length > 0)
      .map(
        ({ seed, violations }) =>
          `seed ${seed}: ${violations.join('; ')}\n  replay: npm run --silent test:faults -- --kills 0 --from ${seed} --seeds 1 --log-damages 0 --store-damages 0`,
      ),
    ...[...log.undetected, ...archive.undetected, ...store.undetected].map((one) => `undetected: ${one}`),
  ];
}

function outcome(tried: number, violated: number, unit: string): string {
  if (violated > 0) return `violated: ${violated}`;
  return tried === 0 ? 'skipped: did not come up in this run' : `holds: ${tried} ${unit}`;
}

function killRows({ kills, violations }: KillReport): FaultRow[] {
  return (Object.keys(KILLED) as Moment[]).map((moment) => ({
    fault: `kill -9 ${KILLED[moment]}`,
    injected: 'SIGKILL to `plumbline run`',
    invariant: SAME,
    result: outcome(kills[moment], kills[moment] === 0 ? 0 : violations.length, 'kills'),
    seeds: 0,
  }));
}

/** Faults come together: a seed that is violated counts for every fault that happened in it. */
function seedRows(seeds: readonly SeedReport[]): FaultRow[] {
  return (Object.keys(SIMULATED) as Fault[]).map((fault) => {
    const hit = seeds.filter(({ happened }) => happened[fault] > 0);
    const times = hit.reduce((total, { happened }) => total + happened[fault], 0);
    const [name, injected] = SIMULATED[fault];
    const violated = hit.filter(({ violations }) => violations.length > 0).length;
    return { fault: name, injected, invariant: SAME, result: outcome(times, violated, 'times'), seeds: hit.length };
  });
}

function damageRows(log: LogDamageReport, archive: LogDamageReport, store: StoreDamageReport): FaultRow[] {
  const injected = 'one flip, cut or run of zeros at any byte';
  return [
    {
      fault: 'the log is damaged',
      injected,
      invariant: TOLD,
      result: outcome(log.log, log.undetected.length, 'damages'),
      seeds: 0,
    },
    {
      fault: 'the archive is damaged',
      injected,
      invariant: TOLD,
      result: outcome(archive.log, archive.undetected.length, 'damages'),
      seeds: 0,
    },
    {
      fault: 'the store or its journal is damaged',
      injected,
      invariant: 'made again from the log, or harmless; never other rows in silence',
      result: outcome(
        store.store,
        store.undetected.length,
        `damages, ${store.healed} healed, ${store.harmless} harmless`,
      ),
      seeds: 0,
    },
  ];
}

function skippedRows(): FaultRow[] {
  return SKIPPED.map(([fault, why]) => ({ fault, injected: '', invariant: '', result: `skipped: ${why}`, seeds: 0 }));
}
