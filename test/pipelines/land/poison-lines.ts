import type { RejectionReason } from '../../../contracts/event.js';
import { before, eventLine } from './opened-landing.js';

/**
 * Everything that must not come through the door, and what looks as if it must not. The classes are those of the page on
 * bad input; those that only a broker or a web server can bring are not here.
 */

const ringing = (more: string, data = '"call_id":"c-1"') =>
  `{"specversion":"1.0","id":"e","source":"fleet","type":"call.ringing","time":"${before(0)}","data":{${data}}${more}}`;
const ended = (data: string) =>
  eventLine('e', 'call.ended').replace('"call_id":"c-1"', `"call_id":"c-1","disposition":"busy",${data}`);
const at = (time: string) => eventLine('e', 'call.ringing', { call_id: 'c-1' }, { time });
export const LINE_BYTES_MAX = 65_536;
const DEEP = 100_000;

/** Lines that must be kept out, and why. */
export const POISON: readonly (readonly [string, string | Uint8Array, RejectionReason])[] = [
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
  ['Infinity', ended('"duration_ms":Infinity'), 'json_syntax'],
  ['-Infinity', ended('"duration_ms":-Infinity'), 'json_syntax'],
  ['1e400', ended('"duration_ms":1e400'), 'number_out_of_range'],
  ['2^53 + 1', ended('"cost_micros":9007199254740993'), 'number_out_of_range'],
  ['an integer of 30 digits', ended(`"cost_micros":${'9'.repeat(30)}`), 'number_out_of_range'],
  ['a key twice', ended('"duration_ms":1,"duration_ms":2'), 'duplicate_key'],
  ['a key twice in the envelope', ringing(',"id":"f"'), 'duplicate_key'],
  ['a key twice, once escaped', ringing(',"\\u0069d":"f"'), 'duplicate_key'],
  ['__proto__', ringing(',"__proto__":{"type":"call.ended"}'), 'json_syntax'],
  ['constructor in data', ringing('', '"call_id":"c-1","constructor":{"prototype":{}}'), 'json_syntax'],
  ['prototype', ringing(',"x":{"prototype":1}'), 'json_syntax'],
  ['constructor, escaped', ringing(',"\\u0063onstructor":1'), 'json_syntax'],
  ['arrays 100,000 deep', `{"id":${'['.repeat(DEEP / 2)}`, 'json_depth'],
  ['objects 100,000 deep', `{"data":${'{"a":'.repeat(DEEP / 10)}`, 'json_depth'],
  ['a line over the bound', `${ringing(`,"x":"${'y'.repeat(LINE_BYTES_MAX)}"`)}`, 'line_too_long'],
  [
    '4,000 unknown keys',
    ringing(`,${Array.from({ length: 4_000 }, (_, index) => `"k${index}":1`).join(',')}`),
    'json_keys',
  ],
  [
    'as many keys in `data`',
    ringing('', `"call_id":"c-1",${Array.from({ length: 4_000 }, (_, index) => `"k${index}":1`).join(',')}`),
    'json_keys',
  ],
  [
    'fewer keys, but more than are kept',
    ringing(`,${Array.from({ length: 900 }, (_, index) => `"k${index}":1`).join(',')}`),
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
  ['the year 275761', at('+275761-01-01T00:00:00Z'), 'time_invalid'],
  ['a time with a zone in words', at('2025-10-07T14:03:12 Europe/Berlin'), 'time_invalid'],
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
  ['a decimal comma', ended('"duration_ms":"12,5"'), 'field_invalid'],
  ['no text for a number', ended('"duration_ms":""'), 'field_invalid'],
  ['null for an optional number', ended('"duration_ms":null'), 'field_invalid'],
  ['microseconds for milliseconds', ended('"duration_ms":90000000'), 'unit_suspect'],
  ['more microseconds than are exact', ended('"talk_ms":9007199254740992'), 'number_out_of_range'],
  ['a duration in seconds beside one in milliseconds', ended('"duration_ms":45,"talk_ms":41800'), 'unit_suspect'],
  [
    'a duration that is too long, and a status that there is not',
    ended('"duration_ms":90000000,"sip_code":7'),
    'field_invalid',
  ],
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
  [
    'an end before the start',
    eventLine('e', 'turn.transcribed', {
      call_id: 'c',
      turn_id: 't',
      speaker: 'agent',
      started_at: '2025-10-07T14:00:01Z',
      ended_at: '2025-10-07T14:00:00.999Z',
    }),
    'field_invalid',
  ],
  [
    'an unknown value of a closed list',
    eventLine('e', 'turn.started', { call_id: 'c', turn_id: 't', speaker: 'bot' }),
    'field_invalid',
  ],
  [
    'a percentage for a share',
    eventLine('e', 'action.proposed', { action_id: 'a', action: 'dial', readiness: 87 }),
    'field_invalid',
  ],
  ['a subject that is something else', ringing(',"subject":"c-2"'), 'subject_mismatch'],
];

/** Lines that look suspicious and must be let in. */
export const HARMLESS: readonly (readonly [string, string])[] = [
  ['1.0 for an integer', ended('"duration_ms":1.0')],
  ['-0', ended('"duration_ms":-0')],
  [
    'a number that is too small to be one',
    eventLine('e', 'call.amd', { call_id: 'c', answered_by: 'human' }).replace('"c"', '"c","confidence":1e-400'),
  ],
  ['NUL, a tab and an override of direction in an id', ringing('').replace('"id":"e"', '"id":"\\u0000\\t‮e"')],
  ['SQL in an id', ringing('').replace('"id":"e"', `"id":"'; drop table calls; --"`)],
  ['a formula in an id', ringing('').replace('"id":"e"', '"id":"=cmd|\' /C calc\'!A0"')],
  ['markup in an id', ringing('').replace('"id":"e"', '"id":"<script>alert(1)</script>"')],
  ['a line feed in an id', ringing('').replace('"id":"e"', '"id":"a\\nb"')],
  ['a value that an open list does not name', ended('"hangup_by":"carrier_pigeon"')],
  [
    'a share that was not measured',
    eventLine('e', 'call.amd', { call_id: 'c', answered_by: 'human', confidence: null }),
  ],
  [
    'an end that is the start',
    eventLine('e', 'turn.transcribed', {
      call_id: 'c',
      turn_id: 't',
      speaker: 'agent',
      started_at: '2025-10-07T14:00:01Z',
      ended_at: '2025-10-07T14:00:01Z',
    }),
  ],
  ['the longest call there is', ended('"duration_ms":86400000,"talk_ms":86400000')],
  ['talk that a duration in whole seconds is a little too short for', ended('"duration_ms":1000,"talk_ms":1980')],
  ['talk of a call whose duration was not measured', ended('"duration_ms":0,"talk_ms":42000')],
  ['an unknown field', ringing('', '"call_id":"c-1","toString":1')],
  ['an event a year old', at('2024-10-07T14:03:12Z')],
  ['a clock two minutes ahead', at('2025-10-07T20:02:00Z')],
  ['an emoji of several parts', ringing('').replace('"id":"e"', '"id":"👩‍👧"')],
  ['data before the envelope', ringing('').replace(/^\{(.*),("data":\{.*\})\}$/, '{$2,$1}')],
];
