import { expect, test } from 'vitest';
import { adwin } from '../../detectors/adwin.js';
import { type Adwin, addToAdwin, bestCut, dropOldest, initAdwin } from '../../detectors/stats/adwin.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { counts, LEVELS, WINDOW_US, windowAt } from './streams.js';

const { clock, cases } = referenceFile<{
  clock: number;
  cases: {
    name: string;
    delta: number;
    values: number[];
    looks: { at: number; evidence: number; width: number }[];
    river: number[];
  }[];
}>('adwin');

/** Drives the window value by value, looking once in `clock`; `clears`: from nothing after a detection, as River does. */
function drive(values: readonly number[], delta: number, clears: boolean) {
  let window = initAdwin();
  let ticks = 0;
  const looks: { at: number; evidence: number; width: number }[] = [];
  const cut = { evidence: 0, count: 0, mean: 0, mean_before: 0 };
  for (const [at, value] of values.entries()) {
    addToAdwin(window, 1, value, 0);
    ticks++;
    if (ticks % clock !== 0) continue;
    bestCut(window, cut);
    const { evidence } = cut;
    if (evidence > -Math.log(delta)) {
      if (clears) {
        window = initAdwin();
        ticks = 0;
      } else {
        while (cut.evidence > -Math.log(delta)) {
          dropOldest(window);
          bestCut(window, cut);
        }
      }
    }
    looks.push({ at, evidence, width: window.count });
  }
  return looks;
}

test.each(cases)('$name at $delta: the published algorithm over plain lists, look by look', (one) => {
  const looks = drive(one.values, one.delta, false);
  expect(looks.length).toBe(one.looks.length);
  for (const [index, look] of looks.entries()) {
    expect(Math.abs(look.evidence - one.looks[index].evidence)).toBeLessThan(1e-8);
    expect(look.width).toBe(one.looks[index].width);
  }
});

test.each(cases)('$name at $delta: begun anew after a detection, as River does, it detects where River does', (one) => {
  const found = drive(one.values, one.delta, true).filter(({ evidence }) => evidence > -Math.log(one.delta));
  expect(found.map(({ at }) => at)).toEqual(one.river);
});

test('on purpose unlike River: after a detection what came since the cut is kept', () => {
  const { values, delta, river } = cases[0];
  const found = drive(values, delta, false).filter(({ evidence }) => evidence > -Math.log(delta));
  expect(found[0].at).toBe(river[0]);
  expect(found[0].width).toBeGreaterThan(100);
  expect(found.map(({ at }) => at)).not.toEqual(river);
});

/** Evidence of a cut between buckets, by the formula as it stands: nothing skipped, nothing bounded. */
function plainEvidence({ counts, sums, count, sum, scatter }: Adwin, cut: number): number {
  const total = (values: readonly number[]) => values.slice(0, cut).reduce((all, value) => all + value, 0);
  const before = total(counts);
  const after = count - before;
  if (before < 5 || after < 5) return 0;
  const gap = Math.abs(total(sums) / before - (sum - total(sums)) / after);
  const ratio = 1 / (before - 4) + 1 / (after - 4);
  const linear = Math.sqrt(2 * (scatter / count) * ratio);
  const root = (-linear + Math.sqrt(linear * linear + (8 / 3) * ratio * gap)) / ((4 / 3) * ratio);
  return Math.max(0, root * root - Math.log(2 * Math.log(count)));
}

test('no cut is passed over: its evidence is the largest of all cuts, whatever is in the buckets', () => {
  const random = seededRandom(11);
  const cut = { evidence: 0, count: 0, mean: 0, mean_before: 0 };
  let found = 0;
  for (let round = 0; round < 60; round++) {
    const window = initAdwin();
    const [size, shift, spread] = [1 + (round % 9), 0.4 * random.uniform(), 0.01 + 0.2 * random.uniform()];
    for (let index = 0; index < 40 + 10 * round; index++) {
      const n = 1 + Math.floor(size * random.uniform());
      const level = index > 5 * round ? shift : 0;
      addToAdwin(window, n, n * level + spread * Math.sqrt(n) * random.normal(), (n - 1) * spread * spread);
    }
    bestCut(window, cut);
    const largest = Math.max(...window.counts.map((_, index) => plainEvidence(window, index + 1)));
    expect(Math.abs(cut.evidence - largest) / Math.max(1, largest)).toBeLessThan(1e-9);
    if (largest > 0) found++;
  }
  expect(found).toBeGreaterThan(30);
  expect(found).toBeLessThan(60);
});

test('its sums stay those of its buckets, however much goes in and out', () => {
  const random = seededRandom(4);
  const window = initAdwin();
  for (let index = 0; index < 50_000; index++) {
    addToAdwin(window, 1 + (index % 7), random.normal(), random.uniform());
    if (random.uniform() < 0.02) for (let i = 0; i < 8 && window.counts.length > 1; i++) dropOldest(window);
  }
  const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
  expect(window.count).toBe(sum(window.counts));
  expect(window.rows.reduce((all, rows) => all + rows, 0)).toBe(window.counts.length);
  expect(Math.abs(window.sum - sum(window.sums))).toBeLessThan(1e-9);
  const mean = window.sum / window.count;
  const scatter = window.counts.map((n, i) => window.scatters[i] + n * (window.sums[i] / n - mean) ** 2);
  expect(Math.abs(window.scatter / sum(scatter) - 1)).toBeLessThan(1e-9);
});

test('a step is told in the window that cuts, with its time and size; then the new level is normal', () => {
  const random = seededRandom(6);
  const options = adwin.config.parse({ delta: 0.2 });
  const state = adwin.init(options, { kind: 'proportion', harmful: 'down', log_threshold: 9 });
  const verdicts = Array.from({ length: 400 }, (_, index) => {
    const total = random.binomial(25, index < 200 ? 0.2 : 0.1);
    return adwin.step(state, windowAt(index, counts(25, total), LEVELS.proportion)).verdict;
  });
  const found = verdicts.findIndex(({ state: said }) => said === 'drift');
  expect(found).toBeGreaterThan(200);
  expect(found).toBeLessThan(225);
  expect(verdicts[found]).toMatchObject({ direction: 'down', is_harmful: true });
  expect(Math.abs(verdicts[found].change_us! / WINDOW_US - 200)).toBeLessThan(12);
  expect(verdicts.filter(({ state: said }) => said === 'drift').length).toBeLessThan(6);
  expect(verdicts[399].state).not.toBe('drift');
});
