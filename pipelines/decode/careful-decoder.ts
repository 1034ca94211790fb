import { z } from 'zod';
import {
  EVENT_DATA,
  EVENT_TYPES,
  type EventType,
  EXTRA_BYTES_MAX,
  envelopeSchema,
  UNIT_RATIO_MAX,
} from '../../contracts/event.js';
import { maskDigits } from '../privacy/mask-numbers.js';
import { isWithheld, withoutPersons } from '../privacy/without-persons.js';
import {
  COLUMN,
  FIELD,
  FIELD_INDEX,
  FIELD_OF_TYPE,
  FIELDS,
  type Field,
  isBackwards,
  SUBJECT_OF_TYPE,
  unitsDisagree,
} from './fields.js';
import { hashBytes, lanes } from './hash.js';
import { instantUs } from './instant.js';
import type { Refusal, Row } from './row.js';
import { SideBuffer } from './side-buffer.js';
import { type JsonLimits, JsonRefused, parseStrictJson } from './strict-json.js';

/** Envelope attributes that have a place of their own, or say nothing beyond the contract. */
const NAMED = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'subject',
  'datacontenttype',
  'dataschema',
  'data',
]);
/** What a type looks like that may be repeated in a message: nothing that could be a number or a text. */
const TYPE_NAME = /^[a-z][a-z_]*(?:\.[a-z][a-z_]*){0,4}$/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const DETAIL_LENGTH_MAX = 300;

/**
 * The truth about a line: strict UTF-8, strict JSON, then the contract's schemas. Takes what the fast decoder leaves,
 * and alone says why something is refused; what it says repeats no value of the line.
 */
export class CarefulDecoder {
  readonly #limits: JsonLimits;
  readonly #side = new SideBuffer();

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  /** Decodes bytes [from, to) into `row`; null when taken, else why not. */
  decode(bytes: Uint8Array, from: number, to: number, row: Row): Refusal | null {
    const text = decodeUtf8(bytes.subarray(from, to));
    if (text === null) return { reason: 'invalid_utf8', detail: 'not UTF-8' };
    try {
      return this.#event(parseStrictJson(text, this.#limits), row);
    } catch (error) {
      if (error instanceof JsonRefused) return { reason: error.reason, detail: error.message };
      throw error;
    }
  }

  #event(value: unknown, row: Row): Refusal | null {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      return { reason: 'not_an_object', detail: 'a line holds one JSON object' };
    const envelope = envelopeSchema.safeParse(value);
    if (!envelope.success) return envelopeRefusal(value as Record<string, unknown>, envelope.error);
    const event = envelope.data;
    const type = EVENT_TYPES.indexOf(event.type as EventType);
    if (type < 0) return { reason: 'unknown_type', detail: unknownType(event.type) };
    const data = EVENT_DATA[event.type as EventType].safeParse(event.data);
    if (!data.success) return dataRefusal(event.data, data.error);
    this.#side.reset();
    row.begin(this.#side.bytes);
    row.type = type;
    row.event_time_us = this.#instant(event.time);
    if (Number.isNaN(row.event_time_us))
      return { reason: 'time_invalid', detail: `time "${event.time}" is no day of the calendar` };
    row.setNumber(COLUMN.type!, type);
    row.setNumber(COLUMN.event_time!, row.event_time_us);
    this.#span(row, COLUMN.event_id!, event.id);
    this.#span(row, COLUMN.source!, event.source);
    const extra: Record<string, unknown> = {};
    for (const [key, attribute] of Object.entries(event))
      if (!NAMED.has(key) && !isWithheld(key)) extra[key] = attribute;
    const refusal =
      this.#data(row, event.data, extra) ??
      subjectRefusal(event.subject, type, event.data) ??
      this.#extra(row, extra, calleeOf(type, event.data));
    if (refusal !== null) return refusal;
    if (isBackwards(row)) return { reason: 'field_invalid', detail: 'ended_at lies before started_at' };
    if (unitsDisagree(row))
      return {
        reason: 'unit_suspect',
        detail: `talk_ms is more than ${UNIT_RATIO_MAX} times duration_ms: one of them is not in milliseconds`,
      };
    this.#keys(row, event.source, event.id, event.data);
    row.bytes = this.#side.bytes;
    return null;
  }

