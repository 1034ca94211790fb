import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Detector } from '../../../contracts/detector.js';
import { detectors } from '../../../detectors/index.js';
import { delayLimit } from '../../../detectors/stats/delay-limit.js';
import { bernoulliDivergence } from '../../../detectors/stats/kullback-leibler.js';
import { logit } from '../../../detectors/stats/logit.js';
import { calibrate } from '../../../pipelines/evaluate/calibrate.js';
import { LevelStream } from '../../../pipelines/evaluate/level-stream.js';
import {
  averageRunLength,
  meanDelay,
  type RunLength,
  runLength,
  type Trial,
} from '../../../pipelines/evaluate/run-length.js';
import { Random } from '../../../sources/simulate/random.js';

const QUIET = detectors.never.step(detectors.never.init({}, { kind: 'proportion', harmful: 'up', log_threshold: 1 }), {
  ...new LevelStream(1, 0.5, 0.5).next({ uniform: () => 0 }),
}).verdict;

/** Says drift in every window with an outcome: run lengths are geometric, their mean is 1 / level. */
const firstOutcome: Detector = {
  name: 'first-outcome',
  summary: 'drift at the first outcome',
  kinds: ['proportion'],
  config: z.strictObject({}),
  init: () => null,
  step: (state, { total }) => ({
    state,
    verdict: { ...QUIET, state: total > 0 ? 'drift' : 'quiet', direction: 'up', is_harmful: true },
  }),
};

function trial(detector: Detector, options: object, harmful: 'up' | 'down', log_threshold: number): Trial {
  return {
    detector,
    options: detector.config.parse(options),
    traits: { kind: 'proportion', harmful, log_threshold },
  };
}

function runs(count: number, of: Trial, stream: LevelStream, units_max: number): RunLength[] {
  return Array.from({ length: count }, (_, run) => runLength(of, stream, Random.of(3, String(run)), units_max));
}

describe('the run length of a detector', () => {
  it('is that of a geometric variable where it fires at the first outcome, also when runs are given up', () => {
    const of = trial(firstOutcome, {}, 'up', 1);
    for (const units_max of [100_000, 30]) {
      const arl = averageRunLength(runs(4_000, of, new LevelStream(1, 0.02, 0.02), units_max))!;
      expect(arl.low).toBeLessThan(50);
      expect(arl.high).toBeGreaterThan(50);
      expect(arl.high / arl.low).toBeLessThan(1.2);
    }
  });

  it('is not told where nothing fired, and a delay is not told where a run was given up', () => {
    const never = trial(detectors.never as Detector, {}, 'up', 1);
    const given_up = runs(3, never, new LevelStream(25, 0.2, 0.2), 1_000);
    expect(averageRunLength(given_up)).toBeNull();
    expect(meanDelay(given_up)).toBeNull();
  });

  it('comes to the limit D* for a CUSUM that is told the shift', () => {
    const [before, after, target] = [0.2, 0.1, 2_000];
    const cusum = detectors.cusum as Detector;
    const at = (threshold: number) =>
      trial(cusum, { shift: logit(before) - logit(after), threshold }, 'down', Math.log(target));
    const measured = (threshold: number, count: number) =>
      averageRunLength(runs(count, at(threshold), new LevelStream(5, before, before), target * 10))?.mean ?? Infinity;
    const found = calibrate(measured, { from: 0.5, until: 12, target, tolerance: 0.05, runs: 700 });
    if ('reason' in found) throw new Error(found.reason);
    expect(Math.abs(found.run_length / target - 1)).toBeLessThan(0.05);
    const delay = meanDelay(runs(1_500, at(found.knob), new LevelStream(5, after, before), 100_000))!;
    const limit = delayLimit(target, bernoulliDivergence(before, after), bernoulliDivergence(after, before));
    expect(delay.mean / limit).toBeGreaterThan(0.9);
    expect(delay.mean / limit).toBeLessThan(1.15);
  });

  it('begins after a history without an alarm', () => {
    const of = trial(firstOutcome, {}, 'up', 1);
    const history = { stream: new LevelStream(1, 0.02, 0.02), windows: 40 };
    const draws = Random.of(1, 'history');
    let seen = 0;
    const stream = new LevelStream(1, 0.5, 0.02);
    for (let run = 0; run < 400; run++) seen += runLength(of, stream, draws, 100, history).units;
    expect(seen / 400).toBeGreaterThan(1.7);
    expect(seen / 400).toBeLessThan(2.3);
  });
});

describe('a search for a run length', () => {
  it('says why, where no setting comes near', () => {
    const options = { from: 0, until: 10, target: 100, tolerance: 0.05, runs: 10 };
    const at = (knob: number) => (knob < 4.2 ? 20 : 900);
    expect(calibrate(at, options)).toEqual({
      reason: 'alarms lie 20 calls apart at one setting and 900 calls apart at the next',
    });
    expect(calibrate(() => 900, options)).toEqual({ reason: 'at its lowest setting alarms lie 900 calls apart' });
    expect(calibrate(() => 20, options)).toEqual({ reason: 'at its highest setting alarms lie 20 calls apart' });
  });
});
