import { describe, expect, test } from 'vitest';
import type { ExpectedLevel } from '../../contracts/detector.js';
import type { SignalKind } from '../../contracts/signal.js';
import type { Verdict } from '../../contracts/verdict.js';
import { correlationEsr } from '../../detectors/correlation-e-sr.js';
import { cusum } from '../../detectors/cusum.js';
import { focusGlr } from '../../detectors/focus-glr.js';
import { mixtureEsr } from '../../detectors/mixture-e-sr.js';
import { pageHinkley } from '../../detectors/page-hinkley.js';
import { recoveryEsr } from '../../detectors/recovery-e-sr.js';
import { referenceFile } from './reference-file.js';
import { WINDOW_US, windowAt } from './streams.js';

/** Two orders of the same double arithmetic over fifty windows part by about 1e-13; a wrong formula by far more. */
const TOLERANCE = 1e-9;

/** Low enough that every window is explained in full. */
const LOG_THRESHOLD = 1e-3;

interface ReferenceWindow {
  readonly n: number;
  readonly total: number;
  readonly level: number;
  readonly exposure_ms?: number;
  readonly total_squares?: number;
  readonly standard_error?: number;
  readonly value_sd?: number;
  readonly dispersion?: number;
}

function read(index: number, window: ReferenceWindow) {
  const { n, total, exposure_ms = 0, total_squares = 0 } = window;
  return windowAt(index, { n, total, exposure_ms, total_squares }, expectedOf(window));
}

function expectedOf(window: ReferenceWindow): ExpectedLevel {
  const { level, standard_error = 0, value_sd = 0, dispersion = 1 } = window;
  return { level, standard_error, value_sd, dispersion, is_sufficient: true };
}

function expectAgreement(verdict: Verdict, row: Readonly<Record<string, number | string>>): void {
  const told: Readonly<Record<string, unknown>> = { ...verdict, ...verdict.details };
  for (const [field, value] of Object.entries(row)) {
    if (typeof value === 'string') expect(told[field], field).toBe(value);
    else
      expect(Math.abs((told[field] as number) - value) / Math.max(1, Math.abs(value)), field).toBeLessThan(TOLERANCE);
  }
}

describe('mixture-e-sr equals the plain recursion in Python', () => {
  const { cases, effect_min, log_threshold } = referenceFile<{
    effect_min: number;
    log_threshold: number;
    cases: {
      kind: SignalKind;
      harmful: 'up' | 'down' | 'either';
      upper: number | null;
      head_start: number;
      windows: ReferenceWindow[];
      expect: Record<string, number | string>[];
    }[];
  }>('mixture-e-sr');
  test.each(cases)('$kind, harmful $harmful', ({ kind, harmful, upper, head_start, windows, expect: rows }) => {
    const traits = { kind, harmful, upper: upper ?? undefined, log_threshold };
    const state = mixtureEsr.init(mixtureEsr.config.parse({ effect_min, head_start }), traits);
    for (const [index, window] of windows.entries()) {
      expectAgreement(mixtureEsr.step(state, read(index, window)).verdict, rows[index]);
    }
  });
});

describe('recovery-e-sr equals the plain recursion in Python', () => {
  const { cases } = referenceFile<{
    cases: { drift_effect: number; windows: ReferenceWindow[]; expect: Record<string, number>[] }[];
  }>('recovery-e-sr');
  test.each(cases)('after a drift of $drift_effect', ({ drift_effect, windows, expect: rows }) => {
    const state = recoveryEsr.init(
      { drift_effect, recovery_log_threshold: LOG_THRESHOLD },
      { kind: 'proportion', harmful: 'down', log_threshold: 10 },
    );
    for (const [index, window] of windows.entries()) {
      expectAgreement(recoveryEsr.step(state, read(index, window)).verdict, rows[index]);
    }
  });
});

