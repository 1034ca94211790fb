import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Life } from '../../bench/faults/faulty-life.js';
import { differences, factsOf, violationsOf } from '../../bench/faults/fleet-run.js';
import {
  begin,
  type CleanRun,
  cleanRun,
  openLife,
  outsideOf,
  type PreparedFleet,
  preparedFleet,
  simulatedRun,
} from '../../bench/faults/simulated-run.js';
import { smallFleet } from '../../bench/faults/small-fleet.js';
import type { ControlEntry } from '../../contracts/control-entry.js';
import { newFolder } from '../pipelines/small-run.js';

const ROWS = 1_500;
const folder = newFolder();
let fleet: PreparedFleet;
let clean: CleanRun;

beforeAll(async () => {
  // Nothing is learnt yet: that is due in every run.
  const small = smallFleet(folder, 1);
  fleet = await preparedFleet(folder, { ...small, prepared_lines: small.history_lines });
  clean = await cleanRun(folder, fleet, ['prepared']);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function calmLife(outside: ReturnType<typeof outsideOf>, name: string): Life {
  const data_dir = join(folder, name);
  return new Life(outside, { data_dir, copy_dir: data_dir, is_calm: true, ends_at: null });
}

describe('a process that ends before it has', () => {
  test.each<[string, ControlEntry['kind']]>([
    ['sent what it has decided leaves it for the next one to send', 'delivered'],
    ['learnt the baselines that were due leaves that to the next one', 'baseline_refresh'],
    ['closed the last windows of a replay leaves that to the next one', 'drained'],
  ])(
    '%s',
    async (_, kind) => {
      const outside = outsideOf(fleet.lines, 1, fleet.prepared_lines);
      const life = calmLife(outside, kind);
      begin(life.data_dir, fleet, 'prepared');
      const first = await openLife(life, ROWS);
      const { landing } = first;
      const control = landing.control.bind(landing);
      landing.control = async (entry) => {
        if (entry.kind === kind) throw new Error('the process ends here');
        return control(entry);
      };
      await expect(first.run()).rejects.toThrow('the process ends here');
      await first.close();
      // What was sent has not been noted: it comes again.
      outside.taken.length = 0;
      const second = await openLife(life, ROWS);
      await second.run();
      expect(violationsOf(differences(await factsOf(second, life.data_dir), clean))).toEqual([]);
      await second.close();
      if (kind !== 'drained') expect(outside.taken.map(({ id }) => id).sort()).toEqual(clean.directive_ids);
    },
    120_000,
  );
});

describe('the simulator', () => {
  test('brings a run under compound faults to what it comes to without them', async () => {
    const report = await simulatedRun(join(folder, 'seed'), {
      seed: 5,
      fleet,
      clean,
      begins: 'prepared',
      lives_max: 2,
    });
    expect(report.happened.crash).toBeGreaterThan(0);
    expect(report).toMatchObject({ violations: [], lost: 0, doubled: 0, id_differences: 0 });
  }, 120_000);

  test('tells what is planted: an event that never comes, and a directive that is never decided', async () => {
    const missing = fleet.prepared_lines + 40;
    const given = fleet.prepared_lines + 80;
    const lines = fleet.lines.slice(0, given).filter((_, at) => at !== missing);
    const expected = { ...clean, event_ids: clean.event_ids.slice(0, given) };
    const report = await simulatedRun(join(folder, 'planted'), {
      seed: 3,
      fleet: { ...fleet, lines },
      clean: expected,
      begins: 'prepared',
      lives_max: 1,
    });
    expect(report).toMatchObject({ lost: 1, id_differences: clean.directive_ids.length });
    expect(report.violations).toContain('1 events are lost');
    expect(report.violations).toContain(`never sent: ${clean.directive_ids.join(', ')}`);
  }, 120_000);

  test('tells when more was acknowledged than is in the log', async () => {
    const outside = outsideOf(fleet.lines, 1, fleet.prepared_lines + 1);
    const life = calmLife(outside, 'acknowledged');
    begin(life.data_dir, fleet, 'prepared');
    const pipeline = await openLife(life, ROWS);
    await pipeline.run();
    expect(outside.is_acknowledged_lost).toBe(true);
    await pipeline.close();
  }, 120_000);

  test('counts an event that stands in the log twice', () => {
    const twice = { ...clean, event_ids: [...clean.event_ids, clean.event_ids[7]!] };
    expect(violationsOf(differences(twice, clean))).toEqual(['1 events are there twice']);
  });
});
