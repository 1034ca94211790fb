import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { drawnFleet } from '../../bench/faults/drawn-fleet.js';
import { drawnRun } from '../../bench/faults/drawn-runs.js';
import { plainCalls } from '../../bench/faults/plain-calls.js';
import { newFolder } from '../pipelines/small-run.js';

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a fleet that is drawn', () => {
  test('is the same for the same seed, and another for the next', () => {
    expect(drawnFleet(4)).toEqual(drawnFleet(4));
    expect(drawnFleet(5)).not.toEqual(drawnFleet(4));
  });

  test('comes to the same however its log is cut and applied, and to what plain reckoning has', async () => {
    const report = await drawnRun(folder, 6, drawnFleet(6).slice(0, 40));
    expect(report.violations).toEqual([]);
    expect(report.calls).toBeGreaterThan(2);
    expect(report.late).toBeGreaterThan(2);
  }, 120_000);
});

describe('plain reckoning', () => {
  const MINUTE = 60_000_000;
  const rules = { settle_us: MINUTE, open_max_us: 240 * MINUTE, memory_us: 2_880 * MINUTE };
  const rowsOf = (...events: readonly (readonly [type: string, at_minute: number, is_late?: 1])[]) =>
    events.map(([type, at_minute, is_late = 0], seq) => ({
      seq,
      type,
      event_time: BigInt(at_minute * MINUTE),
      call_id: 'x',
      is_late,
    }));

  test('tells calls of one id apart, and what is of none of them', () => {
    const rows = rowsOf(
      ['call.initiated', 0],
      ['call.answered', 1],
      ['call.ended', 5],
      ['call.answered', 7],
      ['call.initiated', 2_900],
    );
    const { calls, stray_seqs } = plainCalls(rows, rules);
    expect(calls).toMatchObject([
      { initiated_us: 0, answered_us: MINUTE, ended_us: 5 * MINUTE, is_timed_out: false, endings: 1 },
      { initiated_us: 2_900 * MINUTE, answered_us: null, ended_us: 3_140 * MINUTE, is_timed_out: true, endings: 0 },
    ]);
    expect(stray_seqs).toEqual([3]);
  });

  test('lets what comes late fill in what is not known yet, and no more', () => {
    const rows = rowsOf(
      ['call.initiated', 0],
      ['call.answered', 2],
      ['call.ended', 5],
      ['call.answered', 1, 1],
      ['call.ringing', 1, 1],
    );
    expect(plainCalls(rows, rules).calls).toMatchObject([{ answered_us: 2 * MINUTE, ringing_us: MINUTE, endings: 1 }]);
  });
});
