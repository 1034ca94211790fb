import { delayLimit } from '../../detectors/stats/delay-limit.js';
import { bernoulliDivergence } from '../../detectors/stats/kullback-leibler.js';
import { logit } from '../../detectors/stats/logit.js';
import { calibrate } from '../../pipelines/evaluate/calibrate.js';
import { LevelStream } from '../../pipelines/evaluate/level-stream.js';
import { METHODS, type TableMethod } from '../../pipelines/evaluate/methods.js';
import {
  averageRunLength,
  type Estimate,
  type History,
  meanDelay,
  NoQuietHistory,
  type RunLength,
  runLength,
  SEARCH_TRIES_MAX,
  type Trial,
} from '../../pipelines/evaluate/run-length.js';
import { Random } from '../../sources/simulate/random.js';

/** A level before, and levels after with the harm that they are. */
export interface LevelGroup {
  readonly before: number;
  readonly harmful: 'up' | 'down';
  readonly after: readonly number[];
}

export interface MethodTask {
  /** A method of the table, or `oracle-cusum`: CUSUM that is told the size of the shift, as a yardstick. */
  readonly method: string;
  readonly group: LevelGroup;
  /** Whether the threshold is searched by simulation; otherwise the method is as shipped. */
  readonly calibrated: boolean;
  readonly window_calls: number;
  readonly target: number;
  readonly null_runs: number;
  readonly delay_runs: number;
  /** Quiet calls before the change. */
  readonly change_after: number;
  readonly seed: number;
}

export interface TableRow {
  readonly pair: string;
  readonly detector: string;
  /** True: threshold found by simulation. False: as shipped, with the budget as its only setting. */
  readonly calibrated: boolean;
  /** Calls of a window. */
  readonly window: number;
  readonly arl: number | null;
  readonly arl_low: number | null;
  readonly arl_high: number | null;
  readonly delay: number | null;
  readonly delay_low: number | null;
  readonly delay_high: number | null;
  readonly d_star: number;
  readonly ratio: number | null;
  /** Why a figure is missing. */
  readonly reason?: string;
}

/** How near the run length has to come, a share. */
export const TOLERANCE = 0.05;
/** A null run is given up after so many times the target; a delay run after as many calls. */
const NULL_UNITS_FACTOR = 10;
const DELAY_UNITS_MAX = 300_000;
/** Quiet calls before a change: past what any method does in its first windows. */
export const QUIET_CALLS = 5_000;
/** Quiet calls that a method which learns what is usual has seen before any run. */
const HISTORY_CALLS = 10_000;
const ORACLE = 'oracle-cusum';

/** All rows of a method over a group of pairs. */
export function measureMethod(task: MethodTask): TableRow[] {
  if (task.method !== ORACLE) return rowsOf(task, METHODS[task.method]!);
  const cusum = METHODS.cusum!;
  return task.group.after.flatMap((after) => {
    const shift = Math.abs(logit(after) - logit(task.group.before));
    return rowsOf({ ...task, group: { ...task.group, after: [after] } }, { ...cusum, options: { shift } });
  });
}

