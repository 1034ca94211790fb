import type { Comparison } from '../../contracts/comparison.js';
import { chiSquare } from './chi-square.js';
import { jensenShannon } from './jensen-shannon.js';
import { kolmogorovSmirnov } from './kolmogorov-smirnov.js';
import { populationStability } from './population-stability.js';
import { wasserstein } from './wasserstein.js';

/** Every comparison of two bodies of data by name: one line each. */
export const comparisons = {
  'chi-square': chiSquare,
  'jensen-shannon': jensenShannon,
  'kolmogorov-smirnov': kolmogorovSmirnov,
  'population-stability': populationStability,
  wasserstein,
} satisfies Record<string, Comparison>;
