import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../../contracts/config.js';
import type { ExpectedLevel } from '../../../contracts/detector.js';
import type { Signal } from '../../../contracts/signal.js';
import { detectors } from '../../../detectors/index.js';
import { bernoulliLogRatio } from '../../../detectors/stats/bernoulli-log-ratio.js';
import type { ClosedObservations } from '../../../pipelines/detect/closed-observations.js';
import { Detection } from '../../../pipelines/detect/detection.js';
import type { Expectations } from '../../../pipelines/detect/expectations.js';
import { excessOfWindow } from '../../../pipelines/policy/folding.js';
import type { StreamVerdict } from '../../../pipelines/policy/stream.js';
import { readSignalFiles } from '../../../pipelines/signal-files.js';
import { seededRandom } from '../../detectors/seeded-random.js';

const MINUTE_US = 60_000_000;
const signals: Signal[] = readSignalFiles().map(({ signal }) => signal);

interface Known extends Partial<ExpectedLevel> {
  readonly level: number;
  /** What the history had of it, in any hour. */
  readonly size: number;
}

/** A version of the baselines that knows the same of every hour, of every signal. */
function knowing(levels: Readonly<Record<string, Known>>): Expectations {
  const full = (value: number) => new Float64Array(168).fill(value);
  return {
    version: 'v1',
    log_threshold: Math.log(1e4),
    relationship_log_threshold: Math.log(1e4),
    hourOfWeek: () => 0,
    relationship: () => null,
    at: (_: string, segment: string) => {
      const known = levels[segment];
      if (known === undefined) return null;
      const { size, ...level } = known;
      return { standard_error: 0, value_sd: 0, dispersion: 1, is_sufficient: true, ...level };
    },
    streams: () =>
      signals.flatMap(({ signal }) =>
        Object.entries(levels).map(([segment, { size, is_sufficient = true }]) => ({
          signal,
          segment,
          size: full(size),
          is_sufficient: new Uint8Array(168).fill(is_sufficient ? 1 : 0),
        })),
      ),
  } as unknown as Expectations;
}

/** One observation: the minute, the segment, and its counts. */
type Counted = readonly [minute: number, segment: string, n: number, total: number, more?: readonly number[]];

interface Asked {
  readonly signal?: string;
  readonly groupings?: readonly (readonly string[])[];
  readonly parents?: 'leaves' | 'own';
}

const POOLS = [[], ['number_pool']] as const;

function detectionOf(known: Expectations, { groupings = POOLS, parents = 'leaves' }: Asked): Detection {
  const config = configSchema.parse({ version: 1, observe: { groupings }, detect: { parents } });
  const detection = new Detection(config, signals, detectors);
  detection.expect(known);
  return detection;
}

function closedOf(counted: readonly Counted[], signal: string): ClosedObservations {
  const segments = [...new Set(counted.map(([, segment]) => segment))].sort();
  const rows = counted
    .map(([minute, segment, n, total, more = []]) => ({ minute, stream: segments.indexOf(segment), n, total, more }))
    .sort((left, right) => left.minute - right.minute || left.stream - right.stream);
  return {
    streams: segments.map((segment) => ({ signal, segment })),
    stream: rows.map(({ stream }) => stream),
    window_us: rows.map(({ minute }) => minute * MINUTE_US),
    closed_us: rows.map(({ minute }) => (minute + 2) * MINUTE_US),
    n: rows.map(({ n }) => n),
    total: rows.map(({ total }) => total),
    exposure_ms: rows.map(({ more }) => more[0] ?? 0),
    total_squares: rows.map(({ more }) => more[1] ?? 0),
  };
}

/** Verdicts on the whole fleet. */
function verdictsOn(known: Expectations, counted: readonly Counted[], asked: Asked = {}): StreamVerdict[] {
  const found: StreamVerdict[] = [];
  const detection = detectionOf(known, asked);
  detection.feed(closedOf(counted, asked.signal ?? 'answer_rate'), 1e15, (verdicts) => {
    found.push(...verdicts.filter(({ stream }) => stream.segment === 'all'));
    return [];
  });
  return found;
}

/** Two pools, and the fleet as half of each. */
const two = {
  all: { level: 0.3, size: 2000 },
  'number_pool=a': { level: 0.4, size: 1000 },
  'number_pool=b': { level: 0.2, size: 1000 },
};

