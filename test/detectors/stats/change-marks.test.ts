import { expect, test } from 'vitest';
import { CHANGE_MARKS_MAX, changeTime, initChangeMarks, markChange } from '../../../detectors/stats/change-marks.js';
import { seededRandom } from '../seeded-random.js';

test('without marks there is no time, and the first mark stands for all before it', () => {
  const marks = initChangeMarks();
  expect(changeTime(marks, 5)).toBeNull();
  markChange(marks, 10, 1_000);
  expect(changeTime(marks, 5)).toBe(1_000);
});

test('the time of a unit is right to an eighth of its age, however long the stream', () => {
  const random = seededRandom(1);
  const marks = initChangeMarks();
  const starts: { units: number; us: number }[] = [];
  let units = 0;
  for (let index = 0; index < 40_000; index++) {
    starts.push({ units, us: index });
    markChange(marks, units, index);
    units += 20 + Math.floor(random.uniform() * 20);
    expect(marks.units.length).toBeLessThanOrEqual(CHANGE_MARKS_MAX);
    expect(marks.us.length).toBe(marks.units.length);
  }
  for (const age of [0, 3, 10, 100, 1_000, 10_000, 39_000]) {
    const truth = starts[starts.length - 1 - age];
    const told = changeTime(marks, truth.units)!;
    expect(told).toBeLessThanOrEqual(truth.us);
    expect(truth.us - told).toBeLessThanOrEqual(Math.ceil(age / 8) + 1);
  }
  expect(changeTime(marks, starts[39_990].units)).toBe(39_990);
});

test('one unit a window is kept within the bound too', () => {
  const marks = initChangeMarks();
  for (let index = 0; index < 200_000; index++) markChange(marks, index, index);
  expect(marks.units.length).toBeLessThanOrEqual(CHANGE_MARKS_MAX);
  expect(changeTime(marks, 199_995)).toBe(199_995);
  expect(199_999 - 50_000 - changeTime(marks, 199_999 - 50_000)!).toBeLessThan(50_000 / 8);
});
