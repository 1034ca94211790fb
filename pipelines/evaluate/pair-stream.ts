import type { DetectionWindow, ExpectedLevel } from '../../contracts/detector.js';
import type { Random } from '../../sources/simulate/random.js';

const MEAN: ExpectedLevel = { level: 900, standard_error: 0, value_sd: 300, dispersion: 1, is_sufficient: true };
const CALLS = 25;
const WINDOW_US = 60_000_000;

/**
 * The window of a relationship between two means whose standardised residuals are bivariate normal with `correlation`, in
 * (-1, 1), where `expected` is known exactly beforehand.
 */
export function drawPair(random: Random, index: number, correlation: number, expected: number): DetectionWindow {
  const x = random.normal();
  const y = correlation * x + Math.sqrt(1 - correlation * correlation) * random.normal();
  return {
    start_us: index * WINDOW_US,
    end_us: (index + 1) * WINDOW_US,
    ...sideOf(x),
    paired: sideOf(y),
    expected_correlation: {
      correlation: expected,
      correlation_low: expected,
      correlation_high: expected,
      x_sd: 1,
      y_sd: 1,
      is_sufficient: true,
    },
  };
}

function sideOf(residual: number) {
  const total = CALLS * MEAN.level + residual * Math.sqrt(CALLS) * MEAN.value_sd;
  return { n: CALLS, total, exposure_ms: 0, total_squares: 0, expected: MEAN };
}
