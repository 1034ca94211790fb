import { describe, expect, it } from 'vitest';
import type { ScenarioLabel } from '../../../contracts/scenario.js';
import type { Segment } from '../../../contracts/signal.js';
import { delayLimit } from '../../../detectors/stats/delay-limit.js';
import { bernoulliDivergence } from '../../../detectors/stats/kullback-leibler.js';
import {
  compareLabels,
  type JudgedEpisode,
  type LiveRecord,
  unexplained,
} from '../../../pipelines/evaluate/label-comparison.js';

const MINUTE_US = 60_000_000;
const ONSET_US = Date.parse('2025-10-07T16:30:00Z') * 1000;
const LOG_THRESHOLD = Math.log(1e6);

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

const at = (minutes: number) => ONSET_US + minutes * MINUTE_US;
const episode = (change: Partial<JudgedEpisode> = {}): JudgedEpisode => ({
  id: 'e1',
  signal: 'answer_rate',
  relationship: null,
  segment: collapse.segment,
  direction: 'down',
  began_us: at(2),
  detected_us: at(20),
  ...change,
});

/** Ten minutes before the onset to the end of the day, the same number of calls each minute, evenly spread. */
function calls(segment: Segment, per_minute: number): LiveRecord['calls'] {
  return Array.from({ length: 610 * per_minute }, (_, call) => ({ at_us: at(call / per_minute - 10), segment }));
}

function units(signal: string, segment: string, n: number, exposure_ms = 0): LiveRecord['units'] {
  return Array.from({ length: 610 }, (_, minute) => ({ signal, segment, at_us: at(minute - 10), n, exposure_ms }));
}

const day: LiveRecord = {
  calls: [...calls(collapse.segment, 3), ...calls({ campaign: 'auto_cover', number_pool: 'west_b' }, 2)],
  units: [
    ...units('answer_rate', 'all', 20),
    ...units('answer_rate', 'campaign=auto_cover', 5),
    ...units('answer_rate', 'number_pool=west_a', 3),
  ],
  log_threshold: LOG_THRESHOLD,
  relationship_log_threshold: Math.log(1_000),
};
const nothing: LiveRecord = { ...day, calls: [], units: [] };
const compare = (label: ScenarioLabel, episodes: JudgedEpisode[], live = day) =>
  compareLabels([label], episodes, live)[0];

