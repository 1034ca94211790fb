import type { DetectionWindow } from '../../contracts/detector.js';
import type { Draws } from './level-stream.js';

/** Calls of a window that divide into parts, one of which moves against the others by a shift in log odds. */
export interface MixCase {
  readonly calls: number;
  readonly shares: readonly number[];
  readonly part: number;
  readonly shift: number;
}

const DISPOSITIONS = [0.3, 0.25, 0.35, 0.06, 0.04];

export const MIXES: readonly MixCase[] = [
  { calls: 50, shares: DISPOSITIONS, part: 0, shift: -0.5 },
  { calls: 50, shares: DISPOSITIONS, part: 1, shift: 0.5 },
  { calls: 200, shares: DISPOSITIONS, part: 1, shift: 0.5 },
  { calls: 200, shares: DISPOSITIONS, part: 1, shift: 0.25 },
  { calls: 200, shares: DISPOSITIONS, part: 4, shift: 0.8 },
];

/** The share of the part after it has moved. */
export function movedShare({ shares, part, shift }: MixCase): number {
  const moved = shares[part] * Math.exp(shift);
  return moved / (moved + 1 - shares[part]);
}

export function drawMix(draws: Draws, index: number, one: MixCase, is_changed: boolean): DetectionWindow {
  const { calls, shares, part } = one;
  const moved = is_changed ? movedShare(one) : shares[part];
  const others = (1 - moved) / (1 - shares[part]);
  const totals = shares.map(() => 0);
  for (let call = 0; call < calls; call++) {
    let left = draws.uniform();
    let at = 0;
    for (; at < shares.length - 1; at++) {
      left -= at === part ? moved : shares[at] * others;
      if (left < 0) break;
    }
    totals[at]++;
  }
  const parts = totals.map((total, at) => ({
    total,
    expected: { level: shares[at], standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true },
  }));
  const start_us = index * 60_000_000;
  const statistics = { n: calls, total: parts[0].total, exposure_ms: 0, total_squares: 0 };
  return { start_us, end_us: start_us + 60_000_000, ...statistics, expected: parts[0].expected, parts };
}
