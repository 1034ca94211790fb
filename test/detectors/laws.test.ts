import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { turnedCorrelation, turnedMix, turnedProportion, turnedTable } from '../../bench/detectors/twin-windows.js';
import type { DetectionWindow, Detector, StreamTraits, WatchedKind } from '../../contracts/detector.js';
import type { Verdict } from '../../contracts/verdict.js';
import { detectors } from '../../detectors/index.js';
import { seededRandom } from './seeded-random.js';
import {
  counts,
  drawMix,
  drawPair,
  drawStatistics,
  drawTable,
  LEVELS,
  MEAN_UPPER,
  pairWindow,
  tableWindow,
  WINDOW_US,
  windowAt,
} from './streams.js';

type Kind = StreamTraits['kind'];
interface Registered {
  readonly name: string;
  readonly kind: Kind;
  /** What it is shown: the kind, a relationship within calls, or a mix. */
  readonly shown: WatchedKind;
  readonly detector: Detector;
}

/** Largest JSON form of a state: a stream costs kilobytes, however long it has run. */
const STATE_BYTES_MAX = 20_000;
const R0 = -0.5;

/**
 * Options at which a short stream says something: what comes with an episode, and, of methods to compare with, settings
 * that find a planted shift within a hundred windows.
 */
const OPTIONS: Readonly<Record<string, object>> = {
  adwin: { delta: 0.5 },
  bocpd: { probability: 0.9, units_between_changes: 1_000 },
  'hddm-a': { drift_confidence: 0.1 },
  kswin: { window_size: 40, recent_size: 15, alpha: 0.001 },
};

/**
 * Sums that only add up while a plain drift lasts. The others look at each window, begin anew when they fire, or spread a
 * change over all windows in which it may have begun: two windows and the one they make up are not the same evidence.
 */
const ADDING = new Set(['cusum', 'page-hinkley', 'focus-glr']);

/** Two windows of the same expectation as one. */
function together(one: DetectionWindow, other: DetectionWindow): DetectionWindow {
  return {
    ...one,
    end_us: other.end_us,
    n: one.n + other.n,
    total: one.total + other.total,
    exposure_ms: one.exposure_ms + other.exposure_ms,
    total_squares: one.total_squares + other.total_squares,
  };
}

const registered: readonly Registered[] = Object.entries(detectors as Record<string, Detector>).flatMap(
  ([name, detector]) =>
    detector.kinds.map((shown) => {
      const kind = shown === 'association' || shown === 'mix' ? 'relationship' : shown;
      return { name, kind, shown, detector };
    }),
);

function start({ name, kind, shown, detector }: Registered, mirrored = false, upper = MEAN_UPPER): unknown {
  const sign = mirrored ? -1 : 1;
  const options =
    name === 'recovery-e-sr'
      ? { drift_effect: -0.8 * sign, recovery_log_threshold: Math.log(500), ...(shown === 'mix' ? { part: 1 } : {}) }
      : (OPTIONS[name] ?? {});
  return detector.init(detector.config.parse(options), {
    kind,
    sides: kind === 'relationship' ? { x: 'mean', y: 'mean' } : undefined,
    harmful: mirrored ? 'down' : 'up',
    upper,
    log_threshold: Math.log(1e4),
  });
}

/** Thirty windows as expected, then windows with more (fewer) than that, or a correlation that is higher (lower). */
function stream({ kind, shown }: Pick<Registered, 'kind' | 'shown'>, seed: number, windows: number, side: 1 | -1 = 1) {
  const random = seededRandom(seed);
  return Array.from({ length: windows }, (_, index): DetectionWindow => {
    const isShifted = index >= 30;
    if (kind === 'relationship') {
      const shifted = Math.tanh(Math.atanh(R0) + side * 1.2);
      const theta = 4 * Math.atanh(isShifted ? shifted : R0);
      if (shown === 'mix') return drawMix(random, index, 60 + (index % 11), isShifted ? side * 0.8 : 0);
      if (shown === 'association')
        return tableWindow(index, drawTable(random, 60 + (index % 11), 0.4, 0.3, theta), 4 * Math.atanh(R0), 0.2);
      return drawPair(random, index, isShifted ? shifted : R0, R0, 0.1);
    }
    const expected = { ...LEVELS[kind], standard_error: LEVELS[kind].level * 0.01, dispersion: 1.1 };
    const level = isShifted ? expected.level * (1 + 0.6 * side) : expected.level;
    return windowAt(index, drawStatistics(kind, random, 20 + (index % 11), level), expected);
  });
}

