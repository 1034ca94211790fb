import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignalKind } from '../../../contracts/signal.js';
import { bestGrouping } from '../../../detectors/stats/best-grouping.js';
import { bestSubset } from '../../../detectors/stats/best-subset.js';
import { rateAndMix } from '../../../detectors/stats/rate-and-mix.js';
import { sharedOrLocal } from '../../../detectors/stats/shared-or-local.js';
import { type LeafCounts, leafEvidence, sharedShift } from '../../../detectors/stats/shared-shift.js';
import { surprise } from '../../../detectors/stats/surprise.js';
import { seededRandom } from '../seeded-random.js';

/** Trials at a level, with `dispersion` times the variance of independent ones. */
function proportion(size: number, total: number, level: number, dispersion = 1): LeafCounts {
  return {
    size,
    total,
    expected: size * level,
    variance: size * level * (1 - level) * dispersion,
    value_sd: Math.sqrt(level * (1 - level)),
  };
}

describe('rateAndMix', () => {
  it('splits a change as worked out by hand', () => {
    // 0.6 x 0.5 + 0.4 x 0.2 = 0.38 before; 0.4 x 0.4 + 0.6 x 0.25 = 0.31 after.
    const parts = [
      { share_before: 0.6, share_after: 0.4, rate_before: 0.5, rate_after: 0.4 },
      { share_before: 0.4, share_after: 0.6, rate_before: 0.2, rate_after: 0.25 },
    ];
    const { change, rate_effect, mix_effect } = rateAndMix(parts);
    expect(rate_effect).toBeCloseTo(0.5 * -0.1 + 0.5 * 0.05, 12);
    expect(mix_effect).toBeCloseTo(0.45 * -0.2 + 0.225 * 0.2, 12);
    expect(change).toBeCloseTo(-0.07, 12);
  });

  it('leaves nothing over, and gives nothing to the mix when only rates have moved', () => {
    const share = fc.integer({ min: 1, max: 100 });
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(share, share, rate, rate), { minLength: 1, maxLength: 8 }), (rows) => {
        const [before, after] = [0, 1].map((side) => rows.reduce((sum, row) => sum + row[side]!, 0));
        const parts = rows.map(([was, is, rate_before, rate_after]) => ({
          share_before: was / before!,
          share_after: is / after!,
          rate_before,
          rate_after,
        }));
        const raw = parts.reduce(
          (sum, part) => sum + part.share_after * part.rate_after - part.share_before * part.rate_before,
          0,
        );
        expect(rateAndMix(parts).change).toBeCloseTo(raw, 10);
        const still = parts.map((part) => ({ ...part, share_after: part.share_before }));
        expect(rateAndMix(still).mix_effect).toBe(0);
      }),
      { seed: 11, numRuns: 100 },
    );
  });
});

const KINDS: readonly SignalKind[] = ['proportion', 'rate', 'mean'];

/** Leaves of any kind; some have moved, some have no units at all. */
const leaves = fc.array(
  fc.record({
    size: fc.integer({ min: 0, max: 60 }),
    level: fc.double({ min: 0.02, max: 0.95, noNaN: true }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    dispersion: fc.double({ min: 1, max: 3, noNaN: true }),
  }),
  { minLength: 1, maxLength: 9 },
);

function leafOf(
  kind: SignalKind,
  drawn: { size: number; level: number; part: number; dispersion: number },
): LeafCounts {
  const { size, level, part, dispersion } = drawn;
  if (kind === 'proportion') return proportion(size, Math.round(size * part), level, dispersion);
  if (kind === 'rate') {
    const expected = size * level;
    return { size, total: Math.round(2 * part * expected), expected, variance: expected * dispersion, value_sd: 0 };
  }
  const value_sd = 10 * level;
  const total = size * (100 + 8 * (part - 0.5));
  return { size, total, expected: size * 100, variance: size * value_sd ** 2 * dispersion, value_sd };
}

/** Score of a set as it is defined: by trying shifts, not in closed form. */
function scoreOf(kind: SignalKind, set: readonly LeafCounts[], side: 1 | -1): number {
  const at = (shift: number) =>
    set.reduce((sum, { size, total, expected, variance, value_sd }) => {
      const slope = size * value_sd;
      if (kind === 'mean') return sum + ((total - expected) * slope * shift - (slope * shift) ** 2 / 2) / variance;
      return sum + ((total * shift - expected * Math.expm1(shift)) * expected) / variance;
    }, 0);
  // Ternary search: the sum is concave in the shift.
  let [low, high] = [0, 25];
  for (let step = 0; step < 120; step++) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
    if (at(side * left) < at(side * right)) low = left;
    else high = right;
  }
  return Math.max(0, at((side * (low + high)) / 2));
}

