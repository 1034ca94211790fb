import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fromFile, newFolder, openSmall } from './small-run.js';

let events = 0;
function event(call_id: string, type: string, time: string, data: object = {}): string {
  const id = `${call_id}-${type}-${events++}`;
  const at = `2025-09-15T18:${time}Z`;
  return JSON.stringify({ specversion: '1.0', id, source: 's', type, time: at, data: { call_id, ...data } });
}
const dialled = (call_id: string, time: string) =>
  event(call_id, 'call.initiated', time, { direction: 'outbound', callee: '+12025550123' });
const ended = (call_id: string, time: string) => event(call_id, 'call.ended', time, { disposition: 'no_answer' });

it('a call that has settled is not opened again, whether it is dialled in the same batch as it goes on or not', async () => {
  const folder = newFolder();
  const file = join(folder, 'calls.ndjson');
  const lines = [
    [dialled('again', '00:00'), ended('again', '00:30'), dialled('other', '10:00'), ended('other', '10:30')],
    [dialled('again', '10:40'), event('again', 'call.ringing', '10:45'), ended('again', '11:00')],
    [dialled('last', '30:00'), ended('last', '30:30')],
  ].flat();
  writeFileSync(file, `${lines.join('\n')}\n`);
  const outcomes = [];
  for (const batch_rows_max of [1, 5, 1_000]) {
    const run = await openSmall(join(folder, `of-${batch_rows_max}`), [fromFile(file)], { land: { batch_rows_max } });
    try {
      await run.run();
      const { rows } = await run.query('select call_id, is_timed_out from finished_calls order by 1');
      const { rows: strays } = await run.query('select type from stray_events order by seq');
      outcomes.push({ rows, strays, digest: (await run.digest()).digest });
    } finally {
      await run.close();
    }
  }
  expect(outcomes[0]).toMatchObject({
    rows: [
      ['again', false],
      ['last', false],
      ['other', false],
    ],
    strays: [['call.initiated'], ['call.ringing'], ['call.ended']],
  });
  expect(outcomes[1]).toEqual(outcomes[0]);
  expect(outcomes[2]).toEqual(outcomes[0]);
}, 60_000);

it('an id that is used again after two days is that of a new call, also where both settle with one batch', async () => {
  const folder = newFolder();
  const file = join(folder, 'calls.ndjson');
  const on = (day: number, line: string) => line.replace('2025-09-15', `2025-09-${day}`);
  const said = (call_id: string, turn_id: string, time: string) =>
    event(call_id, 'turn.transcribed', time, { turn_id, speaker: 'agent', text: 'good morning' });
  const call = (day: number, minute: number, call_id: string, turn_id: string) =>
    [
      dialled(call_id, `${minute}:00`),
      said(call_id, turn_id, `${minute}:10`),
      ended(call_id, `${minute}:30`),
      // Of the call before, and of none that is to come.
      event(call_id, 'call.ringing', `${minute + 10}:00`),
    ].map((line) => on(day, line));
  const lines = [
    on(15, event('open', 'call.ringing', '10:00')),
    ...[15, 18, 21].flatMap((day, index) => call(day, 20, 'again', `t-${index}`)),
    ...call(25, 10, 'last', 't'),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const outcomes = [];
  for (const batch_rows_max of [4, 1_000]) {
    const run = await openSmall(join(folder, `of-${batch_rows_max}`), [fromFile(file)], { land: { batch_rows_max } });
    try {
      await run.run();
      const { rows } = await run.query(
        "select call_id, day(ended_at)::integer, agent_turns from finished_calls where call_id <> 'open' order by 1, 2",
      );
      const { rows: strays } = await run.query('select day(event_time)::integer from stray_events order by seq');
      outcomes.push({ rows, strays: strays.flat(), digest: (await run.digest()).digest });
    } finally {
      await run.close();
    }
  }
  expect(outcomes[0]).toMatchObject({
    rows: [
      ['again', 15, 1],
      ['again', 18, 1],
      ['again', 21, 1],
      ['last', 25, 1],
    ],
    strays: [15, 18, 21, 25],
  });
  expect(outcomes[1]).toEqual(outcomes[0]);
}, 60_000);
