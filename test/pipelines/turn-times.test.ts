import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fromFile, newFolder, openSmall } from './small-run.js';

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const START_MS = Date.parse('2025-10-07T14:00:00Z');
const at = (second: number) => new Date(START_MS + second * 1000).toISOString();

/** Of each turn, by id: what is said of its start and of its end, in one event or in two. */
const TURNS: Readonly<Record<string, readonly object[]>> = {
  right: [{ started_at: at(10), ended_at: at(12) }],
  century: [{ started_at: '2000-01-01T00:00:00Z', ended_at: '2099-12-31T23:59:59Z' }],
  two_clocks: [{ started_at: '2000-01-01T00:00:00Z' }, { ended_at: at(30) }],
  backwards: [{ started_at: at(40) }, { ended_at: at(35) }],
  started: [{ started_at: at(50) }],
};

test('a turn whose start and end cannot both be right has neither, and the run goes on', async () => {
  const event = (id: string, type: string, second: number, data: object) =>
    JSON.stringify({ specversion: '1.0', id, source: 's', type, time: at(second), data: { call_id: 'c', ...data } });
  const turn = { speaker: 'agent' };
  const lines = [
    event('1', 'call.answered', 0, {}),
    ...Object.entries(TURNS).flatMap(([turn_id, told]) =>
      told.map((times, index) => event(`${turn_id}-${index}`, 'turn.transcribed', 60, { ...turn, turn_id, ...times })),
    ),
    event('callee', 'turn.transcribed', 60, { ...TURNS.century![0], speaker: 'callee', turn_id: 'callee' }),
    event('2', 'call.ended', 61, { disposition: 'completed' }),
  ];
  writeFileSync(join(folder, 'calls.ndjson'), `${lines.join('\n')}\n`);
  const pipeline = await openSmall(join(folder, 'data'), [fromFile(join(folder, 'calls.ndjson'))]);
  await pipeline.run();
  expect(pipeline.progress.events).toMatchObject({ landed: lines.length, rejected: 0 });
  const { rows } = await pipeline.query(
    "select count(*)::integer, count(started_at)::integer, count(ended_at)::integer, max(overlap_ms) from turns where party = 'agent'",
  );
  expect(rows).toEqual([[5, 2, 1, null]]);
  expect((await pipeline.query('select agent_speech_ms::integer, callee_speech_ms::integer from calls')).rows).toEqual([
    [2_000, 0],
  ]);
  await pipeline.close();
});
