import { describe, expect, it } from 'vitest';
import { associationEsr } from '../../detectors/association-e-sr.js';
import { associationLogRatio } from '../../detectors/stats/association-log-ratio.js';
import { logOddsRatio } from '../../detectors/stats/log-odds-ratio.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { drawTable, firstDrift, mean, meanLow, tableWindow, WINDOW_US } from './streams.js';

const traits = {
  kind: 'relationship',
  sides: { x: 'proportion', y: 'proportion' },
  harmful: 'either',
  log_threshold: Math.log(300),
} as const;

interface Calls {
  readonly n?: number;
  readonly x?: number;
  readonly y?: number;
}

/** Windows until `drift`; the calls and the log odds ratio as told by window. */
function run(
  seed: number,
  before: number,
  thetaOf: (index: number) => number,
  callsOf: (index: number) => Calls,
  max = 3_000,
) {
  const random = seededRandom(seed);
  const found = firstDrift(associationEsr, {}, traits, max, (index) => {
    const { n = 60, x = 0.3, y = 0.2 } = callsOf(index);
    return tableWindow(index, drawTable(random, n, x, y, thetaOf(index)), before);
  });
  return found ?? { windows: max, verdict: null };
}

describe('association-e-sr', () => {
  const { cases, estimates } = referenceFile<{
    cases: {
      theta0: number;
      tables: [number, number, number, number][];
      expect: { log_evidence: number; units_since_change: number }[];
    }[];
    estimates: { tables: [number, number, number, number][]; log_odds_ratio: number; standard_error: number }[];
  }>('association-e-sr');
  const tableOf = ([both, x_only, y_only, neither]: [number, number, number, number]) => ({
    both,
    x_only,
    y_only,
    neither,
  });

  it("equals Fisher's noncentral hypergeometric distribution of scipy", () => {
    for (const { theta0, tables, expect: rows } of cases) {
      const state = associationEsr.init(associationEsr.config.parse({ null_standard_errors: 0 }), {
        ...traits,
        log_threshold: -20,
      });
      for (const [index, counted] of tables.entries()) {
        const { verdict } = associationEsr.step(state, tableWindow(index, tableOf(counted), theta0, 1e-3));
        expect(verdict.log_evidence).toBeCloseTo(rows[index].log_evidence, 8);
        expect(verdict.units_since_change).toBeCloseTo(rows[index].units_since_change, 8);
      }
    }
  });

  it('estimates the odds ratio and its error as statsmodels does', () => {
    for (const { tables, log_odds_ratio, standard_error } of estimates) {
      const estimate = logOddsRatio(tables.map(tableOf))!;
      expect(estimate.log_odds_ratio).toBeCloseTo(log_odds_ratio, 10);
      expect(estimate.standard_error).toBeCloseTo(standard_error, 10);
    }
  });

  it('has a ratio of mean 1 over all tables of the same margins, small and large', () => {
    for (const [n, x, y] of [
      [12, 5, 4],
      [40, 33, 30],
      [20_000, 4_000, 300],
    ]) {
      let [sum, weights] = [0, 0];
      for (let both = Math.max(0, x + y - n); both <= Math.min(x, y); both++) {
        const table = { both, x_only: x - both, y_only: y - both, neither: n - x - y + both };
        // Against a log odds ratio of 0.3: e^l under it sums to 1 for any alternative.
        const under = Math.exp(associationLogRatio(table, 0.3, 0) + logCentral(n, x, y, both));
        sum += under * Math.exp(associationLogRatio(table, 1.1, 0.3));
        weights += under;
      }
      expect(weights).toBeCloseTo(1, 8);
      expect(sum).toBeCloseTo(1, 8);
    }
  });

  it.each([
    ['nothing changes', () => ({})],
    ['the volume is a sixth', () => ({ n: 10 })],
    ['the volume is tenfold', () => ({ n: 600 })],
    ['the first outcome comes twice as often', (index: number) => ({ x: index < 40 ? 0.3 : 0.6 })],
    [
      'both become rare and the volume goes up and down',
      (index: number) => ({ n: 20 + 60 * (index % 3), x: 0.1, y: 0.05 }),
    ],
  ] as const)('keeps false alarms 300 windows apart while %s', (_, callsOf) => {
    const lengths = Array.from({ length: 60 }, (__, seed) => run(seed + 1, 0.8, () => 0.8, callsOf, 1_500).windows);
    expect(meanLow(lengths)).toBeGreaterThan(300);
  });

  it.each([
    [2, -1, 'inverted'],
    [2.4, 0.8, 'weakened'],
    [1, 3, 'strengthened'],
    [0, 1.6, 'emerged'],
    [2.8, 0, 'lost'],
  ] as const)('from a log odds ratio of %d to %d is told as %s, with its size and time', (before, after, label) => {
    const random = seededRandom(7);
    const state = associationEsr.init(associationEsr.config.parse({}), { ...traits, log_threshold: Math.log(5_000) });
    const verdicts = Array.from({ length: 240 }, (_, index) => {
      const table = drawTable(random, 80, 0.4, 0.3, index < 120 ? before : after);
      return associationEsr.step(state, tableWindow(index, table, before, 0.1)).verdict;
    });
    const first = verdicts.findIndex(({ state: told }) => told === 'drift');
    expect(first).toBeGreaterThanOrEqual(120);
    expect(first).toBeLessThan(140);
    const last = verdicts[239];
    expect(last).toMatchObject({ label, direction: after > before ? 'up' : 'down', is_still_drifted: true });
    expect(last.details!.is_label_provisional).toBe(0);
    expect(last.details!.log_odds_ratio).toBeCloseTo(after, 0);
    expect(Math.abs(4 * last.effect - (after - before))).toBeLessThan(0.6);
    expect(Math.abs(verdicts[first].change_us! / WINDOW_US - 120)).toBeLessThan(6);
  });

  it('needs fewer windows the more calls they have', () => {
    const delay = (n: number) =>
      mean(
        Array.from(
          { length: 40 },
          (_, seed) =>
            run(
              seed + 1,
              1.5,
              () => 0.3,
              () => ({ n }),
            ).windows,
        ),
      );
    expect(delay(200)).toBeLessThan(delay(50));
  });

  it('passes over tables that cannot be, and those that cannot tell', () => {
    const state = associationEsr.init(associationEsr.config.parse({}), traits);
    const before = JSON.stringify(state);
    for (const table of [
      { both: 5, x_only: -1, y_only: 3, neither: 10 },
      { both: 0.5, x_only: 1, y_only: 3, neither: 10 },
      { both: 0, x_only: 0, y_only: 3, neither: 10 },
      { both: 4, x_only: 3, y_only: 0, neither: 0 },
    ])
      associationEsr.step(state, tableWindow(0, table, 0.5));
    expect(JSON.stringify(state)).toBe(before);
  });
});

/** Logarithm of the central hypergeometric probability, by sums of logarithms. */
function logCentral(n: number, x: number, y: number, both: number): number {
  const choose = (total: number, part: number) => {
    let sum = 0;
    for (let i = 1; i <= part; i++) sum += Math.log((total - part + i) / i);
    return sum;
  };
  return choose(x, both) + choose(n - x, y - both) - choose(n, y);
}
