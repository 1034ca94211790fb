import type { ExpectedLevel } from '../../contracts/detector.js';
import type { SignalKind } from '../../contracts/signal.js';
import { addMix, type LeafMix, mixedStandardError, mixedValueSd, newParts, type WindowParts } from './window-parts.js';

/**
 * A detection window in the making: consecutive observations of one stream added up, beside what the baseline expects
 * of exactly those (its level weighed by the size of each).
 */
export interface OpenWindow {
  start_us: number;
  end_us: number;
  n: number;
  total: number;
  exposure_ms: number;
  total_squares: number;
  size: number;
  level_sum: number;
  standard_error_sum: number;
  value_sd_sum: number;
  dispersion_sum: number;
  is_sufficient: boolean;
  /** What the levels of parts add; null where the segment is not divided, or none of its parts has brought anything. */
  parts: WindowParts | null;
}

export interface Counted {
  readonly n: number;
  readonly total: number;
  readonly exposure_ms: number;
  readonly total_squares: number;
}

export function emptyWindow(): OpenWindow {
  return {
    start_us: 0,
    end_us: 0,
    n: 0,
    total: 0,
    exposure_ms: 0,
    total_squares: 0,
    size: 0,
    level_sum: 0,
    standard_error_sum: 0,
    value_sd_sum: 0,
    dispersion_sum: 0,
    is_sufficient: true,
    parts: null,
  };
}

/** What totals are taken over: trials, minutes of exposure, or values. */
export function sizeOf(kind: SignalKind, counted: Pick<Counted, 'n' | 'exposure_ms'>): number {
  return kind === 'rate' ? counted.exposure_ms / 60_000 : counted.n;
}

/** Adds one minute; `mix` is what the parts of the segment brought in it, null where it is not put together from parts. */
export function addObservation(
  window: OpenWindow,
  kind: SignalKind,
  counted: Counted,
  span: { readonly start_us: number; readonly end_us: number },
  expected: ExpectedLevel,
  mix: LeafMix | null = null,
): void {
  const size = sizeOf(kind, counted);
  const leaf_size = mix === null ? 0 : mix.size;
  if (leaf_size > 0) window.parts ??= newParts(window.size, window.standard_error_sum, window.value_sd_sum);
  if (window.parts !== null) addMix(window.parts, size, expected, mix);
  const rest = Math.max(0, size - leaf_size);
  if (window.n === 0 && window.size === 0) window.start_us = span.start_us;
  window.end_us = span.end_us;
  window.n += counted.n;
  window.total += counted.total;
  window.exposure_ms += counted.exposure_ms;
  window.total_squares += counted.total_squares;
  window.size += size;
  window.level_sum += rest * expected.level + (mix === null ? 0 : mix.level_sum);
  window.standard_error_sum += size * expected.standard_error;
  window.value_sd_sum += size * expected.value_sd;
  // The segment's own has the parts' common ups and downs in it, theirs what goes together within one of them.
  const mixed_dispersion = rest * expected.dispersion + (mix === null ? 0 : mix.dispersion_sum);
  window.dispersion_sum += Math.max(size * expected.dispersion, mixed_dispersion);
  window.is_sufficient &&= expected.is_sufficient;
}

export function expectedOf(window: OpenWindow): ExpectedLevel {
  const size = Math.max(window.size, 1e-12);
  const { parts } = window;
  const standard_error = window.standard_error_sum / size;
  const expected = {
    level: window.level_sum / size,
    standard_error,
    value_sd: window.value_sd_sum / size,
    dispersion: Math.max(1, window.dispersion_sum / size),
    is_sufficient: window.is_sufficient,
  };
  if (parts === null) return expected;
  return {
    ...expected,
    standard_error: mixedStandardError(parts, size, standard_error),
    value_sd: mixedValueSd(parts, size),
    leaves: { groupings: parts.groupings, share: Math.min(1, parts.leaf_size / size) },
  };
}

/** The groupings whose parts an expectation was put together from, as text; null where it is the segment's own level. */
export function leavesOf({ leaves }: ExpectedLevel): string | null {
  return leaves === undefined ? null : leaves.groupings.join('; ');
}

/** Variance of one unit of size at the expected level: a trial, a minute of exposure, a value. */
export function unitVariance(kind: SignalKind, expected: ExpectedLevel): number {
  if (kind === 'proportion') return expected.level * (1 - expected.level);
  return kind === 'rate' ? expected.level : expected.value_sd * expected.value_sd;
}
