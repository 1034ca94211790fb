import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configSchema, settingsOf } from '../../contracts/config.js';
import type { Episode } from '../../contracts/episode.js';
import { groundsAtDetection, pointsText } from '../../pipelines/inspection/grounds.js';
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
])('the level of a new agent version is that %s', async (_, segment, level, level_segment) => {
  expect((await groundsOf(segment)).level).toMatchObject({ level, segment: level_segment });
});
