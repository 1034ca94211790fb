import type { ExpectedLevel } from '../../contracts/detector.js';
import type { SignalKind } from '../../contracts/signal.js';

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
  };
}

/** What totals are taken over: trials, minutes of exposure, or values. */
export function sizeOf(kind: SignalKind, counted: Pick<Counted, 'n' | 'exposure_ms'>): number {
  return kind === 'rate' ? counted.exposure_ms / 60_000 : counted.n;
}

export function addObservation(
  window: OpenWindow,
  kind: SignalKind,
  counted: Counted,
  span: { readonly start_us: number; readonly end_us: number },
  expected: ExpectedLevel,
): void {
  const size = sizeOf(kind, counted);
  if (window.n === 0 && window.size === 0) window.start_us = span.start_us;
  window.end_us = span.end_us;
  window.n += counted.n;
  window.total += counted.total;
  window.exposure_ms += counted.exposure_ms;
  window.total_squares += counted.total_squares;
  window.size += size;
  window.level_sum += size * expected.level;
  window.standard_error_sum += size * expected.standard_error;
  window.value_sd_sum += size * expected.value_sd;
  window.dispersion_sum += size * expected.dispersion;
  window.is_sufficient &&= expected.is_sufficient;
}

export function expectedOf(window: OpenWindow): ExpectedLevel {
  const size = Math.max(window.size, 1e-12);
  return {
    level: window.level_sum / size,
    standard_error: window.standard_error_sum / size,
    value_sd: window.value_sd_sum / size,
    dispersion: Math.max(1, window.dispersion_sum / size),
    is_sufficient: window.is_sufficient,
  };
}

/** Variance of one unit of size at the expected level: a trial, a minute of exposure, a value. */
export function unitVariance(kind: SignalKind, expected: ExpectedLevel): number {
  if (kind === 'proportion') return expected.level * (1 - expected.level);
  return kind === 'rate' ? expected.level : expected.value_sd * expected.value_sd;
}