/** A minute in which `a` and `b` bring as many calls as are given. */
function minuteOf(minute: number, a: readonly [number, number], b: readonly [number, number]): Counted[] {
  return [
    [minute, 'all', a[0] + b[0], a[1] + b[1]],
    [minute, 'number_pool=a', ...a],
    [minute, 'number_pool=b', ...b],
  ];
}

describe('what is expected of a segment', () => {
  test('is what its parts lead to expect of the calls that each has brought', () => {
    const [verdict] = verdictsOn(knowing(two), minuteOf(0, [10, 4], [30, 6]));
    expect(verdict!.window.expected.level).toBeCloseTo((10 * 0.4 + 30 * 0.2) / 40, 12);
    expect(verdict!.window.expected.leaves).toEqual({ groupings: ['number_pool'], share: 1 });
  });

  test('counts what no part with a sufficient level has brought against its own', () => {
    const known = { ...two, 'number_pool=new': { level: 0.9, size: 50, is_sufficient: false } };
    const [verdict] = verdictsOn(knowing(known), [
      [0, 'all', 50, 15],
      [0, 'number_pool=a', 20, 8],
      [0, 'number_pool=b', 10, 2],
      [0, 'number_pool=new', 8, 2],
    ]);
    expect(verdict!.window.expected.level).toBeCloseTo((20 * 0.4 + 10 * 0.2 + 20 * 0.3) / 50, 12);
    expect(verdict!.window.expected.leaves!.share).toBeCloseTo(30 / 50, 12);
  });

  test('is its own level where parts without a sufficient one had more than a tenth of it, and where that is asked for', () => {
    const thin = { ...two, 'number_pool=b': { ...two['number_pool=b'], is_sufficient: false } };
    for (const [known, parents] of [
      [thin, 'leaves'],
      [two, 'own'],
    ] as const) {
      const [verdict] = verdictsOn(knowing(known), minuteOf(0, [10, 4], [30, 6]), { parents });
      expect(verdict!.window.expected.level).toBeCloseTo(0.3, 12);
      expect(verdict!.window.expected.leaves).toBeUndefined();
    }
  });

  test('is that of the finest grouping whose parts are known well enough', () => {
    const known = {
      ...two,
      'campaign=x': { level: 0.31, size: 2000 },
      'campaign=x,number_pool=a': { level: 0.41, size: 1000 },
      'campaign=x,number_pool=b': { level: 0.21, size: 1000 },
    };
    const counted: Counted[] = [
      ...minuteOf(0, [10, 4], [30, 6]),
      [0, 'campaign=x', 40, 10],
      [0, 'campaign=x,number_pool=a', 10, 4],
      [0, 'campaign=x,number_pool=b', 30, 6],
    ];
    const groupings = [[], ['campaign'], ['number_pool'], ['number_pool', 'campaign']];
    const levelWith = (levels: Readonly<Record<string, Known>>) =>
      verdictsOn(knowing(levels), counted, { groupings })[0]!.window.expected;
    expect(levelWith(known).leaves!.groupings).toEqual(['campaign,number_pool']);
    expect(levelWith(known).level).toBeCloseTo((10 * 0.41 + 30 * 0.21) / 40, 12);
    const thin = { ...known, 'campaign=x,number_pool=b': { level: 0.21, size: 1000, is_sufficient: false } };
    expect(levelWith(thin).leaves!.groupings).toEqual(['number_pool']);
    expect(levelWith(thin).level).toBeCloseTo((10 * 0.4 + 30 * 0.2) / 40, 12);
  });

  test('is as uncertain as the parts that brought the calls, and never less than its own level', () => {
    const errors = (a: number, b: number) =>
      knowing({
        all: { ...two.all, standard_error: 0.01 },
        'number_pool=a': { ...two['number_pool=a'], standard_error: a },
        'number_pool=b': { ...two['number_pool=b'], standard_error: b },
      });
    // Two minutes of one part share its error; two parts do not share theirs.
    const counted = [...minuteOf(0, [12, 3], [0, 0]), ...minuteOf(1, [8, 3], [20, 6])];
    const error = (a: number, b: number) => verdictsOn(errors(a, b), counted)[0]!.window.expected.standard_error;
    expect(error(0.03, 0.04)).toBeCloseTo(Math.hypot(20 * 0.03, 20 * 0.04) / 40, 12);
    expect(error(0.001, 0.001)).toBeCloseTo(0.01, 12);
  });

  test('of a mean has the distance between parts in its spread', () => {
    const known = knowing({
      all: { level: 1000, value_sd: 350, size: 2000 },
      'number_pool=a': { level: 1300, value_sd: 200, size: 1000 },
      'number_pool=b': { level: 700, value_sd: 100, size: 1000 },
    });
    const counted: Counted[] = [
      [0, 'all', 40, 40_000],
      [0, 'number_pool=a', 10, 13_000],
      [0, 'number_pool=b', 30, 21_000],
    ];
    const { level, value_sd } = verdictsOn(known, counted, { signal: 'response_latency' })[0]!.window.expected;
    expect(level).toBeCloseTo(850, 9);
    expect(value_sd ** 2).toBeCloseTo(0.25 * (200 ** 2 + 450 ** 2) + 0.75 * (100 ** 2 + 150 ** 2), 6);
  });

  test('of a rate goes by the exposure of each part; minutes of a dense signal have no mix', () => {
    const known = knowing({
      all: { level: 1, size: 2000 },
      'number_pool=a': { level: 3, size: 1000 },
      'number_pool=b': { level: 0.5, size: 1000 },
    });
    const counted: Counted[] = [
      [0, 'all', 30, 50, [240_000]],
      [0, 'number_pool=a', 10, 40, [60_000]],
      [0, 'number_pool=b', 20, 10, [180_000]],
    ];
    const expected = (signal: string, rows: readonly Counted[]) =>
      verdictsOn(known, rows, { signal })[0]!.window.expected;
    expect(expected('interruption_rate_by_callee', counted).level).toBeCloseTo((1 * 3 + 3 * 0.5) / 4, 12);
    const dense = [0, 1, 2, 3, 4].flatMap((minute) =>
      counted.map(([, segment, , total]): Counted => [minute, segment, 1, total, [60_000]]),
    );
    expect(expected('attempt_volume', dense)).toMatchObject({ level: 1 });
    expect(expected('attempt_volume', dense).leaves).toBeUndefined();
  });
});

