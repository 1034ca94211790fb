import type { FleetReport } from './drawn-runs.js';
import type { Fault } from './faulty-life.js';
import { type KilledRun, killsOf, MOMENTS, type Moment } from './killed-runs.js';
import type { LargeLogReport } from './large-log.js';
import type { LogDamageReport } from './log-damage.js';
import type { SeedReport } from './simulated-run.js';
import type { StoreDamageReport } from './store-damage.js';
import { SYSTEM_FAULTS, type SystemFault, type SystemFaultReport } from './system-faults.js';

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
  readonly killed: readonly KilledRun[];
  readonly system: SystemFaultReport;
  readonly seeds: readonly SeedReport[];
  readonly fleets: readonly FleetReport[];
  readonly log: LogDamageReport;
  readonly archive: LogDamageReport;
  readonly summaries: LogDamageReport;
  readonly store: StoreDamageReport;
  readonly large: LargeLogReport;
}

/** From the start of a process to its first frame that is on disk and applied. */
const RESTART_SECONDS_MAX = 5;
const NOT_TRIED = 'skipped: did not come up in this run';
const SAME = 'nothing lost, nothing doubled; directives and relations as without it';
const TOLD = 'found and told, or harmless; what is left reads as it was written';

const KILLED: Readonly<Record<Moment, string>> = {
  any: 'at any moment',
  landing: 'while the log is written',
  rotation: 'when a file of the log has just ended and another begun',
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

const BY_THE_SYSTEM: Readonly<Record<SystemFault, readonly [string, string]>> = {
  disk_full: ['disk full, for the log and the store together', 'a file system with 0.1 to 2 MB of room'],
  system_call: [
    'a system call fails, or the process ends in it',
    'strace: EIO, ENOSPC or SIGKILL at a write, sync, cut, renaming or removal of a file',
  ],
  memory: ['the kernel ends the process for its memory', 'a control group with 100 to 175 MiB'],
};

/** Faults that this program does not bring about, and why. */
const SKIPPED: readonly (readonly [string, string])[] = [
  ['a webhook is attacked', 'there is no webhook yet'],
  ['a broker restarts, is away, or moves partitions', 'there is no broker yet'],
];

export function faultReport({ killed, system, seeds, fleets, ...damaged }: Tried): FaultReport {
  const { log, archive, summaries, store, large } = damaged;
  const runs = [...killed, ...system.runs, ...seeds];
  const sum = <One>(ones: readonly One[], pick: (one: One) => number) =>
    ones.reduce((total, one) => total + pick(one), 0);
  return {
    kills: sum(killed, killsOf),
    seeds: seeds.length,
    events: sum([...runs, ...fleets], ({ events }) => events),
    lost: sum(runs, ({ lost }) => lost),
    doubled: sum(runs, ({ doubled }) => doubled),
    id_differences: sum(runs, ({ id_differences }) => id_differences),
    restart_seconds_max: Math.max(...[...killed, large].map(({ restart_seconds_max }) => restart_seconds_max)),
    damages: {
      log: log.log + archive.log + summaries.log,
      store: store.store,
      undetected: sum([log, archive, summaries, store], ({ undetected }) => undetected.length),
    },
    matrix: [
      ...killRows(killed),
      restartRow(large),
      ...systemRows(system),
      ...seedRows(seeds),
      fleetRow(fleets),
      ...damageRows(log, archive, summaries, store),
      ...skippedRows(),
    ],
  };
}

/** What was found wrong, each with what would show it again. */
export function violationLines({ killed, system, seeds, fleets, ...damaged }: Tried): string[] {
  const { log, archive, summaries, store, large } = damaged;
  return [
    ...killed.flatMap(({ violations }) => violations),
    ...system.runs.flatMap(({ violations }) => violations),
    ...seeds
      .filter(({ violations }) => violations.length > 0)
      .map(({ seed, violations, ran }) =>
        [
          `seed ${seed}: ${violations.join('; ')}`,
          `  replay: ${replayCommand(seed, { seeds: 1 })}`,
          ...(ran === undefined || ran.from === ran.until
            ? []
            : [
                `  with those that its process had run before: ${replayCommand(ran.from, { seeds: ran.until - ran.from + 1 })}`,
              ]),
        ].join('\n'),
      ),
    ...fleets
      .filter(({ violations }) => violations.length > 0)
      .map(({ seed, violations }) =>
        [`fleet ${seed}: ${violations.join('; ')}`, `  replay: ${replayCommand(seed, { fleets: 1 })}`].join('\n'),
      ),
    ...(large.restart_seconds_max > RESTART_SECONDS_MAX
      ? [`a start with ${large.log_megabytes.toFixed(0)} MB of log took ${large.restart_seconds_max.toFixed(1)} s`]
      : []),
    ...[log, archive, summaries, store].flatMap(({ undetected }) => undetected.map((one) => `undetected: ${one}`)),
  ];
}

function replayCommand(from: number, { seeds = 0, fleets = 0 }: { seeds?: number; fleets?: number }): string {
  const tried = `--from ${from} --seeds ${seeds} --fleets ${fleets}`;
  return `npm run --silent test:faults -- --kills 0 --system-faults 0 ${tried} --log-damages 0 --store-damages 0`;
}

function outcome(tried: number, violated: number, unit: string): string {
  if (violated > 0) return `violated: ${violated}`;
  return tried === 0 ? NOT_TRIED : `holds: ${tried} ${unit}`;
}

/** A run that is violated counts for every moment at which it was killed, and for no other. */
function killRows(runs: readonly KilledRun[]): FaultRow[] {
  return MOMENTS.map((moment) => {
    const hit = runs.filter(({ kills }) => kills[moment] > 0);
    return {
      fault: `kill -9 ${KILLED[moment]}`,
      injected: 'SIGKILL to `plumbline run`',
      invariant: SAME,
      result: outcome(
        hit.reduce((total, { kills }) => total + kills[moment], 0),
        hit.filter(({ violations }) => violations.length > 0).length,
        'kills',
      ),
      seeds: 0,
    };
  });
}

function systemRows({ runs, lacking }: SystemFaultReport): FaultRow[] {
  return SYSTEM_FAULTS.map((name) => {
    const [fault, injected] = BY_THE_SYSTEM[name];
    const why = lacking[name];
    const hit = runs.filter((run) => run.fault === name);
    const violated = hit.filter(({ violations }) => violations.length > 0).length;
    const result = why === undefined ? outcome(hit.length, violated, 'times') : `skipped: ${why}`;
    return { fault, injected, invariant: SAME, result, seeds: 0 };
  });
}

function restartRow({ log_megabytes, events, frames, restarts, restart_seconds_max }: LargeLogReport): FaultRow {
  const told = `${restarts} starts, ${restart_seconds_max.toFixed(1)} s at the most`;
  const isSlow = restart_seconds_max > RESTART_SECONDS_MAX;
  return {
    fault: restarts === 0 ? 'kill -9 with a large log' : `kill -9 with a log of ${log_megabytes.toFixed(0)} MB`,
    injected:
      restarts === 0 ? 'SIGKILL to `plumbline run`' : `as above; ${events} events in ${frames} frames, all applied`,
    invariant: `the first frame of the next process is on disk and applied within ${RESTART_SECONDS_MAX} s`,
    result: restarts === 0 ? NOT_TRIED : `${isSlow ? 'violated' : 'holds'}: ${told}`,
    seeds: 0,
  };
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

function fleetRow(fleets: readonly FleetReport[]): FaultRow {
  const violated = fleets.filter(({ violations }) => violations.length > 0).length;
  const late = fleets.reduce((total, one) => total + one.late, 0);
  return {
    fault: 'events come late, again, by another input, under an id that was used before, or not at all',
    injected: 'fleets that are drawn; frames of any size, processes that end between any two',
    invariant: 'the same relations however the log is cut and applied; calls as plain reckoning has them',
    result: outcome(fleets.length, violated, `fleets, ${late} events late`),
    seeds: fleets.length,
  };
}

function damageRows(
  log: LogDamageReport,
  archive: LogDamageReport,
  summaries: LogDamageReport,
  store: StoreDamageReport,
): FaultRow[] {
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
      fault: 'what is kept of closed files of the log is damaged',
      injected,
      invariant: 'told; the next start knows what it knows without, and makes it anew',
      result: outcome(summaries.log, summaries.undetected.length, 'damages'),
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