/** The same windows seen in a mirror: failures for successes, distances from the upper bound, one sign turned. */
function mirror(kind: Kind, window: DetectionWindow): DetectionWindow {
  const { n, total, expected } = window;
  if (kind === 'proportion') return turnedProportion(window);
  if (kind === 'mean') {
    return {
      ...window,
      total: n * MEAN_UPPER - total,
      total_squares: n * MEAN_UPPER ** 2 - 2 * MEAN_UPPER * total + window.total_squares,
      expected: { ...expected, level: MEAN_UPPER - expected.level },
    };
  }
  if (window.parts !== undefined) return turnedMix(window);
  const paired = window.paired!;
  const { table } = window;
  return {
    ...window,
    ...(table === undefined ? {} : { table: turnedTable(table) }),
    ...turnedCorrelation(window),
    paired: { ...paired, total: 2 * paired.n * paired.expected.level - paired.total },
  };
}

function run(entry: Registered, windows: readonly DetectionWindow[], initial = start(entry)): Verdict[] {
  let state = initial;
  return windows.map((window) => {
    const next = entry.detector.step(state, window);
    state = next.state;
    return next.verdict;
  });
}

/** To ask `expect` of every figure would be most of the time of these tests. */
function isAllFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isAllFinite);
}

/** `n` calls cut three times. */
function tableOf(n: number, ...[first, second, third]: number[]) {
  const x = Math.round(n * first);
  const both = Math.round(x * second);
  const y_only = Math.round((n - x) * third);
  return { both, x_only: x - both, y_only, neither: n - x - y_only };
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}

