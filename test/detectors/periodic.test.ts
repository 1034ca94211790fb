import { expect, test } from 'vitest';
import { never } from '../../detectors/never.js';
import { periodic } from '../../detectors/periodic.js';
import { counts, LEVELS, windowAt } from './streams.js';

const traits = { kind: 'proportion', harmful: 'down', log_threshold: 9 } as const;

test('periodic fires on every n-th window that has units, whatever it holds', () => {
  const state = periodic.init({ every_windows: 4 }, traits);
  const fired = Array.from({ length: 12 }, (_, index) => {
    const { verdict } = periodic.step(state, windowAt(index, counts(25, index % 5), LEVELS.proportion));
    periodic.step(state, windowAt(index, counts(0, 0), LEVELS.proportion));
    return verdict.state === 'drift';
  });
  expect(fired.flatMap((isFired, index) => (isFired ? [index] : []))).toEqual([3, 7, 11]);
});

test('never is quiet under the plainest drift', () => {
  const state = never.init({}, traits);
  for (let index = 0; index < 100; index++) {
    expect(never.step(state, windowAt(index, counts(25, 25), LEVELS.proportion)).verdict.state).toBe('quiet');
  }
});
