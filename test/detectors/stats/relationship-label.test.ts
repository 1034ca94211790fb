import { expect, test } from 'vitest';
import { fisherInterval } from '../../../detectors/stats/fisher-interval.js';
import { relationshipLabel } from '../../../detectors/stats/relationship-label.js';

const interval = (correlation: number, pairs: number) => ({
  correlation,
  pairs,
  ...fisherInterval(correlation, pairs),
});

test.each([
  ['weakened', true, -0.6, -0.3, 60],
  ['weakened', false, -0.6, -0.5, 20],
  ['lost', true, -0.6, 0.01, 600],
  ['lost', false, -0.6, 0.05, 20],
  ['lost', false, -0.6, 0.2, 9],
  ['inverted', true, -0.6, 0.4, 60],
  ['inverted', false, -0.6, 0.4, 12],
  ['strengthened', true, -0.4, -0.8, 60],
  ['strengthened', false, -0.4, -0.5, 20],
  ['emerged', true, 0.05, 0.6, 40],
  ['emerged', false, 0.05, 0.2, 20],
] as const)('%s (condition met: %s): %d before, %d in %d windows since', (label, is_met, before, since, pairs) => {
  expect(relationshipLabel(interval(before, 300), interval(since, pairs))).toEqual({ label, is_met });
  if (label !== 'emerged') {
    expect(relationshipLabel(interval(-before, 300), interval(-since, pairs))).toEqual({ label, is_met });
  }
});
