import type { StoreSignal } from '../../contracts/evaluation-report.js';
import type { ScenarioName } from './evaluation-scenario.js';
import type { EvaluationTask } from './measure-case.js';
import { shownFirst } from './methods.js';
import { DEFAULT_CASES, isPerWindow, type ShiftCase } from './shift-case.js';

type Settings = Pick<
  EvaluationTask,
  'is_calibrated' | 'null_runs' | 'delay_runs' | 'episodes' | 'recovery_calls' | 'units_per_week' | 'seed'
>;

/** Quiet calls before a change, and quiet windows of a relationship: past what a detector does at first. */
const QUIET_CALLS = 5_000;
const QUIET_WINDOWS = 200;

export interface SimulatedGrid {
  readonly detectors: readonly string[];
  readonly scenarios: readonly ScenarioName[];
  /** Units between false alarms: calls for levels, windows for relationships. */
  readonly targets: { readonly calls: readonly number[]; readonly windows: readonly number[] };
}

/** Every detector under every scenario at every target, each with the stream that is its own. */
export function simulatedTasks({ detectors, scenarios, targets }: SimulatedGrid, settings: Settings): EvaluationTask[] {
  return scenarios.flatMap((scenario) =>
    detectors.flatMap((detector) => {
      const shown = shownFirst(detector);
      const one = DEFAULT_CASES[shown];
      const [wanted, change_after] = isPerWindow(one) ? [targets.windows, QUIET_WINDOWS] : [targets.calls, QUIET_CALLS];
      return wanted.map((target) => ({
        ...settings,
        detector,
        scenario,
        case: one,
        stream: shown,
        target,
        change_after,
      }));
    }),
  );
}

export interface StoreGrid {
  readonly detectors: readonly string[];
  readonly signals: readonly StoreSignal[];
  /** False directives a week that all streams together are allowed. */
  readonly budgets: readonly number[];
  /** Size of the shift towards the harmful side. */
  readonly shift: number;
  readonly window_calls: number;
}

/**
 * What each budget buys on each signal: the budget is spread over the units of everything that is watched, as a refresh of
 * the baselines does. Runs without a change are left out: at thresholds of millions of calls they take hours, and the
 * promise of the detector stands in their place.
 */
export function storeTasks(grid: StoreGrid, settings: Settings): EvaluationTask[] {
  return grid.signals.flatMap((signal) =>
    grid.budgets.flatMap((budget) =>
      grid.detectors.map(
        (detector): EvaluationTask => ({
          ...settings,
          is_calibrated: false,
          null_runs: 0,
          detector,
          scenario: 'abrupt',
          case: caseOf(signal, grid),
          stream: signal.signal,
          target: Math.max(2, signal.units_per_week / budget),
          change_after: QUIET_CALLS,
          units_per_week: signal.units_per_week,
          stream_units_per_week: signal.stream_units_per_week,
          budget,
        }),
      ),
    ),
  );
}

function caseOf({ kind, harmful, level, value_sd, dispersion }: StoreSignal, grid: StoreGrid): ShiftCase {
  return {
    shown: kind,
    before: level,
    shift: harmful === 'down' ? -grid.shift : grid.shift,
    harmful,
    window_calls: grid.window_calls,
    dispersion: Math.max(1, dispersion),
    value_sd,
  };
}