describe.each(registered)('$name on a $shown', (entry) => {
  const { detector, kind, name, shown } = entry;

  test('is registered under its own name', () => {
    expect((detectors as Record<string, Detector>)[name].name).toBe(name);
  });

  test('the same windows give the same verdicts', () => {
    const windows = stream(entry, 1, 80);
    expect(run(entry, windows)).toEqual(run(entry, windows));
  });

  test('windows are not written to', () => {
    expect(() => run(entry, freeze(stream(entry, 2, 40)))).not.toThrow();
  });

  test('a step writes into the state it was given and returns it', () => {
    const state = start(entry);
    expect(detector.step(state, stream(entry, 2, 1)[0]).state).toBe(state);
  });

  test('restoring a snapshot at any step changes no later verdict', () => {
    let kept = start(entry);
    let restored = start(entry);
    for (const window of stream(entry, 3, 80)) {
      const copy: unknown = JSON.parse(JSON.stringify(restored));
      expect(copy).toEqual(restored);
      const next = detector.step(kept, window);
      const again = detector.step(copy, window);
      expect(again.verdict).toEqual(next.verdict);
      kept = next.state;
      restored = again.state;
    }
    expect(restored).toEqual(kept);
  });

  test('streams that are stepped in turn say what each says by itself', () => {
    const both = [stream(entry, 12, 60), stream(entry, 13, 60, -1)];
    const states = both.map(() => start(entry));
    const told: Verdict[][] = both.map(() => []);
    for (const index of both[0].keys())
      for (const [one, windows] of both.entries()) {
        const next = detector.step(states[one], windows[index]);
        states[one] = next.state;
        told[one].push(next.verdict);
      }
    for (const [one, windows] of both.entries()) expect(told[one]).toEqual(run(entry, windows));
  });

  test('what it says agrees with its evidence: drift at the threshold alone, nothing told while quiet', () => {
    for (const side of [1, -1] as const)
      for (const verdict of run(entry, stream(entry, 14, 120, side))) {
        if (verdict.state === 'drift') expect(verdict.log_evidence).toBeGreaterThanOrEqual(verdict.log_threshold);
        if (verdict.state !== 'quiet') continue;
        expect(verdict.log_evidence).toBeLessThan(verdict.log_threshold);
        // A recovery test tells in every state whether the drift goes on.
        expect(verdict).toMatchObject({ direction: 'none', is_harmful: false, effect_confidence: 0, change_us: null });
      }
  });

  test('a window without units changes nothing', () => {
    const state = start(entry);
    for (const window of stream(entry, 4, 50)) {
      const { verdict } = detector.step(state, window);
      const before = JSON.stringify(state);
      const nothing = { ...window, ...counts(0, 0) };
      const empty = window.paired === undefined ? nothing : { ...nothing, paired: { ...window.paired, n: 0 } };
      expect(detector.step(state, empty).verdict).toEqual(verdict);
      expect(JSON.stringify(state)).toBe(before);
    }
  });

  test('no figure is ever anything but finite, on whatever counts', () => {
    const share = fc.oneof(fc.constantFrom(0, 1, 1e-6, 0.5, 1 - 1e-6), fc.double({ min: 0, max: 1, noNaN: true }));
    const arbitrary = fc.array(fc.tuple(fc.integer({ min: 0, max: 50_000 }), share, share, share, share), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(arbitrary, (rows) => {
        const state = start(entry);
        for (const [index, [n, part, level, error, spread]] of rows.entries()) {
          const scale = kind === 'proportion' ? 1 : MEAN_UPPER;
          const total = Math.round(n * part * scale);
          const statistics = counts(n, total, Math.round(n * spread * 1e5), Math.round(total * part * scale));
          const expected = {
            level: level * scale,
            standard_error: error * level * scale,
            value_sd: spread * scale,
            dispersion: spread * 10,
            is_sufficient: part < 0.9,
          };
          const r = 2 * level - 1;
          const window = {
            ...windowAt(index, statistics, expected),
            paired: { ...statistics, expected },
            ...(shown === 'mix'
              ? { parts: [part, level, spread].map((one) => ({ total: Math.round(n * one), expected })) }
              : {}),
            ...(shown === 'association' ? { table: tableOf(n, part, level, spread) } : {}),
            expected_correlation: {
              correlation: r,
              correlation_low: Math.max(-1, r - error),
              correlation_high: Math.min(1, r + error),
              x_sd: 1,
              y_sd: spread,
              is_sufficient: true,
            },
          };
          const { verdict } = detector.step(state, window);
          if (!isAllFinite(verdict)) expect.fail(`not finite: ${inspect(verdict)}`);
          if (!isDeepStrictEqual(JSON.parse(JSON.stringify(state)), state))
            expect.fail(`other than its JSON form: ${inspect(state)}`);
          const { effect_confidence } = verdict;
          if (!(effect_confidence >= 0 && effect_confidence <= 1)) expect.fail(`a confidence of ${effect_confidence}`);
        }
      }),
      { seed: 5, numRuns: 150 },
    );
  });

  test('a window with a figure that is not finite is passed over', () => {
    const state = start(entry);
    const windows = stream(entry, 6, 3);
    detector.step(state, windows[0]);
    if (name === 'never' || name === 'periodic') return; // These read no figure but n.
    const before = JSON.stringify(state);
    detector.step(state, { ...windows[1], total: Number.NaN });
    detector.step(state, { ...windows[1], expected: { ...windows[1].expected, level: Number.POSITIVE_INFINITY } });
    expect(JSON.stringify(state)).toBe(before);
  });

  test('a mirrored stream gives the mirrored verdicts', () => {
    if (kind === 'rate') return; // A rate has no mirror image: it has no upper bound. See the next law.
    const windows = stream(entry, 7, 90);
    const plain = run(entry, windows);
    const turned = run(
      entry,
      windows.map((window) => mirror(kind, window)),
      start(entry, true),
    );
    const opposite = { up: 'down', down: 'up', none: 'none' };
    for (const [index, verdict] of plain.entries()) {
      expect(turned[index].log_evidence).toBeCloseTo(verdict.log_evidence, 6);
      expect(turned[index].state).toBe(verdict.state);
      expect(turned[index].direction).toBe(opposite[verdict.direction]);
      expect(turned[index].effect).toBeCloseTo(-verdict.effect, 6);
      expect(turned[index].is_harmful).toBe(verdict.is_harmful);
      expect(turned[index].change_us).toBe(verdict.change_us);
      expect(turned[index].label).toBe(verdict.label);
    }
  });

  test('the unit of a mean is of no account: seconds and milliseconds give the same verdicts', () => {
    if (kind !== 'mean') return;
    const inSeconds = stream(entry, 11, 90);
    const inMs = inSeconds.map(({ expected, ...window }) => ({
      ...window,
      total: window.total * 1e3,
      total_squares: window.total_squares * 1e6,
      expected: {
        ...expected,
        level: expected.level * 1e3,
        standard_error: expected.standard_error * 1e3,
        value_sd: expected.value_sd * 1e3,
      },
    }));
    const large = run(entry, inMs, start(entry, false, MEAN_UPPER * 1e3));
    for (const [index, verdict] of run(entry, inSeconds).entries()) {
      expect(large[index].log_evidence).toBeCloseTo(verdict.log_evidence, 6);
      expect(large[index].state).toBe(verdict.state);
      expect(large[index].effect).toBeCloseTo(verdict.effect, 6);
    }
  });

  test('the unit of exposure is of no account: a rate by the second gives the same verdicts as one by the minute', () => {
    if (kind !== 'rate') return;
    const windows = stream(entry, 15, 90);
    const slower = windows.map(({ expected, exposure_ms, ...window }) => ({
      ...window,
      exposure_ms: exposure_ms * 60,
      expected: { ...expected, level: expected.level / 60, standard_error: expected.standard_error / 60 },
    }));
    const turned = run(entry, slower);
    for (const [index, verdict] of run(entry, windows).entries()) {
      expect(turned[index].log_evidence).toBeCloseTo(verdict.log_evidence, 6);
      expect(turned[index].state).toBe(verdict.state);
      expect(turned[index].effect).toBeCloseTo(verdict.effect, 6);
    }
  });

  test('how calls are put into windows is of no account, where the method only adds up', () => {
    if (!ADDING.has(name)) return;
    // A little below what is expected, then plainly above: where the change begins is beyond doubt.
    const windows = stream(entry, 16, 60).map((window, index) => {
      const units = kind === 'rate' ? window.exposure_ms / 60_000 : window.n;
      return { ...window, total: Math.round(units * window.expected.level * (index < 30 ? 0.9 : 1.9)) };
    });
    const pairs = windows.flatMap((window, index) => (index % 2 === 0 ? [together(window, windows[index + 1])] : []));
    const [last, same] = [run(entry, windows).at(-1)!, run(entry, pairs).at(-1)!];
    expect(same.log_evidence).toBeGreaterThan(10);
    expect(same.log_evidence / last.log_evidence).toBeCloseTo(1, 9);
    expect(same.direction).toBe(last.direction);
  });

  test('a stream that never varies from what is expected is never a drift', () => {
    // A recovery test finds just that. Periodic does not look; residuals of 0 say nothing about a correlation.
    if (name === 'periodic' || name === 'recovery-e-sr' || kind === 'relationship') return;
    const level = LEVELS[kind];
    const total = kind === 'rate' ? 25 : 25 * level.level;
    const even = counts(25, total, 25 * 120_000, 25 * (level.level ** 2 + level.value_sd ** 2));
    const verdicts = run(
      entry,
      Array.from({ length: 500 }, (_, index) => windowAt(index, even, level)),
    );
    for (const verdict of verdicts) expect(verdict.state === 'quiet' || verdict.state === 'warn').toBe(true);
  });

  test('the direction follows the shift', () => {
    if (name === 'never' || name === 'periodic') return; // These do not look at the data.
    for (const side of [1, -1] as const) {
      // A recovery test is begun in a drift to the other side, so that the shift is the way back.
      const drifted = run(entry, stream(entry, 8, 150, side), start(entry, name === 'recovery-e-sr' && side < 0));
      const found = drifted.filter((verdict) => verdict.state === 'drift');
      expect(found.length).toBeGreaterThan(0);
      const right = found.filter(({ direction }) => direction === (side > 0 ? 'up' : 'down'));
      expect(right.length / found.length).toBeGreaterThan(0.5);
    }
  });

  test('without a sufficient baseline it is silent, and says why', () => {
    const windows = stream(entry, 9, 150).map((window) => ({
      ...window,
      expected: { ...window.expected, is_sufficient: false },
    }));
    for (const verdict of run(entry, windows)) expect(verdict.state).toBe('insufficient');
  });

  test('its state stays within its bound over twenty thousand windows', () => {
    const windows = stream(entry, 10, 600).slice(0, name === 'mixture-e-sr' ? 30 : 600);
    let state = start(entry);
    let largest = 0;
    for (let index = 0; index < 20_000; index++) {
      const window = windows[index % windows.length];
      const at = { ...window, start_us: index * WINDOW_US, end_us: (index + 1) * WINDOW_US };
      state = detector.step(state, at).state;
      if (index % 997 === 0) largest = Math.max(largest, JSON.stringify(state).length);
    }
    expect(largest).toBeLessThan(STATE_BYTES_MAX);
    expect(isAllFinite(state)).toBe(true);
  });
});

test('evidence stays finite under a drift that nobody acts on', () => {
  const entry = registered.find(({ name, kind }) => name === 'mixture-e-sr' && kind === 'proportion')!;
  const windows = Array.from({ length: 5_000 }, (_, index) => windowAt(index, counts(100, 90), LEVELS.proportion));
  const last = run(entry, windows).at(-1)!;
  expect(last.log_evidence).toBeGreaterThan(500);
  expect(last.log_evidence).toBeLessThan(700);
  expect(last).toMatchObject({ state: 'drift', direction: 'up', is_still_drifted: true });
});

test('a pair of windows carries the residuals it was made of', () => {
  const state = start({
    name: 'correlation-e-sr',
    kind: 'relationship',
    shown: 'relationship',
    detector: detectors['correlation-e-sr'],
  });
  detectors['correlation-e-sr'].step(state as never, pairWindow(0, 0.7, -5, R0));
  const { pairs } = state as { pairs: { xs: number[]; ys: number[] } };
  expect(pairs.xs[0]).toBeCloseTo(0.7, 12);
  expect(pairs.ys[0]).toBe(-3);
});
