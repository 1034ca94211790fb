import type { EvaluationRow } from '../../contracts/evaluation-report.js';
import { Random } from '../../sources/simulate/random.js';
import { calibrate } from './calibrate.js';
import { closedLoop } from './closed-loop.js';
import { SCENARIOS, type ScenarioName } from './evaluation-scenario.js';
import { methodOf } from './methods.js';
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
} from './run-length.js';
import { ScenarioStream } from './scenario-stream.js';
import { isPerWindow, levelAfter, limitOf, type ShiftCase, traitsOf } from './shift-case.js';

/** One cell of an evaluation: what a worker does at a time. Plain data; the same task gives the same row. */
export interface EvaluationTask {
  readonly detector: string;
  readonly scenario: ScenarioName;
  readonly case: ShiftCase;
  /** Kind of stream, or the signal of a store: how the row calls it. */
  readonly stream: string;
  /** Units between false alarms that are asked for. */
  readonly target: number;
  /** Whether the threshold is searched by simulation; otherwise the detector is as designed, told the target. */
  readonly is_calibrated: boolean;
  readonly null_runs: number;
  readonly delay_runs: number;
  /** Episodes of a closed loop. */
  readonly episodes: number;
  readonly recovery_calls: number;
  /** Quiet units before a change. */
  readonly change_after: number;
  /** Units a week over which false directives are counted. */
  readonly units_per_week: number;
  /** Of a store: units a week of the stream in the middle, and the false directives that the target stands for. */
  readonly stream_units_per_week?: number;
  readonly budget?: number;
  readonly seed: number;
}

/** A run is given up after so many times the target. */
const UNITS_FACTOR = 10;
const HOURS_PER_WEEK = 168;
/** How near a searched run length comes to the target, a share. */
const TOLERANCE = 0.05;
/** A detector that learns what is usual by itself sees this many calls before anything is measured. */
const HISTORY_CALLS = 10_000;

export const NO_FIGURES = {
  arl: null,
  arl_low: null,
  arl_high: null,
  delay: null,
  delay_low: null,
  delay_high: null,
  ratio: null,
  missed_rate: null,
  false_directives_per_week: null,
  change_error: null,
  change_error_size: null,
  effect_bias: null,
  mean_time_ratio: null,
  flaps_per_episode: null,
  false_openings_per_1000: null,
  recovery_delay: null,
  delay_hours: null,
} as const;

export function measureCase(task: EvaluationTask): EvaluationRow {
  const scenario = SCENARIOS[task.scenario];
  const stream = new ScenarioStream(task.case, scenario);
  const one = { ...task.case, dispersion: stream.dispersion };
  const bare: EvaluationRow = {
    detector: task.detector,
    scenario: task.scenario,
    stream: task.stream,
    before: one.before,
    after: levelAfter(one),
    window: scenario.window_calls ?? one.window_calls,
    unit: isPerWindow(one) ? 'windows' : 'calls',
    dispersion: one.dispersion,
    target: task.target,
    calibrated: task.is_calibrated,
    ...NO_FIGURES,
    d_star: limitOf(one, task.target),
  };
  if (scenario.is_for_levels && isPerWindow(one)) return { ...bare, reason: 'this scenario is for levels' };
  try {
    const { trial, reason } = trialFor(task, stream);
    if (trial === null) return { ...bare, reason };
    if (task.scenario === 'closed-loop') return { ...bare, ...closedLoop(trial, one, task) };
    return {
      ...bare,
      ...figuresOf(task, one, quietRuns(task, stream, trial, 'null'), changedRuns(task, stream, trial)),
    };
  } catch (error) {
    if (error instanceof NoQuietHistory) return { ...bare, reason: error.message };
    throw error;
  }
}

/** The detector with its options; with the threshold that was searched, where that is asked for. */
function trialFor(task: EvaluationTask, stream: ScenarioStream): { trial: Trial | null; reason?: string } {
  const method = methodOf(task.detector);
  const at = (knob: number | null): Trial => {
    const set = knob === null ? {} : method.knob.set(knob);
    return {
      detector: method.detector,
      options: method.detector.config.parse({ ...method.options, ...set.options }),
      traits: traitsOf(task.case, set.log_threshold ?? Math.log(task.target)),
    };
  };
  if (!task.is_calibrated) return { trial: at(null) };
  const measure = (knob: number, runs: number) => {
    try {
      const found = quietRuns({ ...task, null_runs: runs }, stream, at(knob), 'search');
      return averageRunLength(found)?.mean ?? Number.POSITIVE_INFINITY;
    } catch (error) {
      if (error instanceof NoQuietHistory) return 0;
      throw error;
    }
  };
  const { from, until } = method.knob;
  const found = calibrate(measure, { from, until, target: task.target, tolerance: TOLERANCE, runs: task.null_runs });
  return 'reason' in found ? { trial: null, reason: found.reason } : { trial: at(found.knob) };
}