describe('a planted drift', () => {
  it('is found by the first episode of its own signal in its own segment, and delay counts calls initiated there', () => {
    const earlier_elsewhere = episode({ id: 'campaign', segment: { campaign: 'auto_cover' }, detected_us: at(15) });
    const later = episode({ id: 'later', detected_us: at(40) });
    expect(compare(collapse, [later, earlier_elsewhere, episode()])).toMatchObject({
      found: true,
      delay_minutes: 20,
      delay_calls: 60,
    });
  });

  it('is found in a segment that holds its own when its own shows nothing, and calls still count where it lies', () => {
    const campaign = episode({ segment: { campaign: 'auto_cover' }, detected_us: at(15) });
    expect(compare(collapse, [campaign])).toMatchObject({ found: true, delay_minutes: 15, delay_calls: 45 });
  });

  it.each([
    ['detected before it began', { detected_us: at(-1) }],
    ['of another pool', { segment: { campaign: 'auto_cover', number_pool: 'west_b' } }],
    ['of another campaign', { segment: { campaign: 'home_solar' } }],
    ['of a signal that it moves beside its own', { signal: 'human_answer_rate' }],
    ['of a segment that only overlaps', { segment: { agent_version: 'v1' } }],
    ['that began after it ended', { began_us: at(601), detected_us: at(620) }],
  ])('is not found by an episode %s', (_, change) => {
    expect(compare(collapse, [episode(change)])).toMatchObject({
      found: false,
      delay_calls: null,
      delay_minutes: null,
    });
  });

  it('is held against the least delay of its shift and budget, times the dispersion, in calls, found or not', () => {
    const limit = delayLimit(1e6, bernoulliDivergence(0.5, 0.3), bernoulliDivergence(0.3, 0.5));
    const report = (truth: ScenarioLabel['truth']) => compare({ ...collapse, truth }, []).d_star_calls;
    expect(report({ p0: 0.5, p1: 0.3, dispersion: 1 })).toBeCloseTo(limit, 9);
    expect(report({ p0: 0.5, p1: 0.3, dispersion: 1.5 })).toBeCloseTo(1.5 * limit, 9);
  });

  it('of a signal with fewer units than calls has its limit in calls', () => {
    const live: LiveRecord = { ...day, units: units('answer_rate', 'number_pool=west_a', 1) };
    const own = compare(collapse, []).d_star_calls;
    expect(compare(collapse, [], live).d_star_calls).toBeCloseTo(3 * (own ?? Number.NaN), 6);
  });

  it('of a rate per minute counts calls too, whatever their length', () => {
    const segment = { agent_version: 'v2' };
    const rise: ScenarioLabel = {
      ...collapse,
      signal: 'interruption_rate_by_callee',
      segment,
      affects: ['interruption_rate_by_callee'],
      truth: { p0: 0.8, p1: 1.6, dispersion: 1 },
    };
    const limit = (talk_ms: number) =>
      compare(rise, [], {
        ...day,
        calls: calls(segment, 4),
        units: units('interruption_rate_by_callee', 'agent_version=v2', 2, 2 * talk_ms),
      }).d_star_calls;
    // Longer calls tell more each, so fewer are needed.
    expect(limit(60_000)).toBeGreaterThan(1.8 * (limit(120_000) ?? Number.NaN));
    expect(limit(60_000)).toBeLessThan(300);
  });

  it('of a relationship has its limit in windows of 15 minutes, told in calls', () => {
    const segment = { campaign: 'spring_renewal' };
    const inversion: ScenarioLabel = {
      ...collapse,
      signal: null,
      relationship: 'answer_voicemail',
      segment,
      affects: ['answer_voicemail'],
      truth: null,
      coupling: { r0: -0.6, r1: 0.4 },
    };
    const found = episode({ signal: null, relationship: 'answer_voicemail', segment, detected_us: at(120) });
    const label = compare(inversion, [found], { ...day, calls: calls(segment, 10) });
    // 7 windows at a budget of one in 1,000, 150 calls each.
    expect(label.found).toBe(true);
    expect((label.d_star_calls ?? 0) / 150).toBeGreaterThan(6.5);
    expect((label.d_star_calls ?? 0) / 150).toBeLessThan(7.5);
  });

  it('that nothing was measured of, or that no budget was set for, has no limit', () => {
    expect(compare(collapse, [], nothing).d_star_calls).toBeNull();
    expect(compare(collapse, [episode()], nothing).d_star_calls).toBeNull();
    expect(compare(collapse, [], { ...day, log_threshold: null }).d_star_calls).toBeNull();
  });
});

describe('an episode', () => {
  const explained = (change: Partial<JudgedEpisode>) => unexplained([collapse], [episode(change)]).length === 0;

  it('is explained by a drift that may have moved its segment, in any signal that the drift moves', () => {
    for (const segment of [{}, { campaign: 'auto_cover' }, { number_pool: 'west_a' }, { agent_version: 'v1' }])
      expect(explained({ segment })).toBe(true);
    expect(explained({ signal: 'human_answer_rate' })).toBe(true);
  });

  it('is unexplained before the onset, in another segment or in a signal that no drift moves', () => {
    expect(explained({ detected_us: at(-60) })).toBe(false);
    expect(explained({ segment: { campaign: 'auto_cover', number_pool: 'west_b' } })).toBe(false);
    expect(explained({ segment: { campaign: 'home_solar' } })).toBe(false);
    expect(explained({ signal: 'voicemail_rate' })).toBe(false);
    expect(unexplained([], [episode()])).toHaveLength(1);
  });
});
