import { expect, test } from 'vitest';
import { ddm } from '../../detectors/ddm.js';
import { addToDdm, initDdm } from '../../detectors/stats/ddm.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { counts, LEVELS, WINDOW_US, windowAt } from './streams.js';

const { warm_up, cases } = referenceFile<{
  warm_up: number;
  cases: { name: string; drift_level: number; values: number[]; river: number[] }[];
}>('ddm');

test.each(cases)('$name at $drift_level: it detects where River does, value by value', (one) => {
  let state = initDdm();
  const found = one.values.flatMap((value, index) => {
    if (addToDdm(state, 1, value, warm_up) < one.drift_level) return [];
    state = initDdm();
    return [index];
  });
  expect(found).toEqual(one.river);
});

test('thirty calls without a success make the next success a drift, as in River', () => {
  const rare = cases.find(({ name }) => name === 'rare')!;
  const state = initDdm();
  for (let index = 0; index < 40; index++) expect(addToDdm(state, 1, 0, warm_up)).toBe(0);
  expect(addToDdm(state, 1, 1, warm_up)).toBeGreaterThan(rare.drift_level);
});

test('both sides are watched, and after it has fired it begins anew', () => {
  for (const [level, direction] of [
    [0.5, 'up'],
    [0.02, 'down'],
  ] as const) {
    const random = seededRandom(2);
    const state = ddm.init(ddm.config.parse({}), { kind: 'proportion', harmful: 'up', log_threshold: 9 });
    let found = -1;
    for (let index = 0; index < 600 && found < 0; index++) {
      const total = random.binomial(25, index < 40 ? 0.2 : level);
      const { verdict } = ddm.step(state, windowAt(index, counts(25, total), LEVELS.proportion));
      if (verdict.state !== 'drift') continue;
      found = index;
      expect(verdict).toMatchObject({ direction, is_harmful: direction === 'up' });
      expect(verdict.change_us! / WINDOW_US).toBeLessThanOrEqual(41);
    }
    expect(found).toBeGreaterThan(40);
    ddm.step(state, windowAt(found + 1, counts(25, 5), LEVELS.proportion));
    expect(state.up.ddm.trials).toBe(25);
  }
});