function rowsOf(task: MethodTask, method: TableMethod): TableRow[] {
  const { group, target, window_calls } = task;
  const share = method.runs_share ?? { null: 1, delay: 1 };
  const runs = { null: Math.ceil(task.null_runs * share.null), delay: Math.ceil(task.delay_runs * share.delay) };
  const nullRuns = (trial: Trial, count: number, name: string): RunLength[] => {
    const stream = new LevelStream(window_calls, group.before, group.before);
    return times(count, (run) =>
      runLength(
        trial,
        stream,
        draws(task, name, run),
        target * NULL_UNITS_FACTOR,
        quiet(
          task,
          method.is_self_taught === true ? HISTORY_CALLS : 0,
          name === 'search' ? SEARCH_TRIES_MAX : undefined,
        ),
      ),
    );
  };
  const bare = (row: Partial<TableRow>, after: number): TableRow => ({
    pair: `${group.before} -> ${after}`,
    detector: task.method,
    calibrated: task.calibrated,
    window: window_calls,
    ...NOTHING,
    d_star: dStar(group.before, after, target),
    ...row,
  });

  let trial = trialOf(method, task, null);
  if (task.calibrated) {
    const measure = (knob: number, count: number) => {
      const search = () => nullRuns(trialOf(method, task, knob), count, 'search');
      const runs_found = withQuietHistory(search);
      if (runs_found instanceof NoQuietHistory) return 0;
      return averageRunLength(runs_found)?.mean ?? Number.POSITIVE_INFINITY;
    };
    const { from, until } = method.knob;
    const found = calibrate(measure, { from, until, target, tolerance: TOLERANCE, runs: runs.null });
    if ('reason' in found) return group.after.map((after) => bare({ reason: found.reason }, after));
    trial = trialOf(method, task, found.knob);
  }
  const quiet_runs = withQuietHistory(() => nullRuns(trial, runs.null, 'null'));
  if (quiet_runs instanceof NoQuietHistory)
    return group.after.map((after) => bare({ reason: quiet_runs.message }, after));
  const arl = averageRunLength(quiet_runs);
  return group.after.map((after) => {
    const stream = new LevelStream(window_calls, after, group.before);
    const delays = times(runs.delay, (run) =>
      runLength(
        trial,
        stream,
        draws(task, `delay ${after}`, run),
        DELAY_UNITS_MAX,
        quiet(task, method.is_self_taught === true ? HISTORY_CALLS : task.change_after),
      ),
    );
    return bare(
      figures(arl, meanDelay(delays), dStar(group.before, after, target), { target, runs: runs.null }),
      after,
    );
  });
}

function withQuietHistory<Result>(measure: () => Result): Result | NoQuietHistory {
  try {
    return measure();
  } catch (error) {
    if (error instanceof NoQuietHistory) return error;
    throw error;
  }
}

const NOTHING = {
  arl: null,
  arl_low: null,
  arl_high: null,
  delay: null,
  delay_low: null,
  delay_high: null,
  ratio: null,
};

function figures(
  arl: Estimate | null,
  delay: Estimate | null,
  d_star: number,
  { target, runs }: { readonly target: number; readonly runs: number },
): Partial<TableRow> {
  const reasons = [
    ...(arl === null ? [`no false alarm in ${runs} runs of ${target * NULL_UNITS_FACTOR} calls`] : []),
    ...(delay === null ? [`some shifts were not found in ${DELAY_UNITS_MAX} calls`] : []),
  ];
  return {
    arl: arl?.mean ?? null,
    arl_low: arl?.low ?? null,
    arl_high: arl?.high ?? null,
    delay: delay?.mean ?? null,
    delay_low: delay?.low ?? null,
    delay_high: delay?.high ?? null,
    ratio: delay === null ? null : delay.mean / d_star,
    ...(reasons.length === 0 ? {} : { reason: reasons.join('; ') }),
  };
}

function trialOf({ detector, options, knob }: TableMethod, task: MethodTask, at: number | null): Trial {
  const set = at === null ? {} : knob.set(at);
  return {
    detector,
    options: detector.config.parse({ ...options, ...set.options }),
    traits: {
      kind: 'proportion',
      harmful: task.group.harmful,
      log_threshold: set.log_threshold ?? Math.log(task.target),
    },
  };
}

function quiet({ group, window_calls }: MethodTask, calls: number, tries_max?: number): History | null {
  if (calls === 0) return null;
  return {
    stream: new LevelStream(window_calls, group.before, group.before),
    windows: Math.ceil(calls / window_calls),
    ...(tries_max === undefined ? {} : { tries_max }),
  };
}

function draws({ seed, group }: MethodTask, name: string, run: number): Random {
  return Random.of(seed, `${group.before}/${name}/${run}`);
}

function times<Result>(count: number, make: (index: number) => Result): Result[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function dStar(before: number, after: number, target: number): number {
  return delayLimit(target, bernoulliDivergence(before, after), bernoulliDivergence(after, before));
}
