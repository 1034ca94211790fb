import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configSchema, settingsOf } from '../../contracts/config.js';
import type { Episode } from '../../contracts/episode.js';
import { type Grounds, groundsAtDetection, pointsText } from '../../pipelines/inspection/grounds.js';
import { openStore } from '../../pipelines/open-store.js';
import { readSignalFiles } from '../../pipelines/signal-files.js';
import type { Store } from '../../pipelines/store.js';
import { newFolder } from './small-run.js';

const config = configSchema.parse({ version: 1, time_zone: 'UTC' });
const MINUTE_US = 60_000_000;
/** A Monday, 00:00. */
const DAY_US = Date.parse('2025-09-15T00:00:00Z') * 1000;
const [DETECTED_US, MINUTES, SEGMENTS] = [DAY_US + 20 * 60 * MINUTE_US, 24 * 60, 20];

const folder = newFolder();
let store: Store;
beforeAll(async () => {
  store = await openStore(join(folder, 'data'), readSignalFiles(), config.operate);
  // A day of twenty calls a minute in everything and in nineteen versions, of which as many are answered as its number says.
  // The last has no level.
  await store.define(`
    insert into streams select i, 'answer_rate', if(i = 0, 'all', 'agent_version=v' || i) from range(${SEGMENTS}) as r(i);
    insert into stream_observations
    select i, make_timestamp(${DAY_US} + m * ${MINUTE_US}), 0, 20, i, 0, i
    from range(${SEGMENTS}) as s(i), range(${MINUTES}) as r(m);
    insert into baseline_versions
    values ('v', timestamp '2025-09-14', timestamp '2025-09-01', timestamp '2025-09-14', 13, 20, 1, 1, 1, 1);
    insert into baselines
    select 'v', 'answer_rate', if(i = 0, 'all', 'agent_version=v' || i), h, 0.5 + i / 100, 0.01, 0, 1, 100, 100, 25, i <> 2
    from range(${SEGMENTS - 1}) as s(i), range(24) as r(h)`);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function groundsOf(segment: string) {
  const episode = {
    signal: 'answer_rate',
    relationship: null,
    segment,
    baseline_version: 'v',
    began_us: DAY_US + 60 * MINUTE_US,
    detected_us: DETECTED_US,
  } as unknown as Episode;
  return await groundsAtDetection(store, settingsOf(config), episode);
}

test('what is written down with an episode is bounded, and of windows that had closed by the detection', async () => {
  const { counts, points, segments, calls, history_from_us } = await groundsOf('agent_version=v1');
  const last_us = points.at(-1)!.at_us;
  expect(points).toHaveLength(32);
  expect(last_us).toBeLessThan(DETECTED_US);
  expect(pointsText(points).length).toBeLessThan(3_000);
  expect(segments).toHaveLength(12);
  expect([calls, history_from_us]).toEqual([0, Date.parse('2025-09-01T00:00:00Z') * 1000]);
  const [{ windows, n }] = counts as [(typeof counts)[number]];
  const { rows } = await store.query(`
    select count(*)::integer from observations
    where segment = 'agent_version=v1' and window_start >= make_timestamp(${DAY_US + 60 * MINUTE_US})
      and closed_at <= make_timestamp(${DETECTED_US})`);
  expect([windows, n]).toEqual([rows[0]![0], 20 * windows]);
  expect(windows).toBeLessThan(19 * 60);
});

test.each([
  ['of its own', 'agent_version=v1', 0.51, 'agent_version=v1'],
  ['of everything while its own rests on too little', 'agent_version=v2', 0.5, 'all'],
  ['of everything while it has none', 'agent_version=v19', 0.5, 'all'],
])(
  'the level of a new agent version is that %s, in the picture and beside it too',
  async (_, segment, level, level_segment) => {
    const grounds = await groundsOf(segment);
    expect(grounds.level).toMatchObject({ level, segment: level_segment });
    expect(new Set(grounds.points.map(({ expected }) => expected))).toEqual(new Set([level]));
    const beside = grounds.segments.find((one) => one.segment === segment);
    if (beside !== undefined) expect(beside.expected).toBeCloseTo(level, 12);
  },
);

describe('whatever else is in the store', () => {
  const ZONES = ['America/Chicago', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
  /** Clocks go back on that day in Chicago (by an hour), and some weeks before went on in Lord Howe (by half of one). */
  const STARTS = ['2025-11-01T20:00:00Z', '2025-10-04T04:00:00Z'];
  const PARTS = ['completed_call_share', 'voicemail_call_share', 'busy_call_share'];
  const relationships = [
    { name: 'pair', x: 'answer_rate', y: 'response_latency', groupings: [[]] },
    { name: 'rates', x: 'interruption_rate_by_callee', y: 'answer_rate', groupings: [[]] },
    {
      name: 'within',
      x: 'interrupted_call_rate',
      y: 'conversion_rate',
      both: 'interrupted_conversion_rate',
      groupings: [[]],
    },
    { name: 'mix', parts: PARTS, groupings: [[]] },
  ];
  const streams = [
    ...['answer_rate', 'response_latency', 'interruption_rate_by_callee'].map((signal) => ({
      signal,
      relationship: null,
    })),
    ...relationships.map(({ name }) => ({ signal: null, relationship: name })),
  ];
  const MINUTES_MADE = 20 * 60;
  /** What a call counts, none of which matters here. */
  let counts: string[];
  beforeAll(async () => {
    await store.define('insert into dimension_sets (set_id) values (1)');
    const { rows } = await store.query(`
      select column_name from duckdb_columns()
      where table_name = 'finished_calls' and not is_nullable and data_type in ('INTEGER', 'BIGINT') and column_name not like '%_seq'`);
    counts = rows.map(([name]) => String(name));
  });

  /** Rows made of a seed: counts of 0 and no exposure among them, hours without spread, and calls that settle later. */
  async function make(seed: number, start_us: number): Promise<void> {
    await store.define(`
      delete from streams; delete from baselines; delete from mix_baselines; delete from relationship_baselines;
      insert into streams select row_number() over (), signal, segment from (
        select unnest(['answer_rate', 'response_latency', 'interruption_rate_by_callee', 'interrupted_call_rate', 'conversion_rate',
          'interrupted_conversion_rate', '${PARTS.join("', '")}']) as signal) cross join (select unnest(['all', 'campaign=a']) as segment);
      insert into baselines
      select 'v', signal, segment, h, 0.1 + (hash(${seed}, stream_id, h) % 7)::double / 30, 0.01, if(h % 5 = 0, 0, 0.3), 1.5, 100, 100, 25, h % 3 > 0
      from streams, range(168) as r(h);
      insert into mix_baselines select 'v', 'mix', 'all', unnest(['rest', '${PARTS.join("', '")}']), 300, 1.2;
      insert into relationship_baselines select 'v', unnest(['pair', 'rates', 'within']), 'all', 0.4, 1, 1, 300, 0, 9, 9, 9, 0.05;
      create or replace temp table made as
      select *, least(n, (noise // 8 % 6)::bigint) as total, n * 1000 * (noise // 64 % 3)::bigint as exposure_ms
      from (
        select stream_id, m, noise, (hash(${seed}, m) % 4)::bigint as n
        from (select stream_id, m, hash(${seed}, stream_id, m) as noise from streams, range(${MINUTES_MADE}) as r(m)));
      create or replace temp table calls_made as
      select i, make_timestamp(${start_us} + (hash(${seed}, i) % ${MINUTES_MADE})::bigint * ${MINUTE_US}) as ended_at from range(500) as r(i)`);
  }

  /** @param known_us nothing that was known later is there; null: all of it, and revisions */
  async function fill(start_us: number, order: string, known_us: number | null, settle_us: number): Promise<void> {
    const columns = `make_timestamp(${start_us} + m * ${MINUTE_US}), 0, n, total, exposure_ms, total * total`;
    const isKnown = known_us === null ? 'true' : `closed_at <= make_timestamp(${known_us})`;
    const isSettled = known_us === null ? 'true' : `epoch_us(ended_at) + ${settle_us} < ${known_us}`;
    await store.define(`
      delete from stream_observations; delete from finished_calls;
      insert into stream_observations
      select stream_id, ${columns} from (
        select made.*, make_timestamp(${start_us} + (m + 1) * ${MINUTE_US} + signals.maturity_us) as closed_at
        from made inner join streams using (stream_id) inner join signals using (signal))
      where ${isKnown} order by hash('${order}', stream_id, m);
      insert into stream_observations
      select stream_id, ${columns.replace(', 0, n', ', 1, n + 1')} from made where ${known_us === null} and m % 5 = 0;
      insert into finished_calls by name
      select i as call_key, 1 as set_id, ended_at, i * 10 as first_seq, i * 10 + 7 as last_seq, false as is_timed_out, false as is_start_synthetic${counts.map((name) => `, 0 as ${name}`).join('')}
      from calls_made where ${isSettled} order by hash('${order}', i)`);
  }

  test('what is written down is what was known at the detection, to the last digit', async () => {
    const run = async (seed: number, zone: number, start: number, hours: number) => {
      const start_us = Date.parse(STARTS[start]!) * 1000;
      const settings = settingsOf(configSchema.parse({ version: 1, time_zone: ZONES[zone], relationships }));
      const [began_us, detected_us] = [start_us + 2 * 60 * MINUTE_US, start_us + (hours * 60 + 7) * MINUTE_US];
      await make(seed, start_us);
      const found: Grounds[] = [];
      for (const [order, known_us] of [
        ['a', detected_us],
        ['b', null],
      ] as const) {
        await fill(start_us, order, known_us, 60_000_000);
        for (const stream of streams) {
          const episode = {
            ...stream,
            part: 'rest',
            segment: 'all',
            baseline_version: 'v',
            began_us,
            detected_us,
          } as unknown as Episode;
          found.push(await groundsAtDetection(store, settings, episode));
        }
      }
      const hasPoint = ({ points }: Grounds) => points.some(({ observed }) => observed !== null);
      expect(found.every((one) => one.calls > 0 && one.counts[0]!.n > 0 && hasPoint(one))).toBe(true);
      expect(found.slice(streams.length)).toEqual(found.slice(0, streams.length));
    };
    const draws = [
      fc.integer({ min: 0, max: 9_999 }),
      fc.nat(ZONES.length - 1),
      fc.nat(1),
      fc.integer({ min: 4, max: 18 }),
    ] as const;
    await fc.assert(fc.asyncProperty(...draws, run), { numRuns: 2, seed: 53 });
  });
});