describe('correlation-e-sr equals plain densities in Python', () => {
  interface PairWindow {
    readonly x: ReferenceWindow;
    readonly y: ReferenceWindow;
    readonly x_sd: number;
    readonly y_sd: number;
  }
  const { cases } = referenceFile<{
    cases: { r0: number; low: number; high: number; windows: PairWindow[]; expect: Record<string, number>[] }[];
  }>('correlation-e-sr');
  test.each(cases)('from a correlation of $r0', ({ r0, low, high, windows, expect: rows }) => {
    const state = correlationEsr.init(correlationEsr.config.parse({}), {
      kind: 'relationship',
      sides: { x: 'proportion', y: 'rate' },
      harmful: 'either',
      log_threshold: LOG_THRESHOLD - 5,
    });
    for (const [index, { x, y, x_sd, y_sd }] of windows.entries()) {
      const { verdict } = correlationEsr.step(state, {
        ...read(index, x),
        paired: read(index, y),
        expected_correlation: {
          correlation: r0,
          correlation_low: low,
          correlation_high: high,
          x_sd,
          y_sd,
          is_sufficient: true,
        },
      });
      expectAgreement(verdict, rows[index]);
    }
  });
});

describe('page-hinkley equals the chart of cumulative sums in Python', () => {
  const { cases, delta } = referenceFile<{
    delta: number;
    cases: { kind: SignalKind; windows: ReferenceWindow[]; expect: { sum: number; direction: string }[] }[];
  }>('page-hinkley');
  test.each(cases)('$kind', ({ kind, windows, expect: rows }) => {
    const state = pageHinkley.init(pageHinkley.config.parse({ delta }), { kind, harmful: 'either', log_threshold: 1 });
    for (const [index, window] of windows.entries()) {
      const { verdict } = pageHinkley.step(state, read(index, window));
      expect(Math.abs(verdict.log_evidence / (2 * delta) - rows[index].sum)).toBeLessThan(TOLERANCE);
      if (verdict.state === 'drift') expect(verdict.direction).toBe(rows[index].direction);
    }
  });
});

describe('cusum equals log-probabilities from scipy', () => {
  const { cases, shift } = referenceFile<{
    shift: number;
    cases: { kind: SignalKind; windows: ReferenceWindow[]; expect: { up: number; down: number }[] }[];
  }>('cusum');
  test.each(cases)('$kind', ({ kind, windows, expect: rows }) => {
    const options = cusum.config.parse({ shift, threshold: 3 });
    const state = cusum.init(options, { kind, harmful: 'either', log_threshold: 1 });
    for (const [index, window] of windows.entries()) {
      const { verdict } = cusum.step(state, read(index, window));
      expect(Math.abs(state.up.sum.sum - rows[index].up)).toBeLessThan(TOLERANCE);
      expect(Math.abs(state.down.sum.sum - rows[index].down)).toBeLessThan(TOLERANCE);
      expect(verdict.log_evidence).toBe(Math.max(state.up.sum.sum, state.down.sum.sum));
    }
  });
});

describe('focus-glr equals a search over every start', () => {
  /** The implementation of the authors holds proportions 1e-9 off 0 and 1. */
  const AUTHORS_TOLERANCE = 1e-6;
  const { cases, levels } = referenceFile<{
    levels: Readonly<Record<SignalKind, number>>;
    cases: {
      kind: SignalKind;
      size: string;
      history: number | null;
      windows: { n: number; total: number }[];
      expect: { ratio: number; start: number; side: number; authors?: number }[];
    }[];
  }>('focus-glr');
  test.each(cases)('$kind, $size, history $history', ({ kind, history, windows, expect: rows }) => {
    const level = levels[kind];
    const options = focusGlr.config.parse({ threshold: LOG_THRESHOLD });
    const state = focusGlr.init(options, { kind, harmful: 'either', log_threshold: 1 });
    const variance = kind === 'proportion' ? level * (1 - level) : kind === 'rate' ? level : 1;
    for (const [index, { n, total }] of windows.entries()) {
      const { verdict } = focusGlr.step(
        state,
        read(index, {
          n,
          total,
          level,
          exposure_ms: n * 60_000,
          value_sd: kind === 'mean' ? 1 : 0,
          standard_error: history === null ? 0 : Math.sqrt(variance / history),
        }),
      );
      const { ratio, start, side, authors } = rows[index];
      expect(Math.abs(verdict.log_evidence - ratio)).toBeLessThan(TOLERANCE);
      if (authors !== undefined) expect(Math.abs(verdict.log_evidence - authors)).toBeLessThan(AUTHORS_TOLERANCE);
      if (ratio > LOG_THRESHOLD) {
        expect(verdict.direction).toBe(side > 0 ? 'up' : 'down');
        expect(verdict.change_us).toBe(start * WINDOW_US);
      }
    }
  });
});
