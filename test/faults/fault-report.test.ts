import { expect, test } from 'vitest';
import { faultReport, type Tried, violationLines } from '../../bench/faults/fault-report.js';
import { FAULTS } from '../../bench/faults/faulty-life.js';
import { type KilledRun, MOMENTS, type Moment } from '../../bench/faults/killed-runs.js';
import type { SeedReport } from '../../bench/faults/simulated-run.js';
import { NOTHING } from './nothing-tried.js';

function killedAt(moments: readonly Moment[], violations: readonly string[] = []): KilledRun {
  const kills = Object.fromEntries(MOMENTS.map((moment) => [moment, moments.filter((one) => one === moment).length]));
  const counts = { events: 10, lost: violations.length, doubled: 0, id_differences: 0, restart_seconds_max: 1 };
  return { kills: kills as KilledRun['kills'], ...counts, violations };
}

function seedWith(seed: number, faults: readonly string[], violations: readonly string[] = []): SeedReport {
  const happened = Object.fromEntries(FAULTS.map((fault) => [fault, faults.includes(fault) ? 2 : 0]));
  const counts = { events: 10, lost: 0, doubled: violations.length, id_differences: 0 };
  return { seed, happened: happened as SeedReport['happened'], violations, ...counts };
}

function rowsOf(tried: Tried): Record<string, string> {
  return Object.fromEntries(faultReport(tried).matrix.map(({ fault, result }) => [fault, result]));
}

test('a violation marks the rows of the moments and faults of its own run, and no others', () => {
  const killed = [killedAt(['any', 'any', 'landing']), killedAt(['commit', 'landing'], ['run-1: 1 events are lost'])];
  const seeds = [seedWith(1, ['crash', 'no_room']), seedWith(2, ['crash', 'clock_jump'], ['1 events are there twice'])];
  const rows = rowsOf({ ...NOTHING, killed, seeds });
  expect(rows).toMatchObject({
    'kill -9 at any moment': 'holds: 2 kills',
    'kill -9 while the log is written': 'violated: 1',
    'kill -9 while the journal of the store is written': 'violated: 1',
    'kill -9 while the file of the store is written': 'skipped: did not come up in this run',
    'the process ends between two steps': 'violated: 1',
    'no room for the log': 'holds: 2 times',
    'the clock jumps': 'violated: 1',
  });
  expect(faultReport({ ...NOTHING, killed, seeds })).toMatchObject({
    kills: 5,
    seeds: 2,
    events: 40,
    lost: 1,
    doubled: 1,
    restart_seconds_max: 1,
  });
});

test('a seed that is violated is told with the command that replays it', () => {
  const lines = violationLines({ ...NOTHING, seeds: [seedWith(7, ['crash'], ['1 events are there twice'])] });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(
    '--kills 0 --system-faults 0 --from 7 --seeds 1 --fleets 0 --log-damages 0 --store-damages 0',
  );
});

test('a drawn fleet that is violated marks its row, and is told with the command that replays it', () => {
  const fleet = { events: 100, calls: 9, late: 4, episodes: 0 };
  const fleets = [
    { ...fleet, seed: 3, violations: [] },
    { ...fleet, seed: 4, violations: ['a call is missing: x'] },
  ];
  const row = 'events come late, again, by another input, under an id that was used before, or not at all';
  expect(rowsOf({ ...NOTHING, fleets })[row]).toBe('violated: 1');
  expect(rowsOf({ ...NOTHING, fleets: fleets.slice(0, 1) })[row]).toBe('holds: 1 fleets, 4 events late');
  const lines = violationLines({ ...NOTHING, fleets });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^fleet 4: a call is missing: x\n.*--from 4 --seeds 0 --fleets 1 /);
});

test('a start that takes too long with a large log is a violation', () => {
  const large = { log_megabytes: 1_000, events: 1, frames: 1, restarts: 4, restart_seconds_max: 5.1 };
  expect(violationLines({ ...NOTHING, large })).toEqual(['a start with 1000 MB of log took 5.1 s']);
  expect(rowsOf({ ...NOTHING, large })['kill -9 with a log of 1000 MB']).toBe('violated: 4 starts, 5.1 s at the most');
  expect(violationLines({ ...NOTHING, large: { ...large, restart_seconds_max: 4.9 } })).toEqual([]);
});

test('what the system does not let happen is skipped with the reason, the rest is counted', () => {
  const run = { fault: 'disk_full', events: 10, lost: 0, doubled: 0, id_differences: 0, violations: [] } as const;
  const rows = rowsOf({ ...NOTHING, system: { runs: [run, run], lacking: { memory: 'needs a control group' } } });
  expect(rows['disk full, for the log and the store together']).toBe('holds: 2 times');
  expect(rows['a system call fails, or the process ends in it']).toContain('skipped: did not come up');
  expect(rows['the kernel ends the process for its memory']).toBe('skipped: needs a control group');
});