test('the excess of a segment is that of its parts, whatever the mix: a part that drifts moves the whole by its own excess', () => {
  const side = fc.record({ n: fc.integer({ min: 13, max: 60 }), share: fc.double({ min: 0, max: 1, noNaN: true }) });
  fc.assert(
    fc.property(side, side, (a, b) => {
      const [total_a, total_b] = [Math.round(a.n * a.share), Math.round(b.n * b.share)];
      const [verdict] = verdictsOn(knowing(two), minuteOf(0, [a.n, total_a], [b.n, total_b]));
      expect(excessOfWindow(verdict!)).toBeCloseTo(total_a - a.n * 0.4 + total_b - b.n * 0.2, 9);
    }),
  );
});

describe('evidence of a segment against what its parts lead to expect', () => {
  const parts = fc.array(
    fc.record({ n: fc.integer({ min: 1, max: 60 }), p: fc.double({ min: 0.02, max: 0.9, noNaN: true }) }),
    { minLength: 1, maxLength: 8 },
  );
  const shift = fc.constantFrom(-1, -0.6, -0.35, -0.2, 0.2, 0.35, 0.6, 1);

  test('is never more than that of each part against its own level, and less by no more than their variance makes', () => {
    fc.assert(
      fc.property(parts, shift, fc.double({ min: 0, max: 1, noNaN: true }), (leaves, d, share) => {
        const n = leaves.reduce((sum, leaf) => sum + leaf.n, 0);
        const mean = leaves.reduce((sum, leaf) => sum + leaf.n * leaf.p, 0) / n;
        const variance = leaves.reduce((sum, leaf) => sum + leaf.n * (leaf.p - mean) ** 2, 0) / n;
        const total = Math.round(share * n);
        const growth = Math.expm1(d);
        const exact = total * d - leaves.reduce((sum, leaf) => sum + leaf.n * Math.log1p(leaf.p * growth), 0);
        const mixed = bernoulliLogRatio(total, n, mean, d);
        const least = Math.min(...leaves.map(({ p }) => 1 + p * growth));
        expect(mixed).toBeLessThanOrEqual(exact + 1e-9);
        expect(exact - mixed).toBeLessThanOrEqual((n * variance * growth * growth) / (2 * least * least) + 1e-9);
      }),
    );
  });

  test('does not depend on how the observations were cut, nor on a restart', () => {
    const random = seededRandom(3);
    const counted = Array.from({ length: 120 }, (_, minute) => {
      const draw = () => [1 + Math.floor(random.uniform() * 6), Math.floor(random.uniform() * 2)] as const;
      return minuteOf(minute, draw(), draw());
    });
    const whole = verdictsOn(knowing(two), counted.flat());
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 119 }), { maxLength: 6 }), (cuts) => {
        const found: StreamVerdict[] = [];
        let detection = detectionOf(knowing(two), {});
        const stored: Record<string, never> = {};
        const edges = [0, ...cuts.sort((a, b) => a - b), 120];
        for (let at = 1; at < edges.length; at++) {
          const closed = closedOf(counted.slice(edges[at - 1], edges[at]).flat(), 'answer_rate');
          detection.feed(closed, 1e15, (verdicts) => {
            found.push(...verdicts.filter(({ stream }) => stream.segment === 'all'));
            return [];
          });
          for (const [key, state] of detection.takeChanged()) stored[key] = JSON.parse(JSON.stringify(state)) as never;
          detection = detectionOf(knowing(two), {});
          detection.restore(JSON.parse(JSON.stringify({ streams: stored, relationships: {} })));
        }
        expect(found).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });
});

