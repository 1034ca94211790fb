import { describe, expect, it } from 'vitest';
import { comparisons } from '../../../detectors/comparisons/index.js';
import { chiSquareTail } from '../../../detectors/stats/chi-square-tail.js';
import { kolmogorovTail } from '../../../detectors/stats/kolmogorov-smirnov.js';
import { referenceFile } from '../reference-file.js';
import { seededRandom } from '../seeded-random.js';
import { comparedValues } from './compared-values.js';

type Figures = Readonly<Record<'statistic' | 'p_value' | 'effect', number>>;
const COUNTED = ['chi-square', 'jensen-shannon', 'population-stability'] as const;

const { counts, values, chi_square_tails, kolmogorov_limits } = referenceFile<{
  counts: ({ first: number[]; second: number[] } & Record<(typeof COUNTED)[number], Figures>)[];
  values: {
    first: number[];
    second: number[];
    'kolmogorov-smirnov': Omit<Figures, 'effect'>;
    wasserstein: Figures;
  }[];
  chi_square_tails: { degrees: number; value: number; chance: number }[];
  kolmogorov_limits: { scaled: number; chance: number }[];
}>('comparisons');

function expectClose(actual: number | null, wanted: number, relative = 1e-9): void {
  expect(actual).not.toBeNull();
  expect(Math.abs(actual! - wanted)).toBeLessThanOrEqual(relative * Math.max(Math.abs(wanted), 1e-300));
}

describe('comparisons equal scipy', () => {
  it('chi-square, Jensen-Shannon and population stability of the same counts', () => {
    for (const row of counts) {
      for (const name of COUNTED) {
        const result = comparisons[name].compare(row);
        for (const field of ['statistic', 'p_value', 'effect'] as const) expectClose(result[field], row[name][field]);
      }
    }
  });

  it('the distance of Kolmogorov and Smirnov, and its exact chance where no value occurs twice', () => {
    for (const { first, second, 'kolmogorov-smirnov': wanted } of values) {
      const result = comparisons['kolmogorov-smirnov'].compare(comparedValues(first, second), () => 0);
      expectClose(result.statistic, wanted.statistic);
      expectClose(result.p_value, wanted.p_value);
      expect(result.is_usable).toBe(true);
    }
  });

  it('the distance of Wasserstein, and its chance within the error of both permutations', () => {
    for (const { first, second, wasserstein: wanted } of values) {
      const result = comparisons.wasserstein.compare(comparedValues(first, second), seededRandom(3).uniform);
      expectClose(result.statistic, wanted.statistic);
      expectClose(result.effect, wanted.effect);
      // Four standard errors of 999 and 9,999 divisions, and the least that either can tell.
      const error = 4 * Math.sqrt((wanted.p_value * (1 - wanted.p_value)) / 900) + 0.002;
      expect(Math.abs(result.p_value - wanted.p_value)).toBeLessThan(error);
    }
  });

  it('upper tails, down to 1e-120', () => {
    for (const { degrees, value, chance } of chi_square_tails) expectClose(chiSquareTail(value, degrees), chance, 1e-8);
    for (const { scaled, chance } of kolmogorov_limits) expectClose(kolmogorovTail(scaled), chance, 1e-8);
  });
});
