import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eBenjaminiHochberg } from '../../../detectors/stats/e-benjamini-hochberg.js';
import { levelEvidence } from '../../../detectors/stats/level-e-value.js';
import type { LevelFigures } from '../../../detectors/stats/level-log-ratio.js';
import { seededRandom } from '../seeded-random.js';

const part = (n: number, total: number, level: number): LevelFigures => ({
  n,
  total,
  exposure_ms: 0,
  total_squares: 0,
  level,
  standard_error: 0,
  value_sd: 0,
  dispersion: 1,
});

describe('eBenjaminiHochberg', () => {
  it('tells the largest set whose members all reach what its size asks for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -3, max: 9, noNaN: true }), { maxLength: 12 }),
        fc.constantFrom(0.05, 0.1, 0.5),
        (logs, share) => {
          let most = 0;
          for (let size = 1; size <= logs.length; size++) {
            const reach = logs.filter((log) => Math.exp(log) * share * size >= logs.length).length;
            if (reach >= size) most = size;
          }
          const { told, log_threshold } = eBenjaminiHochberg(logs, share);
          expect(told).toHaveLength(most);
          const least = Math.min(...told.map((at) => logs[at]!));
          for (const [at, log] of logs.entries()) if (!told.includes(at)) expect(log).toBeLessThanOrEqual(least);
          if (log_threshold !== null) expect(least).toBeGreaterThanOrEqual(log_threshold);
        },
      ),
      { seed: 31, numRuns: 300 },
    );
  });

  it('is wrong in no more than its share, where half of the streams are each the sum of all others', () => {
    const random = seededRandom(32);
    let share = 0;
    const runs = 800;
    for (let run = 0; run < runs; run++) {
      // Twenty pools, five of which have drifted; and twenty views of the fifteen others, which stand and fall together.
      const pools = Array.from({ length: 20 }, (_, at) => part(150, random.binomial(150, at < 5 ? 0.3 : 0.45), 0.45));
      const still = pools.slice(5);
      const calls = still.reduce((sum, { n }) => sum + n, 0);
      const answers = still.reduce((sum, { total }) => sum + total, 0);
      const views = Array.from({ length: 20 }, () => part(calls, answers, 0.45));
      const traits = { kind: 'proportion', harmful: 'down', upper: null } as const;
      const logs = [...pools, ...views].map((one) => levelEvidence(traits, [one]).log_evidence);
      const { told } = eBenjaminiHochberg(logs, 0.1);
      share += told.filter((at) => at >= 5).length / Math.max(1, told.length);
    }
    expect(share / runs).toBeLessThan(0.1);
  });

  it('tells nothing of nothing', () => {
    expect(eBenjaminiHochberg([], 0.1)).toEqual({ told: [], log_threshold: null });
    expect(eBenjaminiHochberg([0, 1], 0.1)).toEqual({ told: [], log_threshold: null });
  });
});

describe('levelEvidence', () => {
  it('has a mean of 1 where the level is as expected, whatever the span was cut into', () => {
    // All outcomes of two pieces of five calls with their chances, one by one.
    const binomial = (n: number, p: number) => {
      const chances = [(1 - p) ** n];
      for (let k = 1; k <= n; k++) chances.push((chances[k - 1]! * (n - k + 1) * p) / (k * (1 - p)));
      return chances;
    };
    const [first, second] = [binomial(5, 0.3), binomial(5, 0.6)];
    const traits = { kind: 'proportion', harmful: 'either', upper: null } as const;
    let mean = 0;
    for (const [a, chance_a] of first!.entries())
      for (const [b, chance_b] of second!.entries())
        mean += chance_a * chance_b * Math.exp(levelEvidence(traits, [part(5, a, 0.3), part(5, b, 0.6)]).log_evidence);
    expect(mean).toBeCloseTo(1, 9);

    const whole = levelEvidence(traits, [part(40, 25, 0.4)]);
    const cut = levelEvidence(traits, [part(10, 9, 0.4), part(0, 0, 0.4), part(30, 16, 0.4)]);
    expect(cut.log_evidence).toBeCloseTo(whole.log_evidence, 9);
    expect(whole.shift).toBeGreaterThan(0);
  });
});
