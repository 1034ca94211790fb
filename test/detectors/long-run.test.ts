import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { brokenLaw, longRun } from '../../bench/detectors/long-run.js';
import type { Detector } from '../../contracts/detector.js';
import { detectors } from '../../detectors/index.js';
import { quietVerdict } from '../../detectors/stats/evidence-state.js';

/** As many windows as fit in this share of processor time, at most ten million: `npm run test:detectors` takes 5 s each. */
const LIMITS = { windows_max: 10_000_000, seconds_max: 0.05, seed: 1 };

const entries = Object.values(detectors as Record<string, Detector>).flatMap((detector) =>
  detector.kinds.map((kind) => ({ name: detector.name, kind, detector })),
);
const lengths: number[] = [];
afterAll(() =>
  console.log(`long runs: ${lengths.length}, of ${Math.min(...lengths)} to ${Math.max(...lengths)} windows`),
);

test.each(entries)('figures of $name on a $kind hold, however long it has run', ({ detector, kind }) => {
  const run = longRun(detector, kind, LIMITS);
  lengths.push(run.windows);
  expect(brokenLaw(run)).toBeNull();
  expect(run.windows).toBeGreaterThanOrEqual(4_096);
});

describe('the law of the long run', () => {
  /** Tells as evidence what is read off a sum, and of the level expected. */
  function reading(evidence: (state: { sum: number }, level: number) => number): Detector {
    return {
      name: 'reading',
      summary: 'for this test',
      kinds: ['proportion'],
      config: z.strictObject({}),
      init: () => ({ sum: 0 }),
      step(state, { expected }) {
        return { state, verdict: quietVerdict(evidence(state as { sum: number }, expected.level), 30, true) };
      },
    };
  }

  test('finds what is read off a sum that only grows', () => {
    const growing = reading((state, level) => {
      const before = state.sum;
      state.sum += 1e6 * level;
      return state.sum - before - 1e6 * level;
    });
    expect(brokenLaw(longRun(growing, 'proportion', LIMITS))).toContain('in rounding');
  });

  test('finds a figure that is not finite, and a state that grows', () => {
    const endless = reading((state) => {
      state.sum = 1 / 0;
      return 0;
    });
    expect(brokenLaw(longRun(endless, 'proportion', LIMITS))).toContain('not finite');
    const heaping = reading((state) => {
      (state as unknown as Record<string, number>)[`at${state.sum++ % 3_000}`] = 1;
      return 0;
    });
    expect(brokenLaw(longRun(heaping, 'proportion', LIMITS))).toContain('bytes');
  });

  test('finds a detector that forgets, and says otherwise than one that began lately', () => {
    const leaking = reading((state) => {
      state.sum += 1e-12;
      return state.sum;
    });
    expect(brokenLaw(longRun(leaking, 'proportion', LIMITS))).toContain('began lately');
  });
});
