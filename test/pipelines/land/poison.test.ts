import { beforeAll, describe, expect, test } from 'vitest';
import type { RejectionReason } from '../../../contracts/event.js';
import { REJECTED_LINE_BYTES_MAX, REJECTED_LINES_MAX } from '../../../pipelines/land/rejections.js';
import { unseal } from '../../../pipelines/privacy/seal.js';
import { openStoreKeys } from '../../../pipelines/privacy/store-keys.js';
import {
  allFrames,
  before,
  chunkOf,
  dataDir,
  eventLine,
  eventsOf,
  INPUT,
  landAll,
  openLanding,
  rejectedOf,
  rowsOf,
} from './opened-landing.js';

const ringing = (more: string, data = '"call_id":"c-1"') =>
  `{"specversion":"1.0","id":"e","source":"fleet","type":"call.ringing","time":"${before(0)}","data":{${data}}${more}}`;
const ended = (data: string) =>
  eventLine('e', 'call.ended').replace('"call_id":"c-1"', `"call_id":"c-1","disposition":"busy",${data}`);
const at = (time: string) => eventLine('e', 'call.ringing', { call_id: 'c-1' }, { time });
const LINE_BYTES_MAX = 65_536;
const DEEP = 100_000;

/** Lines that must be kept out, and why. */
const POISON: readonly (readonly [string, string | Uint8Array, RejectionReason])[] = [
  ['truncated JSON', eventLine('e').slice(0, -2), 'json_syntax'],
  ['two objects on a line', eventLine('e') + eventLine('f'), 'json_syntax'],
  ['no JSON at all', 'time,type,id', 'json_syntax'],
  ['an empty line', '', 'empty_line'],
  ['white space alone', '  ', 'json_syntax'],
  ['null', 'null', 'not_an_object'],
  ['an array', `[${eventLine('e')}]`, 'not_an_object'],
  ['a string', '"hello"', 'not_an_object'],
  [
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    'invalid_utf8',
  ],
  [
    'an overlong encoding',
    Buffer.concat([Buffer.from(ringing('').slice(0, -2)), Buffer.from([0xc0, 0xaf])]),
    'invalid_utf8',
  ],
  ['UTF-16', Buffer.from(eventLine('e'), 'utf16le').subarray(0, -1), 'json_syntax'],
  ['UTF-16 with its mark', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{}', 'utf16le')]), 'invalid_utf8'],
  ['a byte order mark that is not at the beginning', `\ufeff${eventLine('e')}`, 'json_syntax'],
  ['half a surrogate pair', ringing(',"x":"\\ud800"'), 'json_syntax'],
  ['NaN', ended('"duration_ms":NaN'), 'json_syntax'],
  ['1e400', ended('"duration_ms":1e400'), 'number_out_of_range'],
  ['2^53 + 1', ended('"cost_micros":9007199254740993'), 'number_out_of_range'],
  ['an integer of 30 digits', ended(`"cost_micros":${'9'.repeat(30)}`), 'number_out_of_range'],
  ['a key twice', ended('"duration_ms":1,"duration_ms":2'), 'duplicate_key'],
  ['a key twice in the envelope', ringing(',"id":"f"'), 'duplicate_key'],
  ['a key twice, once escaped', ringing(',"\\u0069d":"f"'), 'duplicate_key'],
  ['__proto__', ringing(',"__proto__":{"type":"call.ended"}'), 'json_syntax'],
  ['constructor in data', ringing('', '"call_id":"c-1","constructor":{"prototype":{}}'), 'json_syntax'],
  ['arrays 100,000 deep', `{"id":${'['.repeat(DEEP / 2)}`, 'json_depth'],
  ['objects 100,000 deep', `{"data":${'{"a":'.repeat(DEEP / 10)}`, 'json_depth'],
  ['a line over the bound', `${ringing(`,"x":"${'y'.repeat(LINE_BYTES_MAX)}"`)}`, 'line_too_long'],
  [
    '10,000 unknown keys',
    ringing(`,${Array.from({ length: 4_000 }, (_, index) => `"k${index}":1`).join(',')}`),
    'extra_too_large',
  ],
  ['a string of 60,000 characters', ringing('', `"call_id":"c","mood":"${'y'.repeat(60_000)}"`), 'extra_too_large'],
  ['an unknown type', eventLine('e', 'call.hungup' as never), 'unknown_type'],
  ['another version of the envelope', ringing('').replace('"1.0"', '"0.3"'), 'envelope_invalid'],
  ['no id', ringing('').replace('"id":"e",', ''), 'envelope_invalid'],
  ['an id that is too long', ringing('').replace('"id":"e"', `"id":"${'e'.repeat(129)}"`), 'envelope_invalid'],
  ['no time', ringing('').replace(/"time":"[^"]*",/, ''), 'envelope_invalid'],
  ['a time that is a number', ringing('').replace(/"time":"[^"]*"/, '"time":1759845792'), 'envelope_invalid'],
  ['data that is no object', ringing('').replace(/"data":\{.*\}\}/, '"data":[]}'), 'envelope_invalid'],
  ['a time without a zone', at('2025-10-07T14:03:12'), 'time_invalid'],
  ['month 13', at('2025-13-01T00:00:00Z'), 'time_invalid'],
  ['a day that is not in the calendar', at('2025-02-29T00:00:00Z'), 'time_invalid'],
  ['a leap second', at('2016-12-31T23:59:60Z'), 'time_invalid'],
  ['1970', at('1970-01-01T00:00:00Z'), 'time_implausible'],
  ['the year 0001', at('0001-01-01T00:00:00Z'), 'time_implausible'],
  ['2100', at('2100-01-01T00:00:00Z'), 'time_in_future'],
  ['an hour ahead', at('2025-10-07T21:00:00Z'), 'time_in_future'],
  ['a required field that is missing', ringing('', '"attempt":1'), 'field_missing'],
  ['null for a required field', ringing('', '"call_id":null'), 'field_invalid'],
  ['an empty id', ringing('', '"call_id":""'), 'field_invalid'],
  ['a string for a number', ended('"duration_ms":"12"'), 'field_invalid'],
  ['microseconds for milliseconds', ended('"duration_ms":90000000'), 'field_invalid'],
  ['a duration below zero', ended('"duration_ms":-1'), 'field_invalid'],
  ['a duration that is no integer', ended('"duration_ms":1.5'), 'field_invalid'],
  [
    'a share above one',
    eventLine('e', 'call.amd', { call_id: 'c', answered_by: 'human', confidence: 1.01 }),
    'field_invalid',
  ],
  [
    'a number that is not in international form',
    eventLine('e', 'call.initiated', { call_id: 'c', callee: '(408) 555-7712' }),
    'field_invalid',
  ],
  [
    'a text that is too long',
    eventLine('e', 'turn.transcribed', { call_id: 'c', turn_id: 't', speaker: 'agent', text: 'a'.repeat(16_385) }),
    'field_invalid',
  ],
  [
    'a start in the year 9999',
    eventLine('e', 'turn.transcribed', {
      call_id: 'c',
      turn_id: 't',
      speaker: 'agent',
      started_at: '9999-01-01T00:00:00Z',
    }),
    'field_invalid',
  ],
  ['a subject that is something else', ringing(',"subject":"c-2"'), 'subject_mismatch'],
];

/** Lines that look suspicious and must be let in. */
const HARMLESS: readonly (readonly [string, string])[] = [
  ['1.0 for an integer', ended('"duration_ms":1.0')],
  ['-0', ended('"duration_ms":-0')],
  [
    'a number that is too small to be one',
    eventLine('e', 'call.amd', { call_id: 'c', answered_by: 'human' }).replace('"c"', '"c","confidence":1e-400'),
  ],
  ['NUL, a tab and an override of direction in an id', ringing('').replace('"id":"e"', '"id":"\\u0000\\t‮e"')],
  ['SQL in an id', ringing('').replace('"id":"e"', `"id":"'; drop table calls; --"`)],
  ['an unknown field', ringing('', '"call_id":"c-1","toString":1')],
  ['an event a year old', at('2024-10-07T14:03:12Z')],
  ['a clock two minutes ahead', at('2025-10-07T20:02:00Z')],
  ['an emoji of several parts', ringing('').replace('"id":"e"', '"id":"👩‍👧"')],
  ['data before the envelope', ringing('').replace(/^\{(.*),("data":\{.*\})\}$/, '{$2,$1}')],
];

/** Every one of them between two events. */
async function landPoison() {
  const data_dir = dataDir();
  const landing = await openLanding(data_dir, { line_bytes_max: LINE_BYTES_MAX });
  const lines = POISON.flatMap(([, line], index) => [eventLine(`before-${index}`), line, eventLine(`after-${index}`)]);
  const frames = await landAll(landing, chunkOf(lines));
  await landing.close();
  const stored = await allFrames(data_dir);
  return { frames, stored, conservation: landing.conservation, key: openStoreKeys(data_dir, 'test').rejected };
}

describe('the door', () => {
  let all: Awaited<ReturnType<typeof landPoison>>;
  beforeAll(async () => {
    all = await landPoison();
  });

  test('goes on through everything that is kept out, and counts it', () => {
    expect(rowsOf(eventsOf(all.frames).map(({ batch }) => batch)).map(({ event_id }) => event_id)).toEqual(
      POISON.flatMap((_, index) => [`before-${index}`, `after-${index}`]),
    );
    const counts = { received: POISON.length * 3, landed: POISON.length * 2, rejected: POISON.length };
    expect(all.conservation).toEqual({ ...counts, duplicate: 0, late: 0 });
  });

  test.each(POISON.map(([name, line, reason], index) => [name, line, reason, index] as const))(
    'keeps out %s',
    (_, line, reason, index) => {
      const bytes = Buffer.from(line);
      const rejected = rejectedOf(all.frames)[index]!;
      const place = { input: INPUT, partition: 'calls.ndjson', offset: index * 3 + 2 };
      expect(rejected).toMatchObject({ ...place, reason, bytes_length: bytes.length });
      expect(rejected.detail.length).toBeLessThanOrEqual(300);
      expect(rejected.content_hash).toMatch(/^[0-9a-f]{16}$/);
      const kept = unseal(all.key, rejected.sealed_bytes);
      expect(kept.equals(bytes.subarray(0, REJECTED_LINE_BYTES_MAX))).toBe(true);
    },
  );

  test('finds in the log what it kept out', () => {
    expect(rejectedOf(all.stored)).toEqual(rejectedOf(all.frames));
  });

  test.each(HARMLESS)('lets in %s', async (_, line) => {
    const landing = await openLanding(dataDir());
    await landAll(landing, chunkOf([line]));
    expect(landing.conservation).toMatchObject({ received: 1, landed: 1 });
    await landing.close();
  });

  test('is not moved by what it keeps out: no watermark, no known id', async () => {
    const landing = await openLanding(dataDir());
    await landAll(landing, chunkOf([at('2025-10-07T21:00:00Z'), at('1970-01-01T00:00:00Z')]));
    expect(landing.watermark_us).toBe(Number.NEGATIVE_INFINITY);
    await landAll(landing, chunkOf([at('2025-10-07T19:00:00Z')]));
    expect(landing.conservation).toEqual({ received: 3, landed: 1, rejected: 2, duplicate: 0, late: 0 });
    await landing.close();
  });

  test('reads lines that end with CR LF, and a last line that lacks its end', async () => {
    const landing = await openLanding(dataDir());
    const bytes = Buffer.from(`${eventLine('a')}\r\n${eventLine('b')}\r\n\r\n${eventLine('c')}`);
    const frames = await landAll(landing, chunkOf([], { bytes }));
    expect(landing.conservation).toMatchObject({ received: 4, landed: 3, rejected: 1 });
    expect(rejectedOf(frames)[0]).toMatchObject({ reason: 'empty_line', offset: 3, bytes_length: 0 });
    await landing.close();
  });

  test('sees no line after the last line feed', async () => {
    const landing = await openLanding(dataDir());
    await landAll(landing, chunkOf([eventLine('a')]), chunkOf([], { first_offset: 2 }));
    expect(landing.conservation).toMatchObject({ received: 1, landed: 1 });
    await landing.close();
  });

  test('passes over one byte order mark where a partition begins, and nowhere else', async () => {
    const marked = (id: string) => `\ufeff${eventLine(id)}`;
    const data_dir = dataDir();
    const landing = await openLanding(data_dir);
    await landAll(landing, chunkOf([marked('a'), marked('b')]));
    await landAll(landing, chunkOf([marked('c')], { first_offset: 3 }));
    await landAll(landing, chunkOf([marked('d')], { partition: 'other.ndjson' }));
    await landAll(landing, chunkOf([`\ufeff\ufeff${eventLine('e')}`], { partition: 'third.ndjson' }));
    await landing.close();
    const rows = rowsOf(eventsOf(await allFrames(data_dir)).map(({ batch }) => batch));
    expect(rows.map(({ event_id }) => event_id)).toEqual(['a', 'd']);
    expect(landing.conservation).toMatchObject({ received: 5, rejected: 3 });
  });

  test('bounds the rejected lines of a frame, by count and by bytes', async () => {
    const landing = await openLanding(dataDir());
    const frames = await landAll(landing, chunkOf(Array.from({ length: REJECTED_LINES_MAX + 1 }, () => 'x')));
    expect(eventsOf(frames).map(({ rejected }) => rejected.length)).toEqual([REJECTED_LINES_MAX, 1]);
    await landing.close();
    const small = await openLanding(dataDir(), { batch_bytes_max: 10_000 });
    const long = await landAll(small, chunkOf(Array.from({ length: 9 }, () => 'x'.repeat(4_000))));
    expect(eventsOf(long).map(({ rejected }) => rejected.length)).toEqual([3, 3, 3]);
    await small.close();
  });
});
