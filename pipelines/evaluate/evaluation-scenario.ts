/** How a stream behaves while nothing has changed, and how a change comes. */
export interface EvaluationScenario {
  readonly name: ScenarioName;
  readonly summary: string;
  /** Calls over which a change comes, evenly on the scale of the shift; 0: at once. */
  readonly ramp_calls: number;
  /** Whether the level follows the hours of the day and the days of the week, as the baseline knows. */
  readonly is_seasonal: boolean;
  /** Correlation of the calls of a window, in [0, 1); the baseline knows the dispersion that it makes. */
  readonly correlation: number;
  /** Correlation of what moves windows together from one window to the next. */
  readonly lag1: number;
  /** Calls behind what the baseline says; null: it is exact. */
  readonly history_calls: number | null;
  /** Calls of a window; null: those of the case. */
  readonly window_calls: number | null;
  /** For levels alone: relationships are drawn as independent windows. */
  readonly is_for_levels: boolean;
}

export const SCENARIO_NAMES = [
  'abrupt',
  'gradual',
  'seasonal',
  'overdispersed',
  'autocorrelated',
  'thin',
  'closed-loop',
] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

const plain = {
  ramp_calls: 0,
  is_seasonal: false,
  correlation: 0,
  lag1: 0,
  history_calls: null,
  window_calls: null,
  is_for_levels: true,
};

/** The grid. `closed-loop` has its own measurement (`closed-loop.ts`) over streams like those of `abrupt`. */
export const SCENARIOS: Readonly<Record<ScenarioName, EvaluationScenario>> = {
  abrupt: { ...plain, name: 'abrupt', summary: 'a step, calls independent, baseline exact', is_for_levels: false },
  gradual: {
    ...plain,
    name: 'gradual',
    summary: 'the same shift over 1,000 calls',
    ramp_calls: 1_000,
    is_for_levels: false,
  },
  seasonal: { ...plain, name: 'seasonal', summary: 'a step on a daily and weekly swing', is_seasonal: true },
  overdispersed: {
    ...plain,
    name: 'overdispersed',
    summary: 'a step, calls of a window correlated by 0.02',
    correlation: 0.02,
  },
  autocorrelated: {
    ...plain,
    name: 'autocorrelated',
    summary: 'the same, and half of it carries over to the next window',
    correlation: 0.02,
    lag1: 0.5,
  },
  thin: {
    ...plain,
    name: 'thin',
    summary: 'a step, windows of 5 calls, baseline from 1,000 calls',
    history_calls: 1_000,
    window_calls: 5,
  },
  'closed-loop': { ...plain, name: 'closed-loop', summary: 'drift comes and goes, and is throttled while it is seen' },
};

/**
 * Variance of a window over that of independent calls, as a baseline tells it: 1 + (n - 1) rho, and more where the
 * windows' residuals are correlated by more than 0.1 from one to the next.
 */
export function dispersionOf({ correlation, lag1 }: EvaluationScenario, n: number): number {
  const phi = 1 + (n - 1) * correlation;
  const carried = (lag1 * n * correlation) / phi;
  return carried > 0.1 ? (phi * (1 + carried)) / (1 - carried) : phi;
}
