import { describe, expect, it } from 'vitest';
import type { DetectionWindow } from '../../contracts/detector.js';
import { multinomialEsr } from '../../detectors/multinomial-e-sr.js';
import { referenceFile } from './reference-file.js';
import { seededRandom } from './seeded-random.js';
import { counts, drawMix, firstDrift, LEVELS, MIX, mean, meanLow, WINDOW_US, windowAt } from './streams.js';

const traits = {
  kind: 'relationship',
  sides: { x: 'proportion', y: 'proportion' },
  harmful: 'either',
  log_threshold: Math.log(300),
} as const;

function mixWindow(index: number, totals: readonly number[], levels: readonly number[]) {
  const n = totals.reduce((sum, total) => sum + total, 0);
  const parts = totals.map((total, part) => ({ total, expected: { ...LEVELS.proportion, level: levels[part] } }));
  return { ...windowAt(index, counts(n, totals[0]), parts[0].expected), parts };
}

describe('multinomial-e-sr', () => {
  it('equals the multinomial distribution of scipy with one part tilted', () => {
    const { cases } = referenceFile<{
      cases: { levels: number[]; windows: number[][]; expect: Record<string, number>[] }[];
    }>('multinomial-e-sr');
    for (const { levels, windows, expect: rows } of cases) {
      const state = multinomialEsr.init(multinomialEsr.config.parse({}), { ...traits, log_threshold: -20 });
      for (const [index, totals] of windows.entries()) {
        const { verdict } = multinomialEsr.step(state, mixWindow(index, totals, levels));
        const told: Readonly<Record<string, unknown>> = { ...verdict, ...verdict.details };
        for (const [field, value] of Object.entries(rows[index])) expect(told[field], field).toBeCloseTo(value, 9);
      }
    }
  });

  it.each([
    ['as many calls as ever', () => 60],
    ['a third as many', () => 20],
    ['many', () => 500],
    ['now these, now those', (index: number) => 10 + 80 * (index % 3)],
  ] as const)('keeps false alarms 300 windows apart with %s', (_, callsOf) => {
    const lengths = Array.from({ length: 100 }, (__, seed) => {
      const random = seededRandom(seed + 1);
      const found = firstDrift(multinomialEsr, {}, traits, 1_500, (at) => drawMix(random, at, callsOf(at), 0));
      return found?.windows ?? 1_500;
    });
    expect(meanLow(lengths)).toBeGreaterThan(300);
  });

  it.each([
    [0, -0.7],
    [1, 0.7],
    [2, 0.8],
    [3, 1.2],
  ])('says that it is part %d that moved by %d log odds, since when, and to where', (part, shift) => {
    const random = seededRandom(5);
    const state = multinomialEsr.init(multinomialEsr.config.parse({}), traits);
    const verdicts = Array.from(
      { length: 120 },
      (_, at) => multinomialEsr.step(state, drawMix(random, at, 60, at < 60 ? 0 : shift, part)).verdict,
    );
    const first = verdicts.findIndex(({ state: told }, at) => at >= 60 && told === 'drift');
    expect(first).toBeLessThan(85);
    expect(Math.abs(verdicts[first].change_us! / WINDOW_US - 60)).toBeLessThan(9);
    const last = verdicts[119];
    expect(last).toMatchObject({ direction: shift > 0 ? 'up' : 'down', is_still_drifted: true });
    expect(last.details!.part).toBe(part);
    expect(last.details!.part_share).toBeGreaterThan(0.9);
    expect(Math.abs(last.effect - shift)).toBeLessThan(0.3);
    const tilted = MIX[part] * Math.exp(shift);
    expect(last.details!.r).toBeCloseTo(tilted / (tilted + 1 - MIX[part]), 1);
  });

  it('takes longer in a mix of more parts, but less than twice as long', () => {
    const delay = (parts: number) =>
      mean(
        Array.from({ length: 40 }, (_, seed) => {
          const random = seededRandom(seed + 1);
          const rest = Array.from({ length: parts - 1 }, () => 0.7 / (parts - 1));
          const levels = [0.3, ...rest];
          return firstDrift(multinomialEsr, {}, traits, 500, (at) => {
            const moved = random.binomial(60, 0.46);
            let left = 60 - moved;
            const others = rest.map((_, part) => {
              const total = part === rest.length - 1 ? left : random.binomial(left, 1 / (rest.length - part));
              left -= total;
              return total;
            });
            return mixWindow(at, [moved, ...others], levels);
          })!.windows;
        }),
      );
    const [few, many] = [delay(3), delay(10)];
    expect(few).toBeLessThan(many);
    expect(many).toBeLessThan(2 * few);
  });

  it('goes by the parts whose baseline is sufficient, and by none where all are thin', () => {
    const thin = (window: DetectionWindow, of: (part: number) => boolean): DetectionWindow => ({
      ...window,
      parts: window.parts!.map((part, at) => ({ ...part, expected: { ...part.expected, is_sufficient: !of(at) } })),
    });
    const last = (shift: number, moved: number, of: (part: number) => boolean) => {
      const random = seededRandom(5);
      const state = multinomialEsr.init(multinomialEsr.config.parse({}), traits);
      const windows = Array.from({ length: 60 }, (_, at) =>
        thin(drawMix(random, at, 60, at < 30 ? 0 : shift, moved), of),
      );
      return windows.map((window) => multinomialEsr.step(state, window).verdict).at(-1)!;
    };
    // The last part, one call in twenty, is thin: a change of it is found by what the others lose, once that is plain.
    expect(last(0.9, 1, (part) => part === 3)).toMatchObject({ state: 'drift', direction: 'up', details: { part: 1 } });
    expect(last(0.4, 3, (part) => part === 3)).toMatchObject({ state: 'quiet' });
    const found = last(3, 3, (part) => part === 3);
    expect(found).toMatchObject({ state: 'drift', direction: 'down' });
    expect(found.details!.evidence_3).toBe(0);
    expect(found.details!.part).not.toBe(3);
    expect(last(3, 3, () => true).state).toBe('insufficient');
  });

  it('passes over counts that cannot be, and a mix of other parts than before', () => {
    const state = multinomialEsr.init(multinomialEsr.config.parse({}), traits);
    multinomialEsr.step(state, mixWindow(0, [20, 30, 10], [0.3, 0.5, 0.2]));
    const before = JSON.stringify(state);
    multinomialEsr.step(state, mixWindow(1, [20, 40], [0.3, 0.7]));
    multinomialEsr.step(state, mixWindow(1, [70, -20, 10], [0.3, 0.5, 0.2]));
    multinomialEsr.step(state, { ...mixWindow(1, [20, 30, 10], [0.3, 0.5, 0.2]), parts: [] });
    expect(JSON.stringify(state)).toBe(before);
  });

  it('stays within 20 KB at its largest', () => {
    const state = multinomialEsr.init(multinomialEsr.config.parse({ shifts: [0.1, 0.2, 0.35, 0.6, 1, 1.5] }), traits);
    const levels = Array.from({ length: 12 }, () => 1 / 12);
    const random = seededRandom(3);
    for (let index = 0; index < 300; index++)
      multinomialEsr.step(
        state,
        mixWindow(
          index,
          levels.map(() => 100 + random.binomial(900, 0.5)),
          levels,
        ),
      );
    expect(JSON.stringify(state).length).toBeLessThan(20_000);
  });
});
