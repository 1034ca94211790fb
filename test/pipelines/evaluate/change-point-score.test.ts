import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changePointF1, segmentationCover } from '../../../pipelines/evaluate/change-point-score.js';

const points = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 6 });
const annotations = fc.array(points, { minLength: 1, maxLength: 5 });

test('what everybody has marked scores 1, by both figures', () => {
  fc.assert(
    fc.property(points, (marked) => {
      expect(changePointF1([marked, marked], marked)).toBeCloseTo(1, 12);
      expect(segmentationCover([marked, marked], marked, 100)).toBeCloseTo(1, 12);
    }),
    { seed: 1, numRuns: 100 },
  );
});

test('both figures lie above 0 and at most at 1, and do not depend on order or repetition', () => {
  fc.assert(
    fc.property(annotations, points, (marked, predicted) => {
      for (const score of [
        (one: number[]) => changePointF1(marked, one),
        (one: number[]) => segmentationCover(marked, one, 100),
      ]) {
        expect(score(predicted)).toBeGreaterThan(0);
        expect(score(predicted)).toBeLessThanOrEqual(1 + 1e-12);
        expect(score([...predicted, ...predicted].reverse())).toBe(score(predicted));
        expect(score([0, ...predicted])).toBe(score(predicted));
      }
    }),
    { seed: 2, numRuns: 200 },
  );
});

test('a point counts as found up to five steps off, once', () => {
  expect(changePointF1([[50]], [55])).toBe(1);
  expect(changePointF1([[50]], [56])).toBeCloseTo(0.5, 12); // the start alone: precision and recall 1 / 2
  const precision = 2 / 3;
  expect(changePointF1([[50]], [49, 51])).toBeCloseTo((2 * precision) / (1 + precision), 12);
});

test('precision is held against all annotators together, recall against each', () => {
  // Start and 50 are found by the first, start alone is all that the second has.
  expect(changePointF1([[50], []], [50])).toBe(1);
  // Half of what the first has, all of what the second has; nothing false.
  expect(changePointF1([[50], []], [])).toBeCloseTo((1 * 0.75) / (0.5 * 0.75 + 0.5), 12);
});

test('cover weighs segments by their length', () => {
  // [0, 50) is best covered by the whole series with 50 / 100, and so is [50, 100).
  expect(segmentationCover([[50]], [], 100)).toBeCloseTo(0.5, 12);
  expect(segmentationCover([[20]], [], 100)).toBeCloseTo(0.2 * 0.2 + 0.8 * 0.8, 12);
});
