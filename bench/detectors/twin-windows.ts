import type { DetectionWindow, OutcomeTable, StreamTraits } from '../../contracts/detector.js';
import type { Shown } from '../../pipelines/evaluate/shift-case.js';

/** Factors of a change of unit: no powers of two, so that every figure is rounded otherwise. */
const UNIT = 0.83;
const OTHER_UNIT = 2.9;

/**
 * The same stream as somebody else would write it down: failures for successes, another unit of values or of exposure,
 * the second outcome turned. A detector has the same evidence of it by another rounding of every figure.
 */
export function twinWindow(shown: Shown, window: DetectionWindow): DetectionWindow {
  switch (shown) {
    case 'proportion':
      return turnedProportion(window);
    case 'rate':
      return { ...window, exposure_ms: window.exposure_ms * UNIT, expected: inUnit(window.expected, 1 / UNIT) };
    case 'mean':
      return { ...window, ...valuesInUnit(window, UNIT) };
    case 'pair':
      return {
        ...window,
        ...valuesInUnit(window, UNIT),
        ...(window.paired && { paired: { ...window.paired, ...valuesInUnit(window.paired, OTHER_UNIT) } }),
      };
    case 'outcomes':
      return { ...window, ...(window.table && { table: turnedTable(window.table) }), ...turnedCorrelation(window) };
    case 'mix':
      return turnedMix(window);
  }
}

/** Traits of the twin's stream. */
export function twinTraits(shown: Shown, traits: StreamTraits): StreamTraits {
  const { harmful, upper } = traits;
  if (shown === 'mean') return { ...traits, upper: upper === undefined ? upper : upper * UNIT };
  if (shown !== 'proportion' || harmful === 'either') return traits;
  return { ...traits, harmful: harmful === 'up' ? 'down' : 'up' };
}

/** Whether what goes up in a stream goes down in its twin. */
export function isTurned(shown: Shown): boolean {
  return shown === 'proportion' || shown === 'outcomes' || shown === 'mix';
}

/** Failures for successes. */
export function turnedProportion(window: DetectionWindow): DetectionWindow {
  const { n, total, expected } = window;
  return { ...window, total: n - total, expected: { ...expected, level: 1 - expected.level } };
}

/** Of each part of a mix, the calls that are not of it. */
export function turnedMix(window: DetectionWindow): DetectionWindow {
  return {
    ...window,
    parts: window.parts?.map(({ total, expected }) => ({
      total: window.n - total,
      expected: { ...expected, level: 1 - expected.level },
    })),
  } as DetectionWindow;
}

/** The second outcome turned. */
export function turnedTable({ both, x_only, y_only, neither }: OutcomeTable): OutcomeTable {
  return { both: x_only, x_only: both, y_only: neither, neither: y_only };
}

/** What is expected of a relationship of which one side is turned. */
export function turnedCorrelation({
  expected_correlation,
}: DetectionWindow): Pick<DetectionWindow, 'expected_correlation'> {
  if (expected_correlation === undefined) return {};
  const { correlation, correlation_low, correlation_high } = expected_correlation;
  return {
    expected_correlation: {
      ...expected_correlation,
      correlation: -correlation,
      correlation_low: -correlation_high,
      correlation_high: -correlation_low,
    },
  };
}

function inUnit(expected: DetectionWindow['expected'], unit: number): DetectionWindow['expected'] {
  const { level, standard_error, value_sd } = expected;
  return { ...expected, level: level * unit, standard_error: standard_error * unit, value_sd: value_sd * unit };
}

function valuesInUnit(
  { total, total_squares, expected }: Pick<DetectionWindow, 'total' | 'total_squares' | 'expected'>,
  unit: number,
) {
  return { total: total * unit, total_squares: total_squares * unit * unit, expected: inUnit(expected, unit) };
}
