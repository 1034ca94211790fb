import { z } from 'zod';
import {
  DIMENSIONS,
  EVENT_DATA,
  EVENT_TYPES,
  type EventType,
  EXTRA_BYTES_MAX,
  envelopeSchema,
  REJECTION_REASONS,
  type RejectionReason,
  UNIT_RATIO_MAX,
} from '../../contracts/event.js';
import { EVENT_COLUMNS, TEXT_MARKS } from '../../contracts/event-columns.js';
import { FIELDS } from '../../pipelines/decode/fields.js';
import { WITHHELD_NAMES } from '../../pipelines/privacy/without-persons.js';
import { type JsonSchema, kindText } from './field-rows.js';
import { code, codes, page, table } from './markdown.js';

/** Fields that leave no column of their own. */
const WITHHELD: Readonly<Record<string, string>> = {
  callee: 'who is called; becomes a keyed token at the door and goes no further',
  text: 'what was said; read for marks at the door, kept apart and encrypted, never in the log',
  applied_value: 'what the control plane set; kept in `extra`',
};
const REASONS: Readonly<Record<RejectionReason, string>> = {
  empty_line: 'a line without a character',
  line_too_long: 'a line over `land.line_bytes_max`, or over the `line_bytes_max` of its source',
  invalid_utf8: 'bytes that are not UTF-8',
  json_syntax: 'what is not JSON by RFC 8259, NaN and half surrogate pairs among it',
  json_depth: 'JSON nested deeper than `land.depth_max`',
  duplicate_key: 'an object with a key twice',
  number_out_of_range: 'a number that is not finite, or an integer beyond 2^53',
  not_an_object: 'JSON that is no object',
  envelope_invalid: 'an envelope without a required attribute, or with a wrong one',
  unknown_type: 'a type that is not on this page',
  field_missing: 'a required field of `data` that is not there',
  field_invalid: 'a field of `data` of a wrong kind or out of its range',
  subject_mismatch: 'a `subject` that is not the id of what the event is about',
  time_invalid: 'a `time` without a zone, or that is in no calendar',
  time_implausible: 'a `time` before 2000',
  time_in_future: 'a `time` more than `land.future_max` after its arrival',
  extra_too_large: 'more than is kept of fields beyond the contract',
  json_keys: 'more keys than `land.keys_max`',
  json_string: 'a string over `land.string_length_max`',
  processing_failed: 'a line that the decoder failed on, or that was in hand when the process ended twice',
  unit_suspect:
    'a duration that is no duration in milliseconds: longer than its bound above, or `talk_ms` of more than ' +
    `${UNIT_RATIO_MAX} times the \`duration_ms\` of the same ending`,
  id_conflict:
    'an event with the `source` and `id` of one that has landed, that says something else; the first stands. Key order, ' +
    'white space and spelling do not count; of a text its length does, `callee` does not',
  apply_failed:
    'an event that landed and that the store cannot take: it is left out from some frame on, `partition` is the frame that holds it, ' +
    '`offset` its ordinal (`seq`). It counts as landed',
};
const IS_DIMENSION: ReadonlySet<string> = new Set(DIMENSIONS);

