import { configSchema } from '../../../contracts/config.js';
import type { Verdict } from '../../../contracts/verdict.js';
import { type PolicyContext, policyContext } from '../../../pipelines/policy/engine.js';
import type { RecoveryDetector, RecoveryStart } from '../../../pipelines/policy/recovery.js';
import type { Stream, StreamVerdict } from '../../../pipelines/policy/stream.js';

/** What the tests of the policy are made of: streams, verdicts and a plain recovery detector. */

export const MINUTE_US = 60_000_000;
/** 2025-10-07T14:00:00Z, the start of the live day's first busy hour. */
export const START_US = Date.UTC(2025, 9, 7, 14) * 1000;

export function stream(parts: Partial<Stream> = {}): Stream {
  return {
    signal: 'answer_rate',
    relationship: null,
    segment: 'number_pool=p1',
    kind: 'proportion',
    harmful: 'down',
    detector: 'mixture-e-sr',
    ...parts,
  };
}

export const QUIET: Verdict = {
  state: 'quiet',
  log_evidence: 3,
  log_threshold: 15,
  direction: 'none',
  is_harmful: false,
  effect: 0,
  effect_confidence: 0.1,
  change_us: null,
  units_since_change: 0,
  is_still_drifted: false,
};

export const WARN: Verdict = { ...QUIET, state: 'warn', log_evidence: 12.5, direction: 'down', effect: -0.4 };

export const DRIFT: Verdict = {
  state: 'drift',
  log_evidence: 15.5,
  log_threshold: 15,
  direction: 'down',
  is_harmful: true,
  effect: -0.6,
  effect_confidence: 0.97,
  change_us: START_US - 20 * MINUTE_US,
  units_since_change: 400,
  is_still_drifted: true,
};

/** A window of 25 calls with `total` answered, where 7.5 are expected; it closes at minute `minute`. */
export function input(minute: number, verdict: Verdict, parts: Partial<StreamVerdict> & { total?: number } = {}) {
  const { total = 4, ...rest } = parts;
  const closed_us = START_US + minute * MINUTE_US;
  const made: StreamVerdict = {
    stream: stream(),
    window: {
      start_us: closed_us - MINUTE_US,
      end_us: closed_us,
      n: 25,
      total,
      exposure_ms: 0,
      total_squares: 0,
      expected: { level: 0.3, standard_error: 0.01, value_sd: 0, dispersion: 1, is_sufficient: true },
    },
    closed_us,
    verdict,
    baseline_version: 'b28',
    since_change: { n: 400, observed: 0.18, expected: 0.3, expected_low: 0.28, expected_high: 0.32 },
    ...rest,
  };
  return made;
}

interface CusumState {
  readonly drift_effect: number;
  readonly log_threshold: number;
  log_evidence: number;
}

/** Page's CUSUM on the way back: one up for every window on the baseline's side of the level, one down for others. */
export const recoveryCusum: RecoveryDetector = {
  name: 'recovery-cusum',
  kinds: ['proportion', 'rate', 'mean', 'relationship'],
  init({ drift_effect, recovery_log_threshold }: RecoveryStart): CusumState {
    return { drift_effect, log_threshold: recovery_log_threshold, log_evidence: 0 };
  },
  step(given, window) {
    const state = given as CusumState;
    const is_back =
      state.drift_effect < 0
        ? window.total / window.n >= window.expected.level - 0.05
        : window.total / window.n <= window.expected.level + 0.05;
    state.log_evidence = Math.max(0, state.log_evidence + (is_back ? 1 : -1));
    const is_recovered = state.log_evidence >= state.log_threshold;
    const { log_evidence, log_threshold } = state;
    const verdict: Verdict = { ...QUIET, state: is_recovered ? 'drift' : 'quiet', log_evidence, log_threshold };
    return { state, verdict };
  },
};

/** Calls back at the baseline, and calls that are still drifted. */
export const BACK = { total: 8 };
export const STILL_LOW = { total: 4 };

export const THROTTLE = {
  name: 'answer_rate_throttle',
  when: { signal: 'answer_rate', direction: 'down', segment: { number_pool: '*' } },
  directive: { action: 'throttle', value: 20, unit: 'calls_per_minute', lease: '2h' },
} as const;

/** A context with these rules, as they would stand in the configuration. */
export function contextWith(rules: readonly unknown[], parts: Partial<PolicyContext> = {}): PolicyContext {
  const { policy } = configSchema.parse({ version: 1, policy: { rules, recovery_calls: 1_000 } });
  return { ...policyContext(policy, 'p1', recoveryCusum), ...parts };
}
