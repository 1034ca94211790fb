import { describe, expect, it } from 'vitest';
import { compareLabels, falseDirectives, type MinuteVolume } from '../../cli/label-comparison.js';
import { instantText } from '../../contracts/duration.js';
import type { EpisodeReport } from '../../contracts/reports.js';
import type { ScenarioLabel } from '../../contracts/scenario.js';
import { delayLimit } from '../../detectors/stats/delay-limit.js';
import { bernoulliDivergence } from '../../detectors/stats/kullback-leibler.js';
import { answers, inverted, throttle } from './sample-result.js';

const ONSET_US = Date.parse('2025-10-07T16:30:00Z') * 1000;
const MINUTE_US = 60_000_000;

const collapse: ScenarioLabel = {
  name: 'answer_collapse',
  signal: 'answer_rate',
  relationship: null,
  segment: { campaign: 'auto_cover', number_pool: 'west_a' },
  direction: 'down',
  affects: ['answer_rate', 'human_answer_rate'],
  onset_us: ONSET_US,
  end_us: ONSET_US + 600 * MINUTE_US,
  ramp_minutes: 0,
  truth: { p0: 0.5, p1: 0.3, dispersion: 1 },
  coupling: null,
};

const at = (minutes: number) => instantText(ONSET_US + minutes * MINUTE_US);
const episode = (change: Partial<EpisodeReport>): EpisodeReport => ({ ...answers, detected_at: at(20), ...change });

/** Ten minutes before the onset to the end of the day, the same number of calls each minute. */
function volumes(segment: string, calls: number, signal = 'answer_rate', exposure_ms = 0): MinuteVolume[] {
  return Array.from({ length: 610 }, (_, minute) => ({
    signal,
    segment,
    at_us: ONSET_US + (minute - 10) * MINUTE_US,
    n: calls,
    exposure_ms,
  }));
}

const day = [...volumes('all', 20), ...volumes('campaign=auto_cover', 5), ...volumes('number_pool=west_a', 3)];

describe('a planted drift', () => {
  it('is found by the first episode of a signal that it moves, in its segment or one that holds it', () => {
    const [label] = compareLabels(
      [collapse],
      [
        episode({ id: 'later', detected_at: at(40) }),
        episode({
          id: 'campaign',
          signal: 'human_answer_rate',
          segment: { campaign: 'auto_cover' },
          detected_at: at(15),
        }),
      ],
      day,
    );
    expect(label).toMatchObject({ found: true, delay_minutes: 15, delay_calls: 45 });
  });

  it.each([
    ['before it began', { detected_at: at(-1) }],
    ['in another pool', { segment: { number_pool: 'west_b' } }],
    ['in another campaign', { segment: { campaign: 'home_solar' } }],
    ['in a signal that it does not move', { signal: 'voicemail_rate' }],
    ['in a segment that only overlaps', { segment: { agent_version: 'v1' } }],
  ])('is not found by an episode %s', (_, change) => {
    const [label] = compareLabels([collapse], [episode(change)], day);
    expect(label).toMatchObject({ found: false, delay_calls: null, delay_minutes: null });
  });

  it('is held against the least delay of its shift, budget and dispersion, in calls', () => {
    const report = (truth: ScenarioLabel['truth']) => compareLabels([{ ...collapse, truth }], [episode({})], day)[0];
    const g = Math.exp(answers.evidence.log_threshold);
    const limit = delayLimit(g, bernoulliDivergence(0.5, 0.3), bernoulliDivergence(0.3, 0.5));
    expect(report({ p0: 0.5, p1: 0.3, dispersion: 1 }).d_star_calls).toBeCloseTo(limit, 9);
    expect(report({ p0: 0.5, p1: 0.3, dispersion: 1.5 }).d_star_calls).toBeGreaterThan(1.4 * limit);
  });

  it('of a rate per minute counts calls too, whatever their length', () => {
    const rise: ScenarioLabel = {
      ...collapse,
      signal: 'interruption_rate_by_callee',
      segment: { agent_version: 'v2' },
      affects: ['interruption_rate_by_callee'],
      truth: { p0: 0.8, p1: 1.6, dispersion: 1 },
    };
    const found = episode({ signal: 'interruption_rate_by_callee', segment: { agent_version: 'v2' } });
    const limit = (talk_ms: number) =>
      compareLabels(
        [rise],
        [found],
        [
          ...volumes('agent_version=v2', 4),
          ...volumes('agent_version=v2', 2, 'interruption_rate_by_callee', 2 * talk_ms),
        ],
      )[0].d_star_calls;
    // Longer calls tell more each, so fewer are needed.
    expect(limit(60_000)).toBeGreaterThan(1.8 * (limit(120_000) ?? Number.NaN));
    expect(limit(60_000)).toBeLessThan(300);
  });

  it('of a relationship has its limit in windows of 15 minutes, told in calls', () => {
    const inversion: ScenarioLabel = {
      ...collapse,
      signal: null,
      relationship: 'answer_voicemail',
      segment: { campaign: 'spring_renewal' },
      affects: ['answer_voicemail'],
      truth: null,
      coupling: { r0: -0.6, r1: 0.4 },
    };
    const found = {
      ...inverted,
      detected_at: at(120),
      evidence: { ...inverted.evidence, log_threshold: Math.log(1_000) },
    };
    const [label] = compareLabels([inversion], [found], volumes('campaign=spring_renewal', 10));
    // 7 windows at a budget of one in 1,000 (detection.md, section 2), 150 calls each.
    expect(label.found).toBe(true);
    expect((label.d_star_calls ?? 0) / 150).toBeGreaterThan(6.5);
    expect((label.d_star_calls ?? 0) / 150).toBeLessThan(7.5);
  });

  it('that nothing was measured of has no limit', () => {
    expect(compareLabels([collapse], [], [])[0].d_star_calls).toBeNull();
    expect(compareLabels([collapse], [episode({})], [])[0].d_star_calls).toBeNull();
  });
});

describe('a false directive', () => {
  const directive = { ...throttle, episode_id: answers.id };

  it('answers an episode that no planted drift explains, and counts once however often it is renewed', () => {
    const before = episode({ detected_at: at(-60) });
    const issued = [directive, { ...directive, id: 'renewed', seq: 2 }, { ...directive, id: 'other rule', rule: 'b' }];
    expect(falseDirectives([collapse], [before], issued).map(({ id }) => id)).toEqual([directive.id, 'other rule']);
  });

  it('is none where the drift may have moved the segment', () => {
    for (const segment of [{}, { campaign: 'auto_cover' }, { number_pool: 'west_a' }, { agent_version: 'v1' }]) {
      expect(falseDirectives([collapse], [episode({ segment })], [directive])).toEqual([]);
    }
    expect(falseDirectives([collapse], [episode({ segment: { number_pool: 'west_b' } })], [directive])).toHaveLength(1);
  });
});
