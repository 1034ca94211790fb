import type { RejectionReason } from '../../contracts/event.js';
import { LINE_BYTES_MAX } from '../end-to-end/yardsticks.js';

/**
 * Bad input that a source of files can bring, a line of each class: for every reason for which a line is kept out but the
 * failure of the decoder itself, and events that come twice. Most are made of the event before them, as senders do.
 */
export interface PoisonClass {
  readonly name: string;
  /** Why it is kept out; null for what is a duplicate. */
  readonly reason: RejectionReason | null;
  /** @param event the event before it, as its line */
  line(event: string): string | Uint8Array;
}

const DEEP = 30_000;
const MANY = 2_000;
const LONG = 66_000;

/** Without its id there are no two events of one id: the class is what the line is kept out for. */
const renamed = (event: string) => event.replace(/"id":"/, '"id":"poison-');
const withData = (event: string, data: string) => renamed(event).replace('"data":{', `"data":{${data},`);
const at = (event: string, time: string) => renamed(event).replace(/"time":"[^"]*"/, `"time":"${time}"`);
const ended = (event: string, data: string) =>
  renamed(event)
    .replace(/"type":"[^"]*"/, '"type":"call.ended"')
    .replace(/"data":\{.*$/, `"data":{"call_id":"poison","disposition":"completed",${data}}}`);
const bytes = (text: string, ...rest: number[]) => Buffer.concat([Buffer.from(text), Buffer.from(rest)]);

export const POISON_CLASSES: readonly PoisonClass[] = [
  { name: 'truncated JSON', reason: 'json_syntax', line: (event) => renamed(event).slice(0, -2) },
  { name: 'an empty line', reason: 'empty_line', line: () => '' },
  { name: 'null', reason: 'not_an_object', line: () => 'null' },
  { name: 'bytes that are not UTF-8', reason: 'invalid_utf8', line: (event) => bytes(event, 0xc0, 0xaf) },
  { name: 'half a surrogate pair', reason: 'json_syntax', line: (event) => withData(event, '"x":"\\ud800"') },
  { name: 'UTF-16', reason: 'invalid_utf8', line: () => Buffer.from('\ufeff{}', 'utf16le') },
  { name: 'NaN', reason: 'json_syntax', line: (event) => ended(event, '"duration_ms":NaN') },
  { name: '1e400', reason: 'number_out_of_range', line: (event) => ended(event, '"duration_ms":1e400') },
  { name: '2^53 + 1', reason: 'number_out_of_range', line: (event) => ended(event, '"cost_micros":9007199254740993') },
  {
    name: '30 digits',
    reason: 'number_out_of_range',
    line: (event) => ended(event, `"cost_micros":${'9'.repeat(30)}`),
  },
  { name: 'a key twice', reason: 'duplicate_key', line: (event) => ended(event, '"duration_ms":1,"duration_ms":2') },
  { name: '__proto__', reason: 'json_syntax', line: (event) => withData(event, '"__proto__":{"a":1}') },
  { name: 'arrays 30,000 deep', reason: 'json_depth', line: () => `{"id":${'['.repeat(DEEP)}` },
  { name: 'a line over the bound', reason: 'line_too_long', line: (event) => event + ' '.repeat(LINE_BYTES_MAX) },
  { name: '2,000 keys', reason: 'json_keys', line: (event) => withData(event, keys(MANY)) },
  { name: 'a string of 66,000', reason: 'json_string', line: (event) => withData(event, `"x":"${'y'.repeat(LONG)}"`) },
  {
    name: 'a string of 6,000',
    reason: 'extra_too_large',
    line: (event) => withData(event, `"x":"${'y'.repeat(6_000)}"`),
  },
  { name: 'a string for a number', reason: 'field_invalid', line: (event) => ended(event, '"duration_ms":"12,5"') },
  { name: 'a negative duration', reason: 'field_invalid', line: (event) => ended(event, '"duration_ms":-1') },
  { name: 'microseconds', reason: 'unit_suspect', line: (event) => ended(event, '"duration_ms":90000000') },
  { name: 'seconds', reason: 'unit_suspect', line: (event) => ended(event, '"duration_ms":45,"talk_ms":41800') },
  { name: '1970', reason: 'time_implausible', line: (event) => at(event, '1970-01-01T00:00:00Z') },
  { name: '2100', reason: 'time_in_future', line: (event) => at(event, '2100-01-01T00:00:00Z') },
  { name: 'the year 275761', reason: 'time_invalid', line: (event) => at(event, '+275761-01-01T00:00:00Z') },
  { name: 'no zone', reason: 'time_invalid', line: (event) => at(event, '2025-10-07T14:03:12') },
  { name: 'a leap second', reason: 'time_invalid', line: (event) => at(event, '2016-12-31T23:59:60Z') },
  { name: 'the same event', reason: null, line: (event) => event },
  { name: 'its keys and spaces otherwise', reason: null, line: (event) => respelled(event) },
  { name: 'its id with other words', reason: 'id_conflict', line: (event) => conflicting(event) },
  {
    name: 'an unknown type',
    reason: 'unknown_type',
    line: (event) => renamed(event).replace('"type":"', '"type":"x.'),
  },
  { name: 'another version', reason: 'envelope_invalid', line: (event) => renamed(event).replace('"1.0"', '"0.3"') },
  { name: 'no id', reason: 'envelope_invalid', line: (event) => event.replace(/"id":"[^"]*",/, '') },
  {
    name: 'a field that is missing',
    reason: 'field_missing',
    line: (event) => ended(event, '"x":1').replace('"call_id":"poison",', ''),
  },
  { name: 'null for a number', reason: 'field_invalid', line: (event) => ended(event, '"duration_ms":null') },
  {
    name: 'markup and SQL',
    reason: 'unknown_type',
    line: (event) => renamed(event).replace('"type":"', `"type":"<script>'; drop table calls; --`),
  },
  {
    name: 'another subject',
    reason: 'subject_mismatch',
    line: (event) => ended(event, '"x":1').replace('{', '{"subject":"another",'),
  },
];

function keys(count: number): string {
  return Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',');
}

function respelled(event: string): string {
  const { data, ...envelope } = JSON.parse(event) as { readonly data: object };
  return JSON.stringify({ data, ...envelope }, null, 1).replaceAll('\n', ' ');
}

function conflicting(event: string): string {
  return event.replace('"data":{', '"data":{"said":"otherwise",');
}