  #data(row: Row, data: Record<string, unknown>, extra: Record<string, unknown>): Refusal | null {
    const uses = FIELD_OF_TYPE[row.type]!;
    const unknown: Record<string, unknown> = {};
    const raw: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(data)) {
      const index = FIELD_INDEX.get(key);
      if (index === undefined || uses[index] === 0) {
        if (!isWithheld(key)) unknown[key] = value;
        continue;
      }
      const refusal = this.#field(row, FIELDS[index]!, value, raw);
      if (refusal !== null) return refusal;
    }
    if (Object.keys(unknown).length > 0) extra.data = unknown;
    if (Object.keys(raw).length > 0) extra.raw = raw;
    return null;
  }

  #field(row: Row, field: Field, value: unknown, raw: Record<string, unknown>): Refusal | null {
    switch (field.kind) {
      case 'integer':
        row.setNumber(field.column, value as number);
        return null;
      case 'share':
        if (value !== null) row.setNumber(field.column, Math.round((value as number) * 1_000_000));
        return null;
      case 'boolean':
        row.setNumber(field.column, value === true ? 1 : 0);
        return null;
      case 'closed':
        row.setNumber(field.column, field.values.indexOf(value as string));
        return null;
      case 'open': {
        const code = field.values.indexOf(value as string);
        if (code < 0) raw[field.name] = value;
        row.setNumber(field.column, code < 0 ? field.values.indexOf('unknown') : code);
        return null;
      }
      case 'instant': {
        const instant = this.#instant(value as string);
        if (!(instant >= field.min && instant <= field.max))
          return { reason: 'field_invalid', detail: `${field.name} is no instant from 2000 until 2100` };
        row.setNumber(field.column, instant);
        return null;
      }
      case 'raw':
        raw[field.name] = value;
        return null;
      case 'phone':
        [row.callee_from, row.callee_to] = this.#side.add(value as string);
        return null;
      case 'text':
        [row.text_from, row.text_to] = this.#side.add(value as string);
        return null;
      case 'reason':
        this.#span(row, field.column, maskDigits(value as string));
        return null;
      default:
        this.#span(row, field.column, value as string);
        return null;
    }
  }

  /** What the contract does not name, as bounded JSON. @param callee of the event; null where it names none */
  #extra(row: Row, extra: Record<string, unknown>, callee: string | null): Refusal | null {
    if (Object.keys(extra).length === 0) return null;
    const text = JSON.stringify(withoutPersons(extra, callee));
    const length = Buffer.byteLength(text);
    if (length > EXTRA_BYTES_MAX)
      return {
        reason: 'extra_too_large',
        detail: `fields beyond the contract take ${length} bytes; ${EXTRA_BYTES_MAX} are kept`,
      };
    this.#span(row, COLUMN.extra!, text);
    return null;
  }

  #span(row: Row, column: number, text: string): void {
    const [from, to] = this.#side.add(text);
    row.setSpan(column, from, to);
  }

  #instant(text: string): number {
    const [from, to] = this.#side.add(text);
    return instantUs(this.#side.bytes, from, to);
  }

  /** Hashes: the fingerprint of (source, id), and the keys of call, turn and account where the type has them. */
  #keys(row: Row, source: string, id: string, data: Record<string, unknown>): void {
    const uses = FIELD_OF_TYPE[row.type]!;
    const has = (field: number) => uses[field] !== 0 && typeof data[FIELDS[field]!.name] === 'string';
    this.#hash(source);
    this.#hash(id, lanes[0]!);
    row.fingerprint.set(lanes);
    if (has(CALL_ID)) {
      this.#hash(data.call_id as string);
      row.setKey(COLUMN.call_key!, lanes[0]!, lanes[1]!);
      if (has(TURN_ID)) {
        this.#hash(data.turn_id as string, lanes[0]!);
        row.setKey(COLUMN.turn_key!, lanes[0]!, lanes[1]!);
      }
    }
    if (has(ACCOUNT_ID)) {
      this.#hash(data.account_id as string);
      row.setKey(COLUMN.account_key!, lanes[0]!, lanes[1]!);
    }
  }

  #hash(text: string, seed = 0): void {
    const [from, to] = this.#side.add(text);
    hashBytes(this.#side.bytes, from, to, seed);
  }
}

function calleeOf(type: number, data: Record<string, unknown>): string | null {
  return FIELD_OF_TYPE[type]![CALLEE]! === 0 ? null : ((data.callee as string | undefined) ?? null);
}

const CALLEE = FIELD.callee!;
const CALL_ID = FIELD.call_id!;
const TURN_ID = FIELD.turn_id!;
const ACCOUNT_ID = FIELD.account_id!;

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

function subjectRefusal(subject: string | undefined, type: number, data: Record<string, unknown>): Refusal | null {
  if (subject === undefined) return null;
  const present = SUBJECT_OF_TYPE[type]!.map((field) => data[FIELDS[field]!.name]).filter(
    (value) => value !== undefined,
  );
  if (present.length === 0 || present.includes(subject)) return null;
  return { reason: 'subject_mismatch', detail: 'subject is not the id of what the event is about' };
}

function unknownType(type: string): string {
  return TYPE_NAME.test(type) ? `type "${type}" is not in the contract` : 'type is not in the contract';
}

/** What is wrong, on one line: values are not repeated. */
function detailOf(error: z.ZodError): string {
  return z
    .prettifyError(error)
    .replaceAll(/\s*\n\s*/g, ' ')
    .slice(0, DETAIL_LENGTH_MAX);
}

function envelopeRefusal(value: Record<string, unknown>, error: z.ZodError): Refusal {
  const detail = detailOf(error);
  const timeOnly = error.issues.every((issue) => issue.path[0] === 'time') && typeof value.time === 'string';
  return { reason: timeOnly ? 'time_invalid' : 'envelope_invalid', detail };
}

/** A required field that is not there outweighs one that is wrong, and that one a duration that is too long. */
function dataRefusal(data: Record<string, unknown>, error: z.ZodError): Refusal {
  const detail = detailOf(error);
  const isMissing = error.issues.some(
    ({ path, code }) => code === 'custom' || (path.length === 1 && !Object.hasOwn(data, path[0] as string)),
  );
  if (isMissing) return { reason: 'field_missing', detail };
  if (!error.issues.every(isTooLong)) return { reason: 'field_invalid', detail };
  return { reason: 'unit_suspect', detail: `${detail}; is it in milliseconds?`.slice(0, DETAIL_LENGTH_MAX) };
}

/** Whether a duration is longer than anything that is in milliseconds can be. */
function isTooLong({ code, path }: z.core.$ZodIssue): boolean {
  return code === 'too_big' && String(path[0]).endsWith('_ms');
}