describe('bestSubset', () => {
  it('scores as much as the best of all subsets, in both directions and for every kind', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        leaves,
        fc.constantFrom('up' as const, 'down' as const),
        (kind, drawn, direction) => {
          const all = drawn.map((one) => leafOf(kind, one));
          const side = direction === 'up' ? 1 : -1;
          const usable = all.filter(({ size }) => size > 0);
          let best = 0;
          for (let mask = 1; mask < 2 ** usable.length; mask++) {
            const set = usable.filter((_, at) => ((mask >> at) & 1) === 1);
            best = Math.max(best, scoreOf(kind, set, side));
          }
          const found = bestSubset(kind, all, direction);
          expect(found.evidence).toBeCloseTo(best, 6);
          const members = found.members.map((at) => all[at]!);
          expect(scoreOf(kind, members, side)).toBeCloseTo(found.evidence, 6);
        },
      ),
      { seed: 12, numRuns: 60 },
    );
  });

  it('names the one leaf that fell, and nobody where nothing fell', () => {
    const fleet = [proportion(400, 201, 0.5), proportion(300, 60, 0.4), proportion(200, 61, 0.3)];
    expect(bestSubset('proportion', fleet, 'down').members).toEqual([1]);
    expect(bestSubset('proportion', [proportion(10, 5, 0.5)], 'down')).toEqual({ members: [], evidence: 0 });
  });

  it('takes a hundred thousand leaves in order of their number', () => {
    const random = seededRandom(5);
    const fleet = Array.from({ length: 100_000 }, (_, at) =>
      proportion(40, random.binomial(40, at < 1000 ? 0.2 : 0.4), 0.4),
    );
    const { members } = bestSubset('proportion', fleet, 'down');
    expect(members.filter((at) => at < 1000).length).toBeGreaterThan(900);
  });
});

describe('sharedShift', () => {
  it('is what trying shifts finds, for every kind', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), leaves, (kind, drawn) => {
        const all = drawn.filter(({ size }) => size > 0).map((one) => leafOf(kind, one));
        const at = (shift: number) =>
          all.reduce((sum, { size, total, expected, variance, value_sd }) => {
            const slope = size * value_sd;
            if (kind === 'mean')
              return sum + ((total - expected) * slope * shift - (slope * shift) ** 2 / 2) / variance;
            if (kind === 'rate') return sum + ((total * shift - expected * Math.expm1(shift)) * expected) / variance;
            const level = expected / size;
            const weight = (size * level * (1 - level)) / variance;
            return sum + weight * (total * shift - size * Math.log(1 - level + level * Math.exp(shift)));
          }, 0);
        let best = 0;
        for (let shift = -20; shift <= 20; shift += 1e-3) best = Math.max(best, at(shift));
        const found = sharedShift(kind, all);
        expect(found.evidence).toBeGreaterThanOrEqual(best - 1e-9);
        expect(found.evidence).toBeCloseTo(Math.max(0, at(found.shift)), 8);
      }),
      { seed: 13, numRuns: 30 },
    );
  });

  it('is the evidence of the leaf where there is one alone', () => {
    const leaf = proportion(120, 40, 0.5, 1.4);
    expect(sharedShift('proportion', [leaf]).evidence).toBeCloseTo(leafEvidence('proportion', leaf), 10);
  });
});

