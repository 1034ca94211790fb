import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComparedValues, Comparison, ComparisonResult } from '../../../contracts/comparison.js';
import { comparisons } from '../../../detectors/comparisons/index.js';
import { quantileBins } from '../../../detectors/stats/quantile-bins.js';
import { seededRandom } from '../seeded-random.js';
import { comparedValues } from './compared-values.js';

const all: readonly Comparison[] = Object.values(comparisons);

function run(comparison: Comparison, compared: ComparedValues, seed = 1): ComparisonResult {
  return comparison.of === 'counts'
    ? comparison.compare(compared)
    : comparison.compare(compared, seededRandom(seed).uniform);
}

const counts = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 })), { minLength: 1, maxLength: 8 })
  .map((pairs) => ({
    values: pairs.map((_, at) => at * at),
    first: pairs.map(([first]) => first),
    second: pairs.map(([, second]) => second),
  }));
const swapped = ({ values, first, second }: ComparedValues) => ({ values, first: second, second: first });

describe.each(all.map((comparison) => [comparison.name, comparison] as const))('%s', (name, comparison) => {
  it('is registered under its own name, and its result carries it', () => {
    expect(Object.keys(comparisons)).toContain(name);
    expect(run(comparison, { values: [0, 1], first: [9, 9], second: [9, 9] }).comparison).toBe(name);
  });

  it('gives a statistic of 0 or more and a chance from 0 to 1, for any counts', () => {
    fc.assert(
      fc.property(counts, (compared) => {
        const { statistic, p_value, effect } = run(comparison, compared);
        expect(statistic).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(statistic)).toBe(true);
        expect(p_value).toBeGreaterThanOrEqual(0);
        expect(p_value).toBeLessThanOrEqual(1);
        if (effect !== null) expect(Number.isFinite(effect)).toBe(true);
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it('says the same of two sides that change places', () => {
    fc.assert(
      fc.property(counts, (compared) => {
        const [one, other] = [run(comparison, compared), run(comparison, swapped(compared))];
        expect(other.statistic).toBeCloseTo(one.statistic, 9);
        // Those that permute draw other divisions for the other side.
        if (name !== 'wasserstein') expect(other.p_value).toBeCloseTo(one.p_value, 9);
        expect(other.is_usable).toBe(one.is_usable);
      }),
      { numRuns: 60, seed: 6 },
    );
  });

  it('says the same of the same counts and draws, and whatever unit the values are in', () => {
    fc.assert(
      fc.property(counts, fc.integer(), (compared, seed) => {
        const result = run(comparison, compared, seed);
        expect(run(comparison, compared, seed)).toEqual(result);
        const inThousands = { ...compared, values: compared.values.map((value) => value * 1_000) };
        const { p_value, effect, is_usable } = run(comparison, inThousands, seed);
        expect(p_value).toBeCloseTo(result.p_value, 9);
        expect(is_usable).toBe(result.is_usable);
        if (effect === null) expect(result.effect).toBeNull();
        else expect(effect).toBeCloseTo(result.effect!, 9);
      }),
      { numRuns: 30, seed: 7 },
    );
  });

  it('writes to nothing that it is given', () => {
    const frozen = { values: [0, 1, 4], first: [9, 12, 7], second: [8, 3, 11] };
    for (const column of Object.values(frozen)) Object.freeze(column);
    expect(() => run(comparison, Object.freeze(frozen))).not.toThrow();
  });

  it('sees no difference between a body of data and itself, nor where a side is empty', () => {
    const first = [3, 40, 0, 60, 20];
    const values = [0, 1, 2, 3, 9];
    for (const second of [first, [0, 0, 0, 0, 0]]) {
      const { statistic, p_value } = run(comparison, { values, first, second });
      expect(statistic).toBeCloseTo(0, 12);
      expect(p_value).toBe(1);
    }
    expect(run(comparison, { values, first, second: [0, 0, 0, 0, 0] }).is_usable).toBe(false);
    expect(run(comparison, { values: [], first: [], second: [] }).is_usable).toBe(false);
  });

  it('says that a handful is not enough, and why', () => {
    const { is_usable, reason } = run(comparison, { values: [0, 1], first: [2, 1], second: [0, 3] });
    expect(is_usable).toBe(false);
    expect(reason).not.toBeNull();
  });

  // 600 pairs of samples of one distribution: a share of 0.05 has a standard error of 0.009.
  it('calls two samples of one distribution different in about 5 % of looks at 5 %', () => {
    const random = seededRandom(17);
    let found = 0;
    const rounds = comparison.name === 'wasserstein' ? 200 : 600;
    for (let round = 0; round < rounds; round++) {
      const draw = (size: number) => Array.from({ length: size }, () => random.normal());
      const compared = comparedValues(draw(120), draw(90));
      const binned = comparison.of === 'counts' ? { values: [], ...quantileBins(compared, 8) } : compared;
      const result = run(comparison, binned, round);
      expect(result.is_usable).toBe(true);
      if (result.p_value <= 0.05) found++;
    }
    const error = Math.sqrt((0.05 * 0.95) / rounds);
    expect(found / rounds).toBeLessThan(0.05 + 3.5 * error);
    expect(found / rounds).toBeGreaterThan(0.05 - 3.5 * error);
  }, 20_000);

  it('finds a shift of half a standard deviation in samples of 300', () => {
    const random = seededRandom(4);
    const first = Array.from({ length: 300 }, () => random.normal());
    const second = Array.from({ length: 300 }, () => random.normal() + 0.5);
    const compared = comparedValues(first, second);
    const binned = comparison.of === 'counts' ? { values: [], ...quantileBins(compared, 10) } : compared;
    expect(run(comparison, binned).p_value).toBeLessThan(0.005);
  });
});

describe('wasserstein', () => {
  it('tells a shift in the unit of the values, and scales with it', () => {
    const first = Array.from({ length: 50 }, (_, at) => at);
    const moved = comparedValues(
      first,
      first.map((value) => value + 7),
    );
    const uniform = () => seededRandom(1).uniform();
    expect(comparisons.wasserstein.compare(moved, uniform).statistic).toBeCloseTo(7, 12);
    const inThousandths = { ...moved, values: moved.values.map((value) => value * 1000) };
    const scaled = comparisons.wasserstein.compare(inThousandths, uniform);
    expect(scaled.statistic).toBeCloseTo(7000, 9);
    expect(scaled.effect).toBeCloseTo(comparisons.wasserstein.compare(moved, uniform).effect!, 12);
  });

  it('is off by no more than a step from a histogram of that step', () => {
    const random = seededRandom(9);
    const draw = (size: number, shift: number) => Array.from({ length: size }, () => random.normal() * 5 + shift);
    const [first, second] = [draw(140, 0), draw(90, 1)];
    const stepped = (sample: readonly number[]) => sample.map((value) => Math.round(value / 0.5) * 0.5);
    const uniform = () => seededRandom(1).uniform();
    const exact = comparisons.wasserstein.compare(comparedValues(first, second), uniform).statistic;
    const coarse = comparisons.wasserstein.compare(comparedValues(stepped(first), stepped(second)), uniform).statistic;
    expect(Math.abs(exact - coarse)).toBeLessThan(0.5);
    expect(coarse).not.toBe(exact);
  });
});

describe('population-stability', () => {
  it('does not hold the rule of thumb: 0.1 is nothing between samples of 100 and beyond doubt between samples of 10,000', () => {
    const shares = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1];
    const moved = [0.15, 0.05, 0.13, 0.07, 0.12, 0.08, 0.1, 0.1, 0.13, 0.07];
    const at = (size: number) =>
      comparisons['population-stability'].compare({
        first: shares.map((share) => Math.round(share * size)),
        second: moved.map((share) => Math.round(share * size)),
      });
    expect(at(100).statistic).toBeCloseTo(at(10_000).statistic, 1);
    expect(at(100).statistic).toBeGreaterThan(0.1);
    expect(at(100).p_value).toBeGreaterThan(0.05);
    expect(at(10_000).p_value).toBeLessThan(1e-20);
  });
});
