import type { DetectionWindow, ExpectedLevel } from '../../contracts/detector.js';
import type { SignalKind } from '../../contracts/signal.js';
import { drawMix, MIXES } from '../../pipelines/evaluate/mix-stream.js';
import { ASSOCIATIONS, drawOutcomes, outcomeWindow } from '../../pipelines/evaluate/outcome-stream.js';
import { drawPair } from '../../pipelines/evaluate/pair-stream.js';
import { Random } from '../../sources/simulate/random.js';

/** What a detector is shown: windows of a level, of a pair of signals, of two outcomes of the same calls, or of a mix. */
export type Shown = SignalKind | 'pair' | 'outcomes' | 'mix';

/** Windows drawn beforehand and shown again and again, so that drawing costs no time. */
export const RING_WINDOWS = 4_096;

export const WINDOW_CALLS = 25;
const WINDOW_US = 60_000_000;
const MINUTES_PER_CALL = 2;
export const EXPECTED: Readonly<Record<SignalKind, ExpectedLevel>> = {
  proportion: { level: 0.2, standard_error: 0.002, value_sd: 0, dispersion: 1, is_sufficient: true },
  rate: { level: 0.5, standard_error: 0.005, value_sd: 0, dispersion: 1, is_sufficient: true },
  mean: { level: 900, standard_error: 3, value_sd: 300, dispersion: 1, is_sufficient: true },
};
export const MEAN_UPPER = 4_000;

/** What a detector of this name is shown as a stream of this kind. */
export function shownTo(name: string, kind: SignalKind | 'relationship'): Shown {
  if (kind !== 'relationship') return kind;
  if (name === 'association-e-sr') return 'outcomes';
  return name === 'multinomial-e-sr' ? 'mix' : 'pair';
}

/** Windows in which nothing changes. */
export function quietWindows(shown: Shown, seed: number): DetectionWindow[] {
  const random = Random.of(seed, shown);
  return Array.from({ length: RING_WINDOWS }, (_, index) => quietWindow(shown, random, index));
}

function quietWindow(shown: Shown, random: Random, index: number): DetectionWindow {
  if (shown === 'pair') return drawPair(random, index, -0.5, -0.5);
  if (shown === 'mix') return drawMix(random, index, MIXES[0], false);
  if (shown === 'outcomes') {
    const [one] = ASSOCIATIONS;
    return outcomeWindow(index, drawOutcomes(random, one, one.before), one.before);
  }
  const values = { total: 0, total_squares: 0, exposure_ms: 0 };
  if (shown === 'rate') {
    values.exposure_ms = WINDOW_CALLS * MINUTES_PER_CALL * 60_000;
    values.total = random.poisson(WINDOW_CALLS * MINUTES_PER_CALL * EXPECTED.rate.level);
  } else {
    for (let call = 0; call < WINDOW_CALLS; call++) {
      const value = shown === 'proportion' ? Number(random.uniform() < EXPECTED.proportion.level) : drawValue(random);
      values.total += value;
      values.total_squares += value * value;
    }
  }
  const start_us = index * WINDOW_US;
  return { start_us, end_us: start_us + WINDOW_US, n: WINDOW_CALLS, ...values, expected: EXPECTED[shown] };
}

function drawValue(random: Random): number {
  const { level, value_sd } = EXPECTED.mean;
  return Math.round(Math.min(MEAN_UPPER, Math.max(0, level + value_sd * random.normal())));
}