describe('sharedOrLocal', () => {
  /** Share of fleets whose chance lies below 5 %. */
  function rejected(levelAfter: (level: number, at: number) => number): number {
    const random = seededRandom(21);
    let below = 0;
    for (let run = 0; run < 1_500; run++) {
      const fleet = Array.from({ length: 8 }, (_, at) => {
        const level = 0.15 + 0.08 * at;
        return proportion(120, random.binomial(120, levelAfter(level, at)), level);
      });
      if (sharedOrLocal('proportion', fleet).chance < 0.05) below++;
    }
    return below / 1_500;
  }
  const fallen = (level: number) => 1 / (1 + Math.exp(0.7) / (level / (1 - level)));

  it('calls a shift that all leaves share local as rarely as it says', () => {
    const share = rejected(fallen);
    // 5 %, give or take three standard errors of 1,500 runs and what the chi-square scale is off by.
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThan(0.075);
  });

  it('tells a shift of one leaf in eight as often as the non-central chi-square distribution has it', () => {
    const one = (level: number, at: number) => (at === 3 ? fallen(level) : level);
    // What the statistic comes to when every leaf has just what is expected of it is how far from the centre it lies.
    const typical = Array.from({ length: 8 }, (_, at) => {
      const level = 0.15 + 0.08 * at;
      return proportion(120, 120 * one(level, at), level);
    });
    const distance = Math.sqrt(sharedOrLocal('proportion', typical).statistic);
    const random = seededRandom(22);
    let beyond = 0;
    for (let draw = 0; draw < 20_000; draw++) {
      let sum = (random.normal() + distance) ** 2;
      for (let degree = 1; degree < 7; degree++) sum += random.normal() ** 2;
      if (sum > 14.067) beyond++;
    }
    expect(Math.abs(rejected(one) - beyond / 20_000)).toBeLessThan(0.05);
  });

  it('knows nothing to differ where there is one leaf', () => {
    expect(sharedOrLocal('rate', [{ size: 5, total: 9, expected: 4, variance: 4, value_sd: 0 }])).toEqual({
      statistic: 0,
      degrees: 0,
      chance: 1,
    });
  });
});

describe('surprise', () => {
  it('sums to the Jensen-Shannon divergence, as the entropy of the mean less the mean of the entropies', () => {
    const [p, q] = [
      [0.5, 0.3, 0.2, 0],
      [0.2, 0.3, 0.1, 0.4],
    ];
    const entropy = (shares: readonly number[]) =>
      shares.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
    const middle = p!.map((share, at) => (share + q![at]!) / 2);
    const divergence = entropy(middle) - (entropy(p!) + entropy(q!)) / 2;
    const sum = p!.reduce((total, share, at) => total + surprise(share, q![at]!), 0);
    expect(sum).toBeCloseTo(divergence, 12);
    expect(surprise(0.3, 0.3)).toBe(0);
  });
});

describe('bestGrouping', () => {
  const pools = { explained_share: 0.95, chance_share: 0.02, surprise: 0.02, members: 1, is_common: false };
  it('takes the most surprising one that explains enough, the shorter one where two are alike', () => {
    const fine = { ...pools, surprise: 0.021, members: 4 };
    expect(bestGrouping([fine, pools], 0.8)).toBe(1);
    expect(bestGrouping([{ ...pools, surprise: 0.01 }, pools], 0.8)).toBe(1);
    expect(bestGrouping([pools, pools], 0.8)).toBe(0);
  });

  it('holds no leaf to more than chance lets be told', () => {
    expect(bestGrouping([{ ...pools, explained_share: 0.7, chance_share: 0.15 }], 0.8)).toBe(0);
  });

  it('takes none whose leaves moved alike, that explains too little or has nothing to name', () => {
    const none = [
      { ...pools, is_common: true },
      { ...pools, explained_share: 0.7 },
      { ...pools, explained_share: 0, chance_share: 1 },
      { ...pools, members: 0 },
    ];
    expect(bestGrouping(none, 0.8)).toBeNull();
  });
});