export function eventsPage(): string {
  const dimensions = properties('source.watermark');
  return page(
    'Events',
    'The input of Plumbline: CloudEvents 1.0, one JSON object a line. `id` and `source` together name an event; ' +
      '`time` is when it happened. A line that breaks a rule of this page is kept apart with its reason and counted. ' +
      'JSON Schemas of the whole events stand in [schemas](schemas/).',
    '## Envelope',
    fieldTable(z.toJSONSchema(envelopeSchema) as JsonSchema, () => ''),
    '`subject`, when present, is the id of what the event is about. Other attributes are kept in `extra`.',
    '## Dimensions',
    'Optional fields of `data` of every type. Given once for a call, a dimension holds for the whole call; of two values ' +
      "the first stands. `caller_id` is the fleet's own number and stays readable.",

    fieldTable({ properties: pick(dimensions, (name) => IS_DIMENSION.has(name)) }, meaning),
    '## Types',
    `An unknown value of an open list becomes \`unknown\`, and the raw value is kept. An unknown field of \`data\` is kept in \`extra\`, up to ${EXTRA_BYTES_MAX} bytes of JSON.`,
    'What is kept of unknown fields, of raw values and of `reason` holds no number and no text that can be told for one. Left out at any ' +
      `depth, however they are spelt, are fields with the names ${codes(WITHHELD_NAMES)}. Masked (\`+*\`) are numbers in international ` +
      'form, grouped or not, those behind `tel:` and `sip:`, the `callee` of the event in whatever form, and in `reason` ' +
      'seven digits or more. A national number or a text under another name is not known for one: do not send it.',
    ...EVENT_TYPES.flatMap(typeSection),
    '## Events of one call',
    'They may come in any order while the call is open. Of what several events say of the same thing, the first in the ' +
      'log stands; so does the first ending, and `calls.endings` counts them. A call settles when event time has passed its ' +
      'end by `observe.settle`, or its first event by `observe.call_open_max` where no end came (`calls.is_timed_out`). ' +
      'What comes for a call that has settled opens it no more: it is kept in `stray_events`. A call without a ' +
      '`call.initiated` begins with its first event (`calls.is_start_synthetic`).',
    '## Rejection reasons',
    'Nothing of what is kept out is guessed at or put right: its bytes, place and reason are kept, and counted.',
    table(
      ['reason', 'what is kept out'],
      REJECTION_REASONS.map((reason) => [code(reason), REASONS[reason]]),
    ),
    '## Columns of the landing log',
    'What an event is once it is past the door: the columns of the Arrow record batches in `log/`.',
    table(
      ['column', 'form', 'always', 'content'],
      EVENT_COLUMNS.map(({ name, form, required, values, description }) => [
        code(name),
        form,
        required === true ? 'yes' : '',
        values === undefined ? description : `${description}: ${codes(values)}`,
      ]),
    ),
    `Bits of \`text_marks\`, from the lowest: ${codes(TEXT_MARKS)}.`,
  );
}

function typeSection(type: EventType): string[] {
  const schema = z.toJSONSchema(EVENT_DATA[type]) as JsonSchema;
  const own = pick(
    schema.properties ?? {},
    (name) => !IS_DIMENSION.has(name) || schema.required?.includes(name) === true,
  );
  const fields = fieldTable({ ...schema, properties: own }, meaning);
  return [`### ${type}`, fields === '' ? 'No field of its own.' : fields, rulesOf(type, schema).join('. ')];
}

function fieldTable(schema: JsonSchema, meaningOf: (name: string) => string): string {
  const rows = Object.entries(schema.properties ?? {})
    .map(([name, field]) => ({ name, field, is_required: schema.required?.includes(name) === true }))
    .sort((left, right) => Number(right.is_required) - Number(left.is_required));
  return table(
    ['field', 'required', 'takes', 'meaning'],
    rows.map(({ name, field, is_required }) => [
      code(name),
      is_required ? 'yes' : '',
      kindText(field),
      meaningOf(name),
    ]),
  );
}

/** What its column says of a field, in the form that the field has before it becomes a column. */
function meaning(name: string): string {
  const column = FIELDS.find((field) => field.name === name)?.column ?? -1;
  const text = WITHHELD[name] ?? EVENT_COLUMNS[column]?.description ?? '';
  return IS_DIMENSION.has(name) ? '' : text.replace(', parts per million', '').replace(/^1 when/, 'true when');
}

function properties(type: EventType): Readonly<Record<string, JsonSchema>> {
  return (z.toJSONSchema(EVENT_DATA[type]) as JsonSchema).properties ?? {};
}

function pick<Value>(record: Readonly<Record<string, Value>>, isWanted: (name: string) => boolean) {
  return Object.fromEntries(Object.entries(record).filter(([name]) => isWanted(name)));
}

/** What the fields alone do not say: the complaints about data that has every required field and nothing else. */
function rulesOf(type: EventType, schema: JsonSchema): string[] {
  const least = (schema.required ?? []).map((name) => {
    const field = schema.properties![name]!;
    return [name, field.enum?.[0] ?? 'x'];
  });
  const parsed = EVENT_DATA[type].safeParse(Object.fromEntries(least));
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => message);
}
