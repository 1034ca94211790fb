import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cost } from '../../bench/end-to-end/cost.js';
import { writeEvents } from '../../bench/end-to-end/simulated-events.js';
import { type Rounds, throughput } from '../../bench/end-to-end/throughput.js';
import { YARDSTICKS } from '../../bench/end-to-end/yardsticks.js';

const EVENTS = 2_000;

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-throughput-'));
  path = join(folder, 'events.ndjson');
  writeEvents(path, EVENTS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the events of a benchmark', () => {
  it('are exactly as many as asked for, with ids of their own and growing time', () => {
    const text = readFileSync(path, 'utf8');
    expect(text.endsWith('\n')).toBe(true);
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; time: string });
    expect(events).toHaveLength(EVENTS);
    expect(new Set(events.map(({ id }) => id)).size).toBe(EVENTS);
    const times = events.map(({ time }) => time);
    expect(times).toEqual([...times].sort());
  });

  it.each(Object.keys(YARDSTICKS) as (keyof typeof YARDSTICKS)[])('are all seen by %s', async (yardstick) => {
    expect(await YARDSTICKS[yardstick]({ yardstick, path, data_dir: join(folder, yardstick) })).toBe(EVENTS);
  });
});

describe('throughput', () => {
  const cost = (cpu_seconds: number, peak_rss_mib = 100): Cost => ({
    rows: 1_000,
    cpu_seconds,
    wall_seconds: cpu_seconds / 2,
    peak_rss_mib,
  });
  const rounds: Rounds = {
    duckdb_read_json: [cost(1), cost(2), cost(50)],
    duckdb_read_json_few_columns: [cost(1), cost(1), cost(1)],
    json_parse: [cost(4), cost(4), cost(4)],
    plumbline: [cost(5, 300), cost(4, 400), cost(20, 200)],
  };

  it('is the median over the rounds, by processor time, and memory is the most of any round', () => {
    expect(throughput(rounds, cost(10, 500))).toEqual({
      rows: 1_000,
      rounds: 3,
      duckdb_read_json_rows_per_s: 500,
      duckdb_read_json_few_columns_rows_per_s: 1_000,
      json_parse_rows_per_s: 250,
      plumbline_rows_per_s: 200,
      ratio_to_duckdb: 0.4,
      ratio_to_json_parse: 0.8,
      plumbline_wall_rows_per_s: 400,
      peak_rss_mib_1m: 400,
      peak_rss_mib_10m: 500,
      plumbline_10m_rows_per_s: 100,
    });
  });

  it('says nothing of a long run that was left out', () => {
    expect(throughput(rounds, null)).toMatchObject({ peak_rss_mib_10m: null, plumbline_10m_rows_per_s: null });
  });
});
