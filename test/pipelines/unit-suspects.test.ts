import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyPrepared } from './prepared-run.js';
import { fromFile, newFolder, openSmall } from './small-run.js';

// What a sender says of a call in another unit than milliseconds, held against the times of the call's own events.

interface Said {
  readonly talk_ms?: number;
  readonly duration_ms?: number;
}

const START_MS = Date.parse('2025-10-07T14:00:00Z');
/** Of one call each: what its ending says. It rings for 12 s, and is talked in for 40 s. */
const CALLS: Readonly<Record<string, Said>> = {
  right: { talk_ms: 40_000, duration_ms: 52_000 },
  from_answer: { talk_ms: 40_000, duration_ms: 40_000 },
  rounded: { talk_ms: 38_000, duration_ms: 60_000 },
  seconds: { talk_ms: 40, duration_ms: 52 },
  talk_in_seconds: { talk_ms: 40, duration_ms: 52_000 },
  microseconds: { talk_ms: 40_000_000, duration_ms: 52_000_000 },
  nothing: {},
  no_talk: { talk_ms: 0, duration_ms: 52_000 },
};
/** Talked in for 0.4 s: from the answer and from the beginning its duration is 31 times as long. */
const SHORT = {
  from_beginning: { talk_ms: 400, duration_ms: 12_400 },
  from_its_answer: { talk_ms: 400, duration_ms: 400 },
};

function eventsOf(call: string, talk_s: number, said: Said): string[] {
  const event = (type: string, at_s: number, data: object = {}) =>
    JSON.stringify({
      specversion: '1.0',
      id: `${call}-${type}`,
      source: 'dialler',
      type: `call.${type}`,
      time: new Date(START_MS + at_s * 1000).toISOString(),
      data: { call_id: call, ...data },
    });
  return [
    event('initiated', 0),
    event('answered', 12),
    event('amd', 13, { answered_by: 'human' }),
    event('ended', 12 + talk_s, { disposition: 'completed', ...said }),
  ];
}

describe('the durations of a call that are about 1,000 times off its own events', () => {
  let folder: string;
  let rows: unknown[][];
  let calls: Map<unknown, readonly unknown[]>;
  let signals: unknown[][];
  beforeAll(async () => {
    folder = newFolder();
    const lines = [
      ...Object.entries(CALLS).flatMap(([call, said]) => eventsOf(call, 40, said)),
      ...Object.entries(SHORT).flatMap(([call, said]) => eventsOf(call, 0.4, said)),
    ];
    const timeOf = (line: string) => (JSON.parse(line) as { time: string }).time;
    lines.sort((one, other) => (timeOf(one) < timeOf(other) ? -1 : 1));
    writeFileSync(join(folder, 'calls.ndjson'), `${lines.join('\n')}\n`);
    const pipeline = await openSmall(folder, [fromFile('calls.ndjson')]);
    await pipeline.run();
    rows = (
      await pipeline.query(
        'select call_id, field, reported_ms, elapsed_ms::integer, steps from unit_suspects join calls using (call_key) order by all',
      )
    ).rows;
    const all = await pipeline.query('select call_id, talk_ms, duration_ms from calls');
    calls = new Map(all.rows.map(([call, ...rest]) => [call, rest]));
    signals = (await pipeline.query('select count(*)::integer, sum(total)::integer from average_call_duration')).rows;
    await pipeline.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are told, with what they would have to be', () => {
    expect(rows).toEqual([
      ['microseconds', 'duration_ms', 52_000_000, 40_000, 1],
      ['microseconds', 'talk_ms', 40_000_000, 40_000, 1],
      ['seconds', 'duration_ms', 52, 40_000, -1],
      ['seconds', 'talk_ms', 40, 40_000, -1],
      ['talk_in_seconds', 'talk_ms', 40, 40_000, -1],
    ]);
  });

  test('are no value of their call, and all others are', () => {
    expect(calls.size).toBe(10);
    for (const [call, { talk_ms, duration_ms }] of Object.entries({ ...CALLS, ...SHORT })) {
      const isSuspect = (field: string) => rows.some((row) => row[0] === call && row[1] === field);
      const expected = [isSuspect('talk_ms') ? null : talk_ms, isSuspect('duration_ms') ? null : duration_ms];
      expect(calls.get(call), call).toEqual(expected.map((value) => value ?? null));
    }
  });

  test('count in no signal', () => {
    expect(signals).toEqual([[6, 40_000 + 40_000 + 38_000 + 0 + 400 + 400]]);
  });
});

describe('a fleet whose durations are what its events say', () => {
  test('has none of them', async () => {
    const folder = newFolder();
    await copyPrepared('finished', folder);
    const pipeline = await openSmall(folder, []);
    const { rows } = await pipeline.query(
      'select count(*)::integer, count(talk_ms) > 100, (select count(*)::integer from unit_suspects) from calls',
    );
    await pipeline.close();
    rmSync(folder, { recursive: true });
    expect(rows[0]!.slice(1)).toEqual([true, 0]);
  });
});
