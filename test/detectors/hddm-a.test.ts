import { expect, test } from 'vitest';
import { hddmA } from '../../detectors/hddm-a.js';
import { addToHddm, initHddm } from '../../detectors/stats/hddm.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { counts, LEVELS, WINDOW_US, windowAt } from './streams.js';

const { cases } = referenceFile<{
  cases: { name: string; confidence: number; values: number[]; river: number[] }[];
}>('hddm-a');

test.each(cases)('$name at $confidence: it detects where River does, value by value', (one) => {
  const limit = -Math.log(one.confidence);
  let up = initHddm();
  let down = initHddm();
  const found = one.values.flatMap((value, index) => {
    const rise = addToHddm(up, 1, value, limit);
    const fall = addToHddm(down, 1, 1 - value, limit);
    if (Math.max(rise, fall) < limit) return [];
    up = initHddm();
    down = initHddm();
    return [index];
  });
  expect(found).toEqual(one.river);
});

test('a step is found from windows, with its side and about its time', () => {
  const random = seededRandom(5);
  const state = hddmA.init(hddmA.config.parse({}), { kind: 'proportion', harmful: 'down', log_threshold: 9 });
  for (let index = 0; index < 400; index++) {
    const total = random.binomial(25, index < 100 ? 0.5 : 0.3);
    const { verdict } = hddmA.step(state, windowAt(index, counts(25, total), { ...LEVELS.proportion, level: 0.5 }));
    if (verdict.state !== 'drift') continue;
    expect(index).toBeGreaterThan(100);
    expect(index).toBeLessThan(140);
    expect(verdict).toMatchObject({ direction: 'down', is_harmful: true, is_still_drifted: true });
    expect(Math.abs(verdict.change_us! / WINDOW_US - 100)).toBeLessThan(25);
    return;
  }
  expect.unreachable('the step was not found');
});