function quietRuns(task: EvaluationTask, stream: ScenarioStream, trial: Trial, name: string): RunLength[] {
  const quiet = historyOf(task, stream, 0);
  const history = quiet === null || name !== 'search' ? quiet : { ...quiet, tries_max: SEARCH_TRIES_MAX };
  return Array.from({ length: task.null_runs }, (_, run) => {
    const random = Random.of(task.seed, `${task.stream}/${task.scenario}/${name}/${run}`);
    stream.begin(random);
    return runLength(trial, stream.quiet, random, task.target * UNITS_FACTOR, history);
  });
}

function changedRuns(task: EvaluationTask, stream: ScenarioStream, trial: Trial): RunLength[] {
  const history = historyOf(task, stream, task.change_after);
  return Array.from({ length: task.delay_runs }, (_, run) => {
    const random = Random.of(task.seed, `${task.stream}/${task.scenario}/delay/${run}`);
    stream.begin(random);
    return runLength(trial, stream.changed, random, task.target * UNITS_FACTOR, history);
  });
}

function historyOf(task: EvaluationTask, stream: ScenarioStream, units: number): History<Random> | null {
  const { is_self_taught } = methodOf(task.detector);
  const calls = isPerWindow(task.case) ? 1 : (SCENARIOS[task.scenario].window_calls ?? task.case.window_calls);
  const wanted = Math.max(units, is_self_taught === true ? HISTORY_CALLS : 0);
  return wanted === 0
    ? null
    : { stream: stream.quiet, windows: Math.ceil(wanted / calls), begin: (random) => stream.begin(random) };
}

function figuresOf(
  task: EvaluationTask,
  one: ShiftCase,
  quiet: readonly RunLength[],
  changed: readonly RunLength[],
): Partial<EvaluationRow> {
  const arl = averageRunLength(quiet);
  const found = changed.filter(({ is_alarm }) => is_alarm);
  const delay = meanDelay(found);
  const missed_rate = changed.length === 0 ? null : 1 - found.length / changed.length;
  const errors = found.map(({ units, verdict }) => units - (verdict?.units_since_change ?? 0));
  const scale = one.shown === 'outcomes' ? 0.25 : 1;
  const effects = found.map(({ verdict }) => (verdict?.effect ?? 0) - one.shift * scale);
  const reasons = [
    ...(arl === null && quiet.length > 0
      ? [`no false alarm in ${quiet.length} runs of ${task.target * UNITS_FACTOR}`]
      : []),
    ...(delay === null && changed.length > 0 ? ['no change was found'] : []),
  ];
  return {
    ...named('arl', arl),
    ...named('delay', delay),
    ratio: delay === null ? null : delay.mean / limitOf(one, task.target),
    missed_rate,
    false_directives_per_week: arl === null ? (task.budget ?? null) : task.units_per_week / arl.mean,
    delay_hours:
      delay === null || task.stream_units_per_week === undefined
        ? null
        : (delay.mean / task.stream_units_per_week) * HOURS_PER_WEEK,
    change_error: mean(errors),
    change_error_size: mean(errors.map(Math.abs)),
    // A mix has several shifts at once, and no one scale for them.
    effect_bias: one.shown === 'mix' ? null : mean(effects),
    mean_time_ratio:
      arl === null || delay === null || missed_rate === null ? null : (arl.mean / delay.mean) * (1 - missed_rate),
    ...(reasons.length === 0 ? {} : { reason: reasons.join('; ') }),
  };
}

function named(name: 'arl' | 'delay', estimate: Estimate | null): Partial<EvaluationRow> {
  return {
    [name]: estimate?.mean ?? null,
    [`${name}_low`]: estimate?.low ?? null,
    [`${name}_high`]: estimate?.high ?? null,
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
