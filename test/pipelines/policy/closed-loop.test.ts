import { describe, expect, it } from 'vitest';
import type { DetectionWindow, Detector, StreamTraits } from '../../../contracts/detector.js';
import { correlationEsr } from '../../../detectors/correlation-e-sr.js';
import { mixtureEsr } from '../../../detectors/mixture-e-sr.js';
import { never } from '../../../detectors/never.js';
import { recoveryEsr } from '../../../detectors/recovery-e-sr.js';
import { initPolicy, type PolicyContext, stepPolicy } from '../../../pipelines/policy/engine.js';
import { type Stream, streamKey } from '../../../pipelines/policy/stream.js';
import { type SeededRandom, seededRandom } from '../../detectors/seeded-random.js';
import { contextWith, MINUTE_US, START_US, stream, THROTTLE } from './stream-verdicts.js';

/** The policy with the real detectors, on streams that drift and come back. */

const CHANGE = 200;
const RETURN = 500;
const WINDOWS = 800;
const LOG_THRESHOLD = Math.log(1e6);
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

interface Told {
  readonly kind: string;
  readonly window: number;
}

/** Runs one stream through detector and policy as the loop does, and gives what the journal says and when. */
function watch(
  one: Stream,
  detector: Detector,
  windowAt: (index: number) => DetectionWindow,
  context: PolicyContext,
): readonly Told[] {
  const { kind, harmful, upper, sides } = one;
  const traits: StreamTraits = { kind, harmful, upper, sides, log_threshold: LOG_THRESHOLD };
  const start = () => detector.init(detector.config.parse({}), traits);
  let detectorState = start();
  let state = initPolicy();
  const told: Told[] = [];
  for (let index = 0; index < WINDOWS; index++) {
    const window = windowAt(index);
    const seen = detector.step(detectorState, window);
    detectorState = seen.state;
    const input = {
      stream: one,
      window,
      closed_us: window.end_us,
      verdict: seen.verdict,
      baseline_version: 'b28',
      since_change: null,
    };
    const step = stepPolicy(state, [input], context);
    state = step.state;
    if (step.resets.includes(streamKey(one))) detectorState = start();
    told.push(...step.journal.map((entry) => ({ kind: entry.kind, window: index })));
  }
  return told;
}

const times = (index: number) => ({
  start_us: START_US + index * MINUTE_US,
  end_us: START_US + (index + 1) * MINUTE_US,
});
const isDrifted = (index: number) => index >= CHANGE && index < RETURN;

function answerRate(random: SeededRandom): (index: number) => DetectionWindow {
  const expected = { level: 0.3, standard_error: 0.004, value_sd: 0, dispersion: 1, is_sufficient: true };
  return (index) => ({
    ...times(index),
    n: 25,
    total: random.binomial(25, isDrifted(index) ? 0.19 : 0.3),
    exposure_ms: 0,
    total_squares: 0,
    expected,
  });
}

const EPISODES = ['episode_opened', 'episode_closed'];
const context = contextWith([THROTTLE], { recovery: recoveryEsr });
const rate = (seed: number, with_context = context) =>
  watch(stream(), mixtureEsr, answerRate(seededRandom(seed)), with_context);

describe('a proportion that drifts and comes back, with the real detectors', () => {
  const runs = SEEDS.map((seed) => rate(seed));

  it('opens no episode before the drift, and one in every run soon after', () => {
    for (const told of runs) {
      const opened = told.find((one) => one.kind === 'episode_opened')!;
      expect(opened.window).toBeGreaterThanOrEqual(CHANGE);
      expect(opened.window).toBeLessThan(CHANGE + 60);
    }
  });

  it('closes it soon after the stream is back, and never while the drift lasts', () => {
    for (const told of runs) {
      const closed = told.find((one) => one.kind === 'episode_closed')!;
      expect(closed.window).toBeGreaterThanOrEqual(RETURN);
      expect(closed.window).toBeLessThan(RETURN + 60);
    }
  });

  it('hardly ever flaps: at most one more episode in all the runs taken together', () => {
    const opened = runs.flat().filter((one) => one.kind === 'episode_opened');
    expect(opened.length - runs.length).toBeLessThanOrEqual(1);
    expect(runs.flat().filter((one) => one.kind === 'episode_changed').length / runs.length).toBeLessThan(5);
  });

  it('issues a directive the moment the episode opens, and renews it as often as the drift outlasts the lease', () => {
    for (const told of runs) {
      const [opened, ...issued] = told.filter((one) => ['episode_opened', 'directive_issued'].includes(one.kind));
      const RENEWAL = 90;
      const places = issued.filter((one) => one.kind === 'directive_issued').map((one) => one.window - opened!.window);
      expect(places.slice(0, 3)).toEqual([0, RENEWAL, 2 * RENEWAL]);
    }
  });

  it('never closes anything with the null object in the place of the recovery test', () => {
    const nullObject = { ...never, init: (_start: unknown, traits: StreamTraits) => never.init({}, traits) };
    const told = rate(1, contextWith([THROTTLE], { recovery: nullObject }));
    expect(told.filter((one) => EPISODES.includes(one.kind))).toHaveLength(1);
  });
});

describe('a relationship that turns about and comes back, with the real detectors', () => {
  const relationship = stream({
    signal: null,
    relationship: 'answer_voicemail',
    segment: 'all',
    kind: 'relationship',
    harmful: 'either',
    detector: 'correlation-e-sr',
    sides: { x: 'proportion', y: 'proportion' },
  });
  /** Two proportions of 400 calls each, whose residuals have the correlation -0.6, and +0.5 under the drift. */
  function pairs(random: SeededRandom): (index: number) => DetectionWindow {
    const correlation = { correlation: -0.6, correlation_low: -0.65, correlation_high: -0.55, x_sd: 1, y_sd: 1 };
    const expected = { level: 0.3, standard_error: 0.0001, value_sd: 0, dispersion: 1, is_sufficient: true };
    const side = (z: number) => {
      const total = Math.round(400 * 0.3 + z * Math.sqrt(400 * 0.3 * 0.7));
      return { n: 400, total, exposure_ms: 0, total_squares: 0, expected };
    };
    return (index) => {
      const rho = isDrifted(index) ? 0.5 : -0.6;
      const x = random.normal();
      const y = rho * x + Math.sqrt(1 - rho * rho) * random.normal();
      return {
        ...times(index),
        ...side(x),
        paired: side(y),
        expected_correlation: { ...correlation, is_sufficient: true },
      };
    };
  }

  it('opens after the change and closes after the return', () => {
    for (const seed of SEEDS.slice(0, 10)) {
      const told = watch(relationship, correlationEsr, pairs(seededRandom(seed)), context);
      const spans = told.filter((one) => EPISODES.includes(one.kind));
      expect(spans[0]!.window).toBeGreaterThanOrEqual(CHANGE);
      expect(spans[0]!.window).toBeLessThan(CHANGE + 60);
      expect(spans.at(-1)).toMatchObject({ kind: 'episode_closed' });
      expect(spans.at(-1)!.window).toBeGreaterThanOrEqual(RETURN);
      expect(spans.at(-1)!.window).toBeLessThan(RETURN + 60);
    }
  });
});
