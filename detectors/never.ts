import { z } from 'zod';
import type { Detector } from '../contracts/detector.js';
import { quietVerdict } from './stats/evidence-state.js';

const config = z.strictObject({});
export type NeverConfig = z.infer<typeof config>;

export interface NeverState {
  readonly log_threshold: number;
}

/**
 * Null object: never says anything but `quiet` (or `insufficient`). For wiring, for switching a stream off without
 * taking it out, and as the floor in comparisons: it has no false alarm and finds nothing.
 */
export const never: Detector<NeverConfig, NeverState> = {
  name: 'never',
  summary: 'never fires; for wiring, and as a floor to compare with',
  kinds: ['proportion', 'rate', 'mean', 'relationship', 'association'],
  config,
  init: (_options, traits) => ({ log_threshold: traits.log_threshold }),
  step: (state, window) => ({ state, verdict: quietVerdict(0, state.log_threshold, window.expected.is_sufficient) }),
};
