import type { DemoDocument, DirectiveReport, EpisodeReport } from '../../contracts/reports.js';
import type { SeriesPoint } from '../../contracts/series-point.js';

/** A small result with one of everything, for what is shown of it. */

export const answers: EpisodeReport = {
  id: 'e-answers',
  signal: 'answer_rate',
  relationship: null,
  label: null,
  part: null,
  segment: { number_pool: 'west_a' },
  direction: 'down',
  is_harmful: true,
  severity: 'critical',
  state: 'drifted',
  began_at: '2025-10-07T16:33:00Z',
  detected_at: '2025-10-07T16:52:00Z',
  closed_at: null,
  unit: 'ratio',
  expected: 0.5,
  expected_low: 0.46,
  expected_high: 0.54,
  observed: 0.3,
  evidence: {
    log_evidence: 17,
    log_threshold: 14.9,
    units: 120,
    effect: -0.85,
    effect_confidence: 0.98,
    detector: 'mixture-e-sr',
    baseline_version: 'b1',
    details: {},
  },
  folded: [],
  leaves: null,
};

export const inverted: EpisodeReport = {
  ...answers,
  id: 'e-inverted',
  signal: null,
  relationship: 'answer_voicemail',
  label: 'inverted',
  segment: { campaign: 'spring_renewal' },
  direction: 'up',
  severity: 'major',
  began_at: '2025-10-07T15:00:00Z',
  detected_at: '2025-10-07T18:15:00Z',
  closed_at: '2025-10-08T00:30:00Z',
  unit: 'correlation',
  expected: -0.62,
  expected_low: -0.7,
  expected_high: -0.52,
  observed: 0.48,
  evidence: { ...answers.evidence, log_evidence: 9, log_threshold: 8.2, units: 13 },
};

/** With what a sender could put into a dimension. */
export const hostile: EpisodeReport = {
  ...answers,
  id: 'e-hostile',
  signal: 'response_latency',
  segment: { campaign: '<script>alert(1)</script>\u202e\u001b[2J' },
  severity: 'minor',
  is_harmful: false,
  unit: 'ms',
  expected: 1850,
  expected_low: 1770,
  expected_high: 1930,
  observed: 1450,
};

export const throttle: DirectiveReport = {
  id: '5f0c1a2b3c4d5e6f',
  action: 'throttle',
  target: 'number_pool=west_a',
  value: 1,
  unit: 'calls_per_minute',
  mode: 'advise',
  rule: 'throttle_unanswered_pool',
  episode_id: answers.id,
  issued_at: '2025-10-07T16:52:00Z',
  expires_at: '2025-10-07T18:52:00Z',
  epoch: 1,
  seq: 1,
  policy_version: '0123456789ab',
};

export const renewed: DirectiveReport = {
  ...throttle,
  id: '6f0c1a2b3c4d5e6f',
  issued_at: '2025-10-07T18:22:00Z',
  expires_at: '2025-10-07T20:22:00Z',
  seq: 2,
};

export const review: DirectiveReport = {
  ...throttle,
  id: '7f0c1a2b3c4d5e6f',
  action: 'review',
  target: 'campaign=spring_renewal',
  value: 'revenue_operations',
  unit: 'queue',
  rule: 'review_answer_voicemail',
  episode_id: inverted.id,
  seq: 3,
};

export const demo: DemoDocument = {
  seconds: 41.23,
  seed: 7,
  events: { received: 1_812_345, landed: 1_812_001, rejected: 0, duplicate: 344, late: 12 },
  observations: 412_331,
  baselines: 13_104,
  episodes: [answers, inverted, hostile],
  directives: [throttle, renewed, review],
  labels: [
    {
      name: 'answer_collapse',
      signal: 'answer_rate',
      relationship: null,
      segment: { number_pool: 'west_a' },
      affects: ['answer_rate', 'human_answer_rate'],
      onset_at: '2025-10-07T16:31:00Z',
      found: true,
      delay_calls: 84,
      delay_minutes: 21,
      d_star_calls: 52.4,
    },
    {
      name: 'barge_in_rise',
      signal: 'interruption_rate_by_callee',
      relationship: null,
      segment: { agent_version: 'v2' },
      affects: ['interruption_rate_by_callee'],
      onset_at: '2025-10-07T17:03:00Z',
      found: false,
      delay_calls: null,
      delay_minutes: null,
      d_star_calls: 88,
    },
  ],
  false_directives: 0,
  quiet_day: { date: '2025-10-06', false_directives: 0 },
  earlier_false_directives: 1,
  data_dir: '.plumbline/demo-7',
  store: '.plumbline/demo-7/plumbline.duckdb',
  report: '.plumbline/demo-7/report.html',
  queries: ['select 1;', 'select 2;', 'select\n  3;'],
};

/** A quarter of an hour each, from 09:00 to 20:00 in Chicago. */
export function points(level: number): SeriesPoint[] {
  return Array.from({ length: 44 }, (_, at) => ({
    at_us: Date.parse('2025-10-07T14:00:00Z') * 1000 + at * 900_000_000,
    n: 40,
    observed: at === 20 ? null : level * (at < 11 ? 1 : 0.6),
    expected: level,
    expected_low: level * 0.92,
    expected_high: level * 1.08,
  }));
}
