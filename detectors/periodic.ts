import { z } from 'zod';
import type { Detector, StreamTraits } from '../contracts/detector.js';
import type { Verdict } from '../contracts/verdict.js';
import { evidenceState, quietVerdict } from './stats/evidence-state.js';

const config = z.strictObject({
  every_windows: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(100)
    .describe('windows from one firing to the next; 100 windows of 25 calls are two or three a day on a busy segment'),
});
export type PeriodicConfig = z.infer<typeof config>;

export interface PeriodicState {
  readonly harmful: StreamTraits['harmful'];
  readonly log_threshold: number;
  readonly every_windows: number;
  windows: number;
  /** Units since the last firing. */
  units: number;
  start_us: number;
  is_sufficient: boolean;
}

/**
 * Fires `drift` on every `every_windows`-th window that has units, whatever is in it, in the harmful direction (up
 * where either way is). The baseline that a real detector must beat: at the same number of false alarms it must find
 * changes sooner than chance does. Evidence is the share of the period that has passed, scaled to reach the threshold
 * at its end.
 */
export const periodic: Detector<PeriodicConfig, PeriodicState> = {
  name: 'periodic',
  summary: 'fires every so many windows whatever they hold; the baseline that real detectors must beat',
  kinds: ['proportion', 'rate', 'mean', 'relationship', 'association'],
  config,
  init: (options, traits) => ({
    harmful: traits.harmful,
    log_threshold: traits.log_threshold,
    every_windows: options.every_windows,
    windows: 0,
    units: 0,
    start_us: 0,
    is_sufficient: true,
  }),
  step(state, window) {
    if (window.n > 0) {
      if (state.windows === state.every_windows) {
        state.windows = 0;
        state.units = 0;
      }
      if (state.windows === 0) state.start_us = window.start_us;
      state.windows++;
      state.units += window.n;
      state.is_sufficient = window.expected.is_sufficient;
    }
    return { state, verdict: verdictOf(state) };
  },
};

function verdictOf(state: PeriodicState): Verdict {
  const { log_threshold, is_sufficient } = state;
  if (state.windows < state.every_windows) {
    return quietVerdict((log_threshold * state.windows) / state.every_windows, log_threshold, is_sufficient);
  }
  return {
    state: evidenceState(2, is_sufficient),
    log_evidence: log_threshold,
    log_threshold,
    direction: state.harmful === 'down' ? 'down' : 'up',
    is_harmful: true,
    effect: 0,
    effect_confidence: 1,
    change_us: state.start_us,
    units_since_change: state.units,
    is_still_drifted: true,
  };
}
