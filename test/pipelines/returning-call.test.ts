import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settingsOf } from '../../contracts/config.js';
import { expire } from '../../pipelines/expiry.js';
import { readSignalFiles } from '../../pipelines/signal-files.js';
import { fromFile, newFolder, openSmall, smallConfig } from './small-run.js';

let events = 0;
function event(call_id: string, type: string, time: string, data: object = {}): string {
  const id = `${call_id}-${type}-${events++}`;
  const at = `2025-09-15T18:${time}Z`;
  return JSON.stringify({ specversion: '1.0', id, source: 's', type, time: at, data: { call_id, ...data } });
}
const dialled = (call_id: string, time: string, callee = '+12025550123') =>
  event(call_id, 'call.initiated', time, { direction: 'outbound', callee });
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
    on(18, event('again', 'call.amd', '20:05', { answered_by: 'human' })),
    on(18, dialled('late', '20:05', '+12025550199')),
    ...call(25, 10, 'last', 't'),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const outcomes = [];
  for (const batch_rows_max of [4, 1_000]) {
    const run = await openSmall(join(folder, `of-${batch_rows_max}`), [fromFile(file)], { land: { batch_rows_max } });
    try {
      await run.run();
      const { rows } = await run.query(
        "select call_id, day(ended_at)::integer, agent_turns, answered_by from finished_calls where call_id <> 'open' order by 1, 2",
      );
      const { rows: strays } = await run.query('select day(event_time)::integer from stray_events order by seq');
      // Who was dialled late alone is no contact: no call and no attempt of theirs would ever leave.
      const { rows: contacts } = await run.query('select count(*)::integer from contacts');
      outcomes.push({ rows, contacts, strays: strays.flat(), digest: (await run.digest()).digest });
      if (batch_rows_max === 4) continue;
      // The first call leaves, of which an event has come in after those of the others.
      await run.store.define('update finished_calls set last_seq = 1_000 where day(ended_at) = 15');
      const signals = readSignalFiles();
      const settings = settingsOf({ ...smallConfig(), observe: { ...smallConfig().observe, rows_keep: '16d' } });
      const as_of_us = Date.parse('2025-10-03T12:00:00Z') * 1000;
      await run.store.transaction(() => expire(run.store, signals, settings, { as_of_us, frame: 1 }));
      const { rows: turns } = await run.query('select count(*)::integer from turns');
      const { rows: calls } = await run.query("select count(*)::integer from finished_calls where call_id <> 'open'");
      expect([calls, turns]).toEqual([[[3]], [[3]]]);
    } finally {
      await run.close();
    }
  }
  expect(outcomes[0]).toMatchObject({
    rows: [
      ['again', 15, 1, null],
      ['again', 18, 1, 'human'],
      ['again', 21, 1, null],
      ['last', 25, 1, null],
    ],
    contacts: [[1]],
    strays: [15, 18, 21, 25],
  });
  expect(outcomes[1]).toEqual(outcomes[0]);
}, 60_000);

it('calls of one id have each their own turns, outcomes and late events, though what is said of both comes between each other', async () => {
  const folder = newFolder();
  const file = join(folder, 'calls.ndjson');
  const on = (day: number, line: string) => line.replace('2025-09-15', `2025-09-${day}`);
  const said = (turn_id: string, time: string) =>
    event('again', 'turn.transcribed', time, { turn_id, speaker: 'agent', text: 'good morning' });
  const human = (call_id: string) => event(call_id, 'call.amd', '20:05', { answered_by: 'human' });
  const lines = [
    on(15, dialled('again', '20:00')),
    on(15, human('again')),
    on(18, dialled('again', '20:00')),
    on(18, human('again')),
    on(18, said('second', '20:10')),
    ...['10', '11', '12'].map((second) => on(15, said(`first-${second}`, `20:${second}`))),
    on(15, event('again', 'outcome.recorded', '20:20', { outcome: 'booked' })),
    on(15, ended('again', '20:30')),
    on(18, ended('again', '20:30')),
    on(18, dialled('unknown before', '20:00')),
    on(18, ended('unknown before', '20:30')),
    // Event time comes to this call, and all before it are over.
    on(25, dialled('last', '20:00')),
    // The one that comes first stands, whether the next comes with it or not.
    on(18, event('again', 'call.ringing', '20:04')),
    on(18, event('again', 'call.ringing', '20:02')),
    // Of a call that is not known, and not of the one two days later.
    on(17, event('unknown before', 'call.ringing', '10:00')),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const outcomes = [];
  for (const batch_rows_max of [1, 1_000]) {
    const land = { batch_rows_max, lateness: '4d' };
    const run = await openSmall(join(folder, `of-${batch_rows_max}`), [fromFile(file)], { land });
    try {
      await run.run();
      const { rows } = await run.query(`
        select call_id, day(ended_at)::integer, agent_turns, minute(ringing_at) * 60 + second(ringing_at)::integer
        from finished_calls
        where call_id <> 'last'
        order by ended_at, call_id`);
      const { rows: converted } = await run.query('select total::integer from conversion_rate order by happened_at');
      outcomes.push({ rows, converted: converted.flat(), digest: (await run.digest()).digest });
    } finally {
      await run.close();
    }
  }
  expect(outcomes[0]).toMatchObject({
    rows: [
      ['again', 15, 3, null],
      ['again', 18, 1, 20 * 60 + 4],
      ['unknown before', 18, 0, null],
    ],
    converted: [1, 0],
  });
  expect(outcomes[1]).toEqual(outcomes[0]);
}, 60_000);