/** Calls until the fleet drifts, of two pools, five a minute; null where it does not in that many minutes. */
function callsToDrift(
  seed: number,
  parents: 'leaves' | 'own',
  change: { readonly shift: number; readonly share: number; readonly minutes: number },
): number | null {
  const random = seededRandom(seed);
  const known = knowing({
    all: { ...two.all, standard_error: 0.005 },
    'number_pool=a': { ...two['number_pool=a'], standard_error: 0.007 },
    'number_pool=b': { ...two['number_pool=b'], standard_error: 0.007 },
  });
  const moved = (p: number) => 1 / (1 + Math.exp(-(Math.log(p / (1 - p)) + change.shift)));
  const counted = Array.from({ length: change.minutes }, (_, minute) => {
    let [a, b, answered_a, answered_b] = [0, 0, 0, 0];
    for (let call = 0; call < 5; call++) {
      if (random.uniform() < change.share) {
        a++;
        if (random.uniform() < moved(0.4)) answered_a++;
      } else {
        b++;
        if (random.uniform() < moved(0.2)) answered_b++;
      }
    }
    return minuteOf(minute, [a, answered_a], [b, answered_b]);
  });
  let calls = 0;
  for (const { window, verdict } of verdictsOn(known, counted.flat(), { parents })) {
    calls += window.n;
    if (verdict.state === 'drift') return calls;
  }
  return null;
}

describe('two pools of one fleet, in simulated runs', () => {
  test('that only bring other shares of the calls are no drift of the fleet, which its own level takes for one', () => {
    const change = { shift: 0, share: 0.1, minutes: 400 };
    const found = (parents: 'leaves' | 'own') =>
      Array.from({ length: 40 }, (_, seed) => callsToDrift(seed, parents, change)).filter((calls) => calls !== null);
    expect(found('own')).toHaveLength(40);
    // 80,000 calls at a threshold of 10,000, which is kept at about 20,000: four false alarms are to be expected.
    expect(found('leaves').length).toBeLessThanOrEqual(4);
  });

  test('that answer less alike are found in as many calls as by the own level of the fleet', () => {
    const change = { shift: -0.5, share: 0.5, minutes: 400 };
    const mean = (parents: 'leaves' | 'own') => {
      const calls = Array.from({ length: 200 }, (_, seed) => callsToDrift(1000 + seed, parents, change)!);
      return calls.reduce((sum, one) => sum + one, 0) / calls.length;
    };
    const [own, leaves] = [mean('own'), mean('leaves')];
    expect(leaves / own).toBeGreaterThan(0.9);
    expect(leaves / own).toBeLessThan(1.1);
  });
});
