import { describe, expect, it } from 'vitest';
import { evaluate } from '../../bench/evaluate/evaluation.js';
import { evaluationLines } from '../../bench/evaluate/evaluation-lines.js';
import type { SeedResult } from '../../bench/evaluate/run-seed.js';
import type { LabelReport } from '../../contracts/reports.js';

const drift = (change: Partial<LabelReport> = {}): LabelReport => ({
  name: 'answer_collapse',
  signal: 'answer_rate',
  relationship: null,
  segment: { number_pool: 'west_a' },
  affects: ['answer_rate'],
  onset_at: '2025-10-07T16:30:00.000Z',
  found: true,
  delay_calls: 300,
  delay_minutes: 100,
  d_star_calls: 200,
  ...change,
});
const missed = drift({ found: false, delay_calls: null, delay_minutes: null, d_star_calls: 500 });
const wrong = (date: string) => ({ id: date, rule: 'r', stream: 'answer_rate', segment: 'all', date });

function run(seed: number, change: Partial<SeedResult> = {}): SeedResult {
  return {
    scenario: 'demo',
    seed,
    events: { received: 1, landed: 1, rejected: 0, duplicate: 0, late: 0 },
    seconds: 1,
    labels: [drift()],
    false_directives: [],
    false_episodes: [],
    quiet_dates: ['2025-10-05', '2025-10-06'],
    live_date: '2025-10-07',
    ...change,
  };
}

const week = { false_directives_per_week: 1, quiet_days_max: null };

describe('an evaluation', () => {
  it('gives the share of seeds that found a drift, and delay and limit over the seeds that did', () => {
    const { seeds, labels } = evaluate(
      [run(1), run(2, { labels: [drift({ delay_calls: 500 })] }), run(3, { labels: [missed] })],
      week,
    );
    expect(seeds).toBe(3);
    expect(labels).toEqual([
      expect.objectContaining({ seeds: 3, found: 2 / 3, delay_calls: 400, d_star_calls: 200, ratio: 2 }),
    ]);
  });

  it('keeps drifts of one name in different signals apart, and says nothing of a delay that nobody saw', () => {
    const other = { ...missed, signal: 'voicemail_rate' };
    const { labels } = evaluate([run(1), run(2, { labels: [other] })], week);
    expect(labels.map(({ signal, ratio }) => [signal, ratio])).toEqual([
      ['answer_rate', 1.5],
      ['voicemail_rate', null],
    ]);
    expect(labels[1]).toMatchObject({ found: 0, delay_calls: null, d_star_calls: 500 });
  });

  it('holds false directives of quiet days against the budget at 99 %, those of other days apart', () => {
    const runs = [
      run(1, { false_directives: [wrong('2025-10-05'), wrong('2025-10-07'), wrong('2025-10-01')] }),
      run(2),
    ];
    expect(evaluate(runs, week)).toMatchObject({
      quiet_days: 4,
      false_directives: 1,
      budget_per_day: 1 / 7,
      // P(N <= 3) = 0.998 and P(N <= 2) = 0.980 at a mean of 4 / 7.
      false_directives_99: 3,
      is_within_budget: true,
      labelled_days: 2,
      labelled_days_false_directives: 1,
    });
    expect(evaluate(runs, { ...week, false_directives_per_week: 0.001 }).is_within_budget).toBe(false);
  });

  it('counts as many quiet days as it is told to, in order, and nothing of the days that it leaves out', () => {
    const runs = [run(1), run(2, { false_directives: [wrong('2025-10-05'), wrong('2025-10-06')] })];
    expect(evaluate(runs, { ...week, quiet_days_max: 3 })).toMatchObject({ quiet_days: 3, false_directives: 1 });
  });

  it('counts a scenario without drifts for its quiet days alone', () => {
    const quiet = run(7, { scenario: 'quiet', labels: [], false_directives: [wrong('2025-10-06')] });
    expect(evaluate([run(1), quiet], week)).toMatchObject({
      seeds: 1,
      quiet_days: 4,
      false_directives: 1,
      labelled_days: 1,
      labelled_days_false_directives: 0,
    });
  });

  it('tells people whether it keeps to the budget, and which directives nothing explains', () => {
    const runs = [run(1, { false_directives: [wrong('2025-10-05')] })];
    const text = (false_directives_per_week: number) =>
      evaluationLines(evaluate(runs, { ...week, false_directives_per_week })).join('\n');
    expect(text(1)).toContain('within the budget');
    expect(text(1)).toContain('demo 1, 2025-10-05: r for answer_rate in all');
    expect(text(0.001)).toContain('BEYOND the budget');
  });
});
