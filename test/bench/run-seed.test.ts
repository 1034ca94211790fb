import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../bench/evaluate/evaluation.js';
import { runSeed, type SeedResult } from '../../bench/evaluate/run-seed.js';

/** Three weeks and three days of one calling hour, and a pool that nobody answers any more. */
const SCENARIO = `
extends: demo
name: small
summary: A pool collapses at once and altogether
calendar:
  start_date: '2025-09-09'
  history_days: 24
  live_days: 1
  time_zone: America/Chicago
  calling_from: '09:00'
  calling_until: '10:00'
calls_per_day: 1000
drifts:
  - name: answer_collapse
    kind: answer_collapse
    onset: { from: '09:05', until: '09:10' }
    pools: [south_a]
    answer_shift: { from: -4, until: -3.5 }
`;

let folder: string;
let result: SeedResult;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-run-seed-'));
  const scenario = join(folder, 'small.yaml');
  writeFileSync(scenario, SCENARIO);
  result = await runSeed({ scenario, seed: 1, data_dir: join(folder, 'data') });
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a seed of a small fleet, through the whole pipeline', () => {
  it('lands every event', () => {
    const { received, landed } = result.events;
    expect(landed).toBe(received);
    expect(landed).toBeGreaterThan(100_000);
  });

  it('counts the days from the first baselines to the day of the drifts as quiet ones', () => {
    // The history begins at 09:00 of the first day; the refresh at 03:00 after three whole weeks is that of day 23.
    expect(result.quiet_dates).toEqual(['2025-10-01', '2025-10-02']);
    expect(result.live_date).toBe('2025-10-03');
  });

  it('finds the collapse after fewer calls than the pool has left, and no sooner than any method could by much', () => {
    const [label] = result.labels;
    expect(label).toMatchObject({ name: 'answer_collapse', found: true });
    expect(label.delay_calls).toBeLessThan(120);
    expect(label.delay_calls).toBeGreaterThan(0.3 * (label.d_star_calls ?? Number.NaN));
  });

  it('comes to an evaluation within the budget', () => {
    const evaluation = evaluate([result], { false_directives_per_week: 1, quiet_days_max: null });
    expect(evaluation).toMatchObject({ seeds: 1, quiet_days: 2, labelled_days: 1, is_within_budget: true });
  });
});
