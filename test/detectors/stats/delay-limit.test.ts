import { describe, expect, test } from 'vitest';
import { cusumHeight, delayLimit } from '../../../detectors/stats/delay-limit.js';
import {
  bernoulliDivergence,
  gaussianDivergence,
  poissonDivergence,
} from '../../../detectors/stats/kullback-leibler.js';

describe('the delay limit equals the published table, to the unit it is printed in', () => {
  test.each([
    [0.2, 0.16, [243, 592, 1012, 1445]],
    [0.2, 0.14, [156, 322, 507, 694]],
    [0.2, 0.1, [80, 139, 202, 264]],
    [0.05, 0.08, [177, 413, 688, 972]],
    [0.35, 0.5, [62, 109, 158, 206]],
    [0.02, 0.03, [322, 994, 1944, 2969]],
  ] as const)('proportion %d to %d', (before, after, row) => {
    const limits = [1e3, 1e4, 1e5, 1e6].map((units) =>
      Math.round(delayLimit(units, bernoulliDivergence(before, after), bernoulliDivergence(after, before))),
    );
    expect(limits).toEqual(row);
  });

  test.each([
    [0.5, 0.6, 378],
    [0.5, 0.75, 96],
    [2, 2.4, 130],
    [2, 3, 30],
  ])('rate %d to %d per minute', (before, after, minutes) => {
    expect(Math.round(delayLimit(1e4, poissonDivergence(before, after), poissonDivergence(after, before)))).toBe(
      minutes,
    );
  });

  test.each([
    [0.1, 605],
    [0.2, 217],
    [0.5, 49],
  ])('mean by %d standard deviations', (shift, values) => {
    expect(Math.round(delayLimit(1e4, gaussianDivergence(shift), gaussianDivergence(shift)))).toBe(values);
  });
});

test.each([1e-9, 1e-3, 0.5, 1, 3, 100, 1e6, 1e200])(
  'the height of a CUSUM solves its equation at %d',
  (information) => {
    const height = cusumHeight(information);
    // e^h - h - 1 by its series where the difference would cancel.
    const left = height < 0.01 ? height ** 2 / 2 + height ** 3 / 6 + height ** 4 / 24 : Math.expm1(height) - height;
    expect(left / information).toBeCloseTo(1, 6);
  },
);
