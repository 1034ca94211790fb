import { z } from 'zod';
import { type EventType, EVENT_DATA, EVENT_TYPES, EXTRA_BYTES_MAX, envelopeSchema } from '../../contracts/event.js';
import { COLUMN, FIELD_INDEX, FIELD_OF_TYPE, FIELDS, type Field, SUBJECT_FIELDS } from './fields.js';
import { hashBytes, lanes } from './hash.js';
import { instantUs } from './instant.js';
import type { Refusal, Row } from './row.js';
import { JsonRefused, parseStrictJson } from './strict-json.js';

/** Envelope attributes that have a place of their own, or say nothing beyond the contract. */
const NAMED = new Set(['specversion', 'id', 'source', 'type', 'time', 'subject', 'datacontenttype', 'dataschema', 'data']);
/** A callee's number or a text is never kept as an unknown field. */
const WITHHELD = new Set(['callee', 'text']);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const DETAIL_LENGTH_MAX = 300;

/**
 * The truth about a line: strict UTF-8, strict JSON, then the contract's schemas. Takes what the fast decoder leaves,
 * and alone says why something is refused.
 */
export class CarefulDecoder {
  readonly #depth_max: number;
  readonly #side = new SideBuffer();

  constructor(depth_max: number) {
    this.#depth_max = depth_max;
  }

  /** Decodes bytes [from, to) into `row`; null when taken, else why not. */
  decode(bytes: Uint8Array, from: number, to: number, row: Row): Refusal | null {
    try {
      return this.#decode(bytes.subarray(from, to), row);
    } catch (error) {
      if (error instanceof JsonRefused) return { reason: error.reason, detail: error.message };
      if (error instanceof TypeError) return { reason: 'invalid_utf8', detail: 'not UTF-8' };
      throw error;
    }
  }

  #decode(bytes: Uint8Array, row: Row): Refusal | null {
    const value = parseStrictJson(utf8.decode(bytes), this.#depth_max);
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      return { reason: 'not_an_object', detail: 'a line holds one JSON object' };
    const envelope = envelopeSchema.safeParse(value);
    if (!envelope.success) return envelopeRefusal(value as Record<string, unknown>, envelope.error);
    const event = envelope.data;
    const type = EVENT_TYPES.indexOf(event.type as EventType);
    if (type < 0) return { reason: 'unknown_type', detail: `type "${event.type}"` };
    const data = EVENT_DATA[event.type as EventType].safeParse(event.data);
    if (!data.success) return dataRefusal(data.error);
    this.#side.reset();
    row.begin(this.#side.bytes);
    row.type = type;
    row.event_time_us = this.#instant(event.time);
    if (Number.isNaN(row.event_time_us)) return { reason: 'time_invalid', detail: `time "${event.time}" is no day of the calendar` };
    row.setNumber(COLUMN.type!, type);
    row.setNumber(COLUMN.event_time!, row.event_time_us);
    this.#span(row, COLUMN.event_id!, event.id);
    this.#span(row, COLUMN.source!, event.source);
    const extra: Record<string, unknown> = {};
    for (const [key, attribute] of Object.entries(event)) if (!NAMED.has(key)) extra[key] = attribute;
    const refusal = this.#data(row, event.data, extra);
    if (refusal !== null) return refusal;
    if (!subjectAgrees(event.subject, event.data)) {
      return { reason: 'subject_mismatch', detail: 'subject is not the id that data is about' };
    }
    if (Object.keys(extra).length > 0) {
      const text = JSON.stringify(extra);
      if (Buffer.byteLength(text) > EXTRA_BYTES_MAX)
        return { reason: 'extra_too_large', detail: `fields beyond the contract take ${Buffer.byteLength(text)} bytes; ${EXTRA_BYTES_MAX} are kept` };
      this.#span(row, COLUMN.extra!, text);
    }
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
        if (!WITHHELD.has(key)) unknown[key] = value;
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
        if (Number.isNaN(instant)) return { reason: 'field_invalid', detail: `${field.name} "${value}" is no day of the calendar` };
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
      default:
        this.#span(row, field.column, value as string);
        return null;
    }
  }

  #span(row: Row, column: number, text: string): void {
    const [from, to] = this.#side.add(text);
    row.setSpan(column, from, to);
  }

  #instant(text: string): number {
    const [from, to] = this.#side.add(text);
    return instantUs(this.#side.bytes, from, to);
  }

  #keys(row: Row, source: string, id: string, data: Record<string, unknown>): void {
    this.#hash(source);
    this.#hash(id, lanes[0]!);
    row.fingerprint.set(lanes);
    if (typeof data.call_id === 'string') {
      this.#hash(data.call_id);
      row.setKey(COLUMN.call_key!, lanes[0]!, lanes[1]!);
      if (typeof data.turn_id === 'string' && FIELD_OF_TYPE[row.type]![FIELD_INDEX.get('turn_id')!] !== 0) {
        this.#hash(data.turn_id, lanes[0]!);
        row.setKey(COLUMN.turn_key!, lanes[0]!, lanes[1]!);
      }
    }
    if (typeof data.account_id === 'string' && FIELD_OF_TYPE[row.type]![FIELD_INDEX.get('account_id')!] !== 0) {
      this.#hash(data.account_id);
      row.setKey(COLUMN.account_key!, lanes[0]!, lanes[1]!);
    }
  }

  #hash(text: string, seed = 0): void {
    const [from, to] = this.#side.add(text);
    hashBytes(this.#side.bytes, from, to, seed);
  }
}

/** Bytes of a line's strings, decoded from their escapes; grows to what the largest line needs. */
class SideBuffer {
  bytes = new Uint8Array(65_536);
  #length = 0;

  reset(): void {
    this.#length = 0;
  }

  add(text: string): [number, number] {
    const needed = this.#length + text.length * 3;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(needed * 2);
      larger.set(this.bytes.subarray(0, this.#length));
      this.bytes = larger;
    }
    const from = this.#length;
    this.#length += encoder.encodeInto(text, this.bytes.subarray(from)).written;
    return [from, this.#length];
  }
}
const encoder = new TextEncoder();

function subjectAgrees(subject: string | undefined, data: Record<string, unknown>): boolean {
  if (subject === undefined) return true;
  for (const index of SUBJECT_FIELDS) {
    const value = data[FIELDS[index]!.name];
    if (typeof value === 'string') return value === subject;
  }
  return true;
}

function envelopeRefusal(value: Record<string, unknown>, error: z.ZodError): Refusal {
  const detail = z.prettifyError(error).slice(0, DETAIL_LENGTH_MAX);
  const timeOnly = error.issues.every((issue) => issue.path[0] === 'time') && typeof value.time === 'string';
  return { reason: timeOnly ? 'time_invalid' : 'envelope_invalid', detail };
}

function dataRefusal(error: z.ZodError): Refusal {
  const detail = z.prettifyError(error).slice(0, DETAIL_LENGTH_MAX);
  const isMissing = error.issues.some(
    (issue) => (issue.code === 'invalid_type' && /received undefined/.test(issue.message)) || issue.code === 'custom',
  );
  return { reason: isMissing ? 'field_missing' : 'field_invalid', detail };
}