describe('all of it, on calls that are divided by pools and, across them, by campaigns', () => {
  const POOLS = 8;
  const CAMPAIGNS = 5;
  const CALLS = 1_600;
  const RUNS = 200;

  /** Calls of one run; the log odds of pools in `fallen` have fallen by `shift`. */
  function leavesOf(random: ReturnType<typeof seededRandom>, fallen: readonly number[], shift: number): LeafCounts[][] {
    const empty = (count: number) => Array.from({ length: count }, () => ({ size: 0, total: 0, expected: 0 }));
    const [pools, campaigns] = [empty(POOLS), empty(CAMPAIGNS)];
    for (let call = 0; call < CALLS; call++) {
      const pool = Math.floor(random.uniform() * POOLS);
      const odds = -0.6 + 0.15 * pool;
      const expected = 1 / (1 + Math.exp(-odds));
      const level = 1 / (1 + Math.exp(fallen.includes(pool) ? shift - odds : -odds));
      const total = random.uniform() < level ? 1 : 0;
      for (const leaf of [pools[pool]!, campaigns[Math.floor(random.uniform() * CAMPAIGNS)]!]) {
        leaf.size++;
        leaf.total += total;
        leaf.expected += expected;
      }
    }
    return [pools, campaigns].map((leaves) =>
      leaves.map(({ size, total, expected }) => proportion(size, total, expected / size)),
    );
  }

  /** Share of runs in which pools were named, campaigns, and exactly the pools that fell. */
  function named(fallen: readonly number[], shift: number) {
    const random = seededRandom(41);
    const count = { pools: 0, campaigns: 0, exactly: 0 };
    for (let run = 0; run < RUNS; run++) {
      const groupings = leavesOf(random, fallen, shift).map((all) => {
        const { members } = bestSubset('proportion', all, 'down');
        const sum = (of: (leaf: LeafCounts) => number) => all.reduce((whole, leaf) => whole + of(leaf), 0);
        const [total, expected] = [sum((leaf) => leaf.total), sum((leaf) => leaf.expected)];
        const excess = members.reduce((part, at) => part + all[at]!.total - all[at]!.expected, 0);
        const rest = all.filter((_, at) => !members.includes(at)).reduce((part, { variance }) => part + variance, 0);
        return {
          chosen: [...members].sort(),
          explained_share: total < expected ? excess / (total - expected) : 0,
          chance_share: (1.96 * Math.sqrt(rest)) / Math.abs(total - expected),
          surprise: members.reduce(
            (part, at) => part + surprise(all[at]!.expected / expected, all[at]!.total / total),
            0,
          ),
          members: members.length,
          is_common: sharedOrLocal('proportion', all).chance >= 0.01,
        };
      });
      const best = bestGrouping(groupings, 0.8);
      if (best === 1) count.campaigns++;
      if (best === 0) count.pools++;
      if (best === 0 && groupings[0]!.chosen.join() === fallen.join()) count.exactly++;
    }
    return { pools: count.pools / RUNS, campaigns: count.campaigns / RUNS, exactly: count.exactly / RUNS };
  }

  it('names the pool that fell, and hardly ever a campaign', () => {
    const { exactly, campaigns } = named([3], 0.8);
    expect(exactly).toBeGreaterThan(0.75);
    expect(campaigns).toBeLessThan(0.02);
  });

  it('names nobody where all have fallen alike', () => {
    const { pools, campaigns } = named([0, 1, 2, 3, 4, 5, 6, 7], 0.3);
    // Two groupings, each called local in one fleet of a hundred that has moved alike.
    expect(pools + campaigns).toBeLessThan(0.06);
  });
});
