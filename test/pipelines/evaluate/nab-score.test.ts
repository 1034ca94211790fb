import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bestThreshold,
  NAB_PROFILE_NAMES,
  NAB_PROFILES,
  nabScore,
  nabSum,
  probationRows,
} from '../../../pipelines/evaluate/nab-score.js';

const { standard } = NAB_PROFILES;
const windows = [
  { first: 400, last: 449 },
  { first: 800, last: 849 },
];
const at = (...rows: number[]) => Float64Array.from({ length: 1000 }, (_, row) => (rows.includes(row) ? 1 : 0));
const score = (...rows: number[]) => nabScore([{ scores: at(...rows), windows }], 1, standard);

describe('the score of NAB', () => {
  test.each(NAB_PROFILE_NAMES)('is 100 for every window at its first row, 0 for silence, %s', (name) => {
    const profile = NAB_PROFILES[name];
    expect(nabScore([{ scores: at(400, 800), windows }], 1, profile)).toBeCloseTo(100, 10);
    expect(nabScore([{ scores: at(), windows }], 1, profile)).toBe(0);
  });

  test('falls with every row that a window is found later, and counts its first detection alone', () => {
    const scores = Array.from({ length: 50 }, (_, late) => score(400 + late));
    for (const [index, one] of scores.entries()) if (index > 0) expect(one).toBeLessThan(scores[index - 1]);
    expect(score(410, 411, 430)).toBe(score(410));
  });

  test('takes a false detection off, less of one that follows a window closely', () => {
    expect(nabSum({ scores: at(399), windows }, 1, standard)).toBeCloseTo(-2 - 0.11, 12);
    expect(nabSum({ scores: at(700), windows }, 1, standard)).toBeCloseTo(-2 - 0.11, 12);
    const close = nabSum({ scores: at(452), windows }, 1, standard);
    expect(close).toBeGreaterThan(-2 - 0.11);
    expect(close).toBeLessThan(-2);
  });

  test('passes over the first 15 in a hundred rows, 750 at most', () => {
    expect([100, 999, 5000, 20_000].map(probationRows)).toEqual([15, 149, 750, 750]);
    expect(score(0, 149)).toBe(0);
    expect(score(150)).toBeLessThan(0);
  });

  test('counts a missed window double where that is what must not happen', () => {
    const missed = (name: 'standard' | 'reward_low_fn') =>
      nabSum({ scores: at(400), windows }, 1, NAB_PROFILES[name]) - 1;
    expect(missed('standard')).toBeCloseTo(-1, 12);
    expect(missed('reward_low_fn')).toBeCloseTo(-2, 12);
  });
});

test('the best threshold is that of a search through all of them', () => {
  const series = fc.record({
    scores: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 40, maxLength: 60 }),
    windows: fc.constantFrom(
      [],
      [{ first: 10, last: 14 }],
      [
        { first: 8, last: 12 },
        { first: 30, last: 33 },
      ],
    ),
  });
  fc.assert(
    fc.property(
      fc.array(series, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...NAB_PROFILE_NAMES),
      (all, name) => {
        fc.pre(all.some((one) => one.windows.length > 0));
        const profile = NAB_PROFILES[name];
        const searched = [0, 1, 2, 3, 4, 5, 6, 7].map((threshold) => nabScore(all, threshold, profile));
        const best = bestThreshold(all, profile);
        expect(best.score).toBeCloseTo(Math.max(...searched), 9);
        expect(nabScore(all, best.threshold, profile)).toBeCloseTo(best.score, 9);
      },
    ),
    { seed: 3, numRuns: 200 },
  );
});
