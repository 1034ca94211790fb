import { EVENT_TYPES, ID_LENGTH_MAX, STRING_LENGTH_MAX } from '../../contracts/event.js';
import { COLUMN, FIELD, FIELD_OF_TYPE, FIELDS, type Field, REQUIRED_OF_TYPE, SUBJECT_FIELDS } from './fields.js';
import { hashBytes, lanes } from './hash.js';
import { instantUs } from './instant.js';
import type { Row } from './row.js';

/**
 * The fast way for plain records: one pass over the bytes, no string, object or array made. Whatever is not plain (an
 * escape, a byte above ASCII, an exponent, an unknown key, a value out of bounds, a key twice) is left to the careful
 * decoder, which alone decides what is refused; a property test holds the two to the same answers.
 */

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const COMMA = 44;
const OPEN = 123;
const CLOSE = 125;

/** Envelope keys, coded after the fields of `data`. */
const ENVELOPE = ['specversion', 'id', 'source', 'type', 'time', 'subject', 'datacontenttype', 'data'] as const;
const KEY_COUNT = FIELDS.length + ENVELOPE.length;
const [SPECVERSION, ID, SOURCE, TYPE, TIME, SUBJECT, CONTENT_TYPE, DATA] = ENVELOPE.map((_, index) => FIELDS.length + index) as [
  number, number, number, number, number, number, number, number,
];

const keyBytes = [...FIELDS.map(({ name }) => name), ...ENVELOPE].map((name) => Buffer.from(name, 'latin1'));
const TABLE_SIZE = 1024;
const dataTable = buildTable(0, FIELDS.length);
const envelopeTable = buildTable(FIELDS.length, KEY_COUNT);
const typeTable = new Map(EVENT_TYPES.map((name, code) => [name as string, code]));
const valueTables = FIELDS.map(({ values }) => values.map((value) => Buffer.from(value, 'latin1')));
const typeBytes = EVENT_TYPES.map((name) => Buffer.from(name, 'latin1'));

function keyHash(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return (hash ^ (hash >>> 15)) & (TABLE_SIZE - 1);
}

function buildTable(first: number, end: number): Int16Array {
  const table = new Int16Array(TABLE_SIZE).fill(-1);
  for (let key = first; key < end; key++) {
    let slot = keyHash(keyBytes[key]!, 0, keyBytes[key]!.length);
    while (table[slot] !== -1) slot = (slot + 1) & (TABLE_SIZE - 1);
    table[slot] = key;
  }
  return table;
}

function findKey(table: Int16Array, bytes: Uint8Array, from: number, to: number): number {
  let slot = keyHash(bytes, from, to);
  for (;;) {
    const key = table[slot]!;
    if (key === -1 || same(keyBytes[key]!, bytes, from, to)) return key;
    slot = (slot + 1) & (TABLE_SIZE - 1);
  }
}

function same(expected: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== expected.length) return false;
  for (let at = 0; at < expected.length; at++) if (bytes[from + at] !== expected[at]) return false;
  return true;
}

export class FastDecoder {
  readonly #from = new Int32Array(KEY_COUNT);
  readonly #to = new Int32Array(KEY_COUNT);
  /** Per key: the line it was last seen in. */
  readonly #seen = new Uint32Array(KEY_COUNT);
  /** Fields of `data` seen in this line, in order. */
  readonly #fields = new Uint8Array(FIELDS.length);
  #fieldCount = 0;
  #line = 0;
  #at = 0;
  #lastType = 0;

  /** Decodes bytes [from, to) into `row`; false when the record is not plain. */
  decode(bytes: Uint8Array, from: number, to: number, row: Row): boolean {
    this.#line = (this.#line + 1) >>> 0;
    if (this.#line === 0) {
      this.#seen.fill(0);
      this.#line = 1;
    }
    this.#fieldCount = 0;
    this.#at = from;
    if (!this.#object(bytes, to, envelopeTable, true)) return false;
    this.#space(bytes, to);
    if (this.#at !== to) return false;
    return this.#fill(bytes, row);
  }

  #object(bytes: Uint8Array, to: number, table: Int16Array, isEnvelope: boolean): boolean {
    this.#space(bytes, to);
    if (bytes[this.#at++] !== OPEN) return false;
    for (;;) {
      this.#space(bytes, to);
      if (bytes[this.#at] !== QUOTE) return false;
      const keyFrom = this.#at + 1;
      const keyTo = endOfString(bytes, keyFrom, to);
      if (keyTo < 0) return false;
      const key = findKey(table, bytes, keyFrom, keyTo);
      if (key < 0 || this.#seen[key] === this.#line) return false;
      this.#seen[key] = this.#line;
      this.#at = keyTo + 1;
      this.#space(bytes, to);
      if (bytes[this.#at++] !== COLON) return false;
      this.#space(bytes, to);
      if (isEnvelope && key === DATA) {
        if (!this.#object(bytes, to, dataTable, false)) return false;
      } else if (!this.#value(bytes, to, key)) return false;
      if (!isEnvelope) this.#fields[this.#fieldCount++] = key;
      this.#space(bytes, to);
      const next = bytes[this.#at++];
      if (next === CLOSE) return this.#at <= to;
      if (next !== COMMA) return false;
    }
  }

  /** A string's content, or a bare token up to the next delimiter; which of the two is told by the byte before it. */
  #value(bytes: Uint8Array, to: number, key: number): boolean {
    if (bytes[this.#at] === QUOTE) {
      const end = endOfString(bytes, this.#at + 1, to);
      if (end < 0) return false;
      this.#from[key] = this.#at + 1;
      this.#to[key] = end;
      this.#at = end + 1;
      return true;
    }
    this.#from[key] = this.#at;
    while (this.#at < to) {
      const byte = bytes[this.#at]!;
      if (byte === COMMA || byte === CLOSE || byte <= 32) break;
      if (byte === OPEN || byte === 91 || byte === QUOTE) return false;
      this.#at++;
    }
    this.#to[key] = this.#at;
    return this.#at > this.#from[key]!;
  }

  #space(bytes: Uint8Array, to: number): void {
    while (this.#at < to) {
      const byte = bytes[this.#at]!;
      if (byte !== 32 && byte !== 9 && byte !== 13) return;
      this.#at++;
    }
  }

  #fill(bytes: Uint8Array, row: Row): boolean {
    row.begin(bytes);
    if (!this.#envelope(bytes, row)) return false;
    const uses = FIELD_OF_TYPE[row.type]!;
    for (let index = 0; index < this.#fieldCount; index++) {
      const key = this.#fields[index]!;
      if (uses[key] === 0 || !this.#field(bytes, row, key)) return false;
    }
    const required = REQUIRED_OF_TYPE[row.type]!;
    for (let index = 0; index < required.length; index++) if (this.#seen[required[index]!] !== this.#line) return false;
    if (row.type === OUTCOME_TYPE && !this.#has(CALL_ID) && !this.#has(FIELD.account_id!)) return false;
    return this.#subjectAgrees(bytes) && this.#keys(bytes, row);
  }

  #envelope(bytes: Uint8Array, row: Row): boolean {
    for (let key = SPECVERSION; key <= TIME; key++) if (!this.#isString(bytes, key)) return false;
    if (!this.#has(DATA)) return false;
    if (this.#has(SUBJECT) && (!this.#isString(bytes, SUBJECT) || !this.#lengthIn(SUBJECT, 1, ID_LENGTH_MAX))) return false;
    if (this.#has(CONTENT_TYPE) && (!this.#isString(bytes, CONTENT_TYPE) || !this.#lengthIn(CONTENT_TYPE, 0, ID_LENGTH_MAX)))
      return false;
    const version = this.#from[SPECVERSION]!;
    if (this.#to[SPECVERSION]! - version !== 3 || bytes[version] !== 49 || bytes[version + 1] !== 46 || bytes[version + 2] !== 48)
      return false;
    if (!this.#lengthIn(ID, 1, ID_LENGTH_MAX) || !this.#lengthIn(SOURCE, 1, STRING_LENGTH_MAX)) return false;
    const type = this.#typeCode(bytes);
    if (type < 0) return false;
    const time = instantUs(bytes, this.#from[TIME]!, this.#to[TIME]!);
    if (Number.isNaN(time)) return false;
    row.type = type;
    row.event_time_us = time;
    row.setNumber(COLUMN.type!, type);
    row.setNumber(COLUMN.event_time!, time);
    row.setSpan(COLUMN.event_id!, this.#from[ID]!, this.#to[ID]!);
    row.setSpan(COLUMN.source!, this.#from[SOURCE]!, this.#to[SOURCE]!);
    return true;
  }

  #typeCode(bytes: Uint8Array): number {
    const from = this.#from[TYPE]!;
    const to = this.#to[TYPE]!;
    if (same(typeBytes[this.#lastType]!, bytes, from, to)) return this.#lastType;
    for (let code = 0; code < typeBytes.length; code++)
      if (same(typeBytes[code]!, bytes, from, to)) {
        this.#lastType = code;
        return code;
      }
    return -1;
  }

  #field(bytes: Uint8Array, row: Row, key: number): boolean {
    const field = FIELDS[key]!;
    const from = this.#from[key]!;
    const to = this.#to[key]!;
    const isText = bytes[from - 1] === QUOTE;
    switch (field.kind) {
      case 'integer':
        return !isText && readInteger(bytes, from, to, field, row);
      case 'share':
        return !isText && readShare(bytes, from, to, field, row);
      case 'boolean':
        return !isText && readBoolean(bytes, from, to, field, row);
      case 'raw':
        return false;
    }
    if (!isText) return false;
    switch (field.kind) {
      case 'closed':
      case 'open':
        return readCode(valueTables[key]!, bytes, from, to, field, row);
      case 'instant': {
        const value = instantUs(bytes, from, to);
        if (Number.isNaN(value)) return false;
        row.setNumber(field.column, value);
        return true;
      }
      case 'phone':
        if (!isPhone(bytes, from, to)) return false;
        row.callee_from = from;
        row.callee_to = to;
        return true;
      case 'currency':
        if (to - from !== 3 || !isUpper(bytes[from]!) || !isUpper(bytes[from + 1]!) || !isUpper(bytes[from + 2]!)) return false;
        break;
      default:
        if (to - from < field.min || to - from > field.max) return false;
    }
    if (field.kind === 'text') {
      row.text_from = from;
      row.text_to = to;
    } else row.setSpan(field.column, from, to);
    return true;
  }

  #subjectAgrees(bytes: Uint8Array): boolean {
    if (!this.#has(SUBJECT)) return true;
    for (const key of SUBJECT_FIELDS) {
      if (!this.#has(key)) continue;
      const from = this.#from[key]!;
      const length = this.#to[key]! - from;
      if (length !== this.#to[SUBJECT]! - this.#from[SUBJECT]!) return false;
      for (let at = 0; at < length; at++) if (bytes[from + at] !== bytes[this.#from[SUBJECT]! + at]) return false;
      return true;
    }
    return true;
  }

  /** Hashes: the fingerprint of (source, id), and the keys of call, turn and account. */
  #keys(bytes: Uint8Array, row: Row): boolean {
    hashBytes(bytes, this.#from[SOURCE]!, this.#to[SOURCE]!);
    hashBytes(bytes, this.#from[ID]!, this.#to[ID]!, lanes[0]!);
    row.fingerprint.set(lanes);
    if (this.#has(CALL_ID)) {
      hashBytes(bytes, this.#from[CALL_ID]!, this.#to[CALL_ID]!);
      row.setKey(COLUMN.call_key!, lanes[0]!, lanes[1]!);
      if (this.#has(TURN_ID)) {
        hashBytes(bytes, this.#from[TURN_ID]!, this.#to[TURN_ID]!, lanes[0]!);
        row.setKey(COLUMN.turn_key!, lanes[0]!, lanes[1]!);
      }
    }
    if (this.#has(ACCOUNT_ID)) {
      hashBytes(bytes, this.#from[ACCOUNT_ID]!, this.#to[ACCOUNT_ID]!);
      row.setKey(COLUMN.account_key!, lanes[0]!, lanes[1]!);
    }
    return true;
  }

  #has(key: number): boolean {
    return this.#seen[key] === this.#line;
  }

  #isString(bytes: Uint8Array, key: number): boolean {
    return this.#has(key) && bytes[this.#from[key]! - 1] === QUOTE;
  }

  #lengthIn(key: number, min: number, max: number): boolean {
    const length = this.#to[key]! - this.#from[key]!;
    return length >= min && length <= max;
  }
}

const OUTCOME_TYPE = typeTable.get('outcome.recorded')!;
const CALL_ID = FIELD.call_id!;
const TURN_ID = FIELD.turn_id!;
const ACCOUNT_ID = FIELD.account_id!;

/** Index of the closing quote of a plain ASCII string, or -1. */
function endOfString(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at;
    if (byte < 32 || byte > 126 || byte === BACKSLASH) return -1;
  }
  return -1;
}

function readInteger(bytes: Uint8Array, from: number, to: number, field: Field, row: Row): boolean {
  const isNegative = bytes[from] === 45;
  let at = isNegative ? from + 1 : from;
  // At most 15 digits, so that the value is exact; no leading zero but 0 itself, no minus zero.
  if (to - at < 1 || to - at > 15 || (bytes[at] === 48 && (to - at > 1 || isNegative))) return false;
  let value = 0;
  for (; at < to; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) return false;
    value = value * 10 + digit;
  }
  if (isNegative) value = -value;
  if (value < field.min || value > field.max) return false;
  row.setNumber(field.column, value);
  return true;
}

/** A share of at most six decimals: `0`, `1`, `0.93`, `1.0`; null is not measured. */
function readShare(bytes: Uint8Array, from: number, to: number, field: Field, row: Row): boolean {
  const length = to - from;
  if (length === 4 && bytes[from] === 110) return bytes[from + 1] === 117 && bytes[from + 2] === 108 && bytes[from + 3] === 108;
  const whole = bytes[from]! - 48;
  if (whole !== 0 && whole !== 1) return false;
  let ppm = whole;
  if (length > 1) {
    if (bytes[from + 1] !== 46 || length < 3 || length > 8) return false;
    for (let at = from + 2; at < to; at++) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) return false;
      ppm = ppm * 10 + digit;
    }
  }
  for (let places = Math.max(0, length - 2); places < 6; places++) ppm *= 10;
  if (ppm > 1_000_000) return false;
  row.setNumber(field.column, ppm);
  return true;
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

function readBoolean(bytes: Uint8Array, from: number, to: number, field: Field, row: Row): boolean {
  const isTrue = same(TRUE, bytes, from, to);
  if (!isTrue && !same(FALSE, bytes, from, to)) return false;
  row.setNumber(field.column, isTrue ? 1 : 0);
  return true;
}

function readCode(values: readonly Uint8Array[], bytes: Uint8Array, from: number, to: number, field: Field, row: Row): boolean {
  for (let code = 0; code < values.length; code++)
    if (same(values[code]!, bytes, from, to)) {
      row.setNumber(field.column, code);
      return true;
    }
  return false;
}

function isPhone(bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] !== 43 || to - from < 6 || to - from > 16 || bytes[from + 1] === 48) return false;
  for (let at = from + 1; at < to; at++) if (bytes[at]! < 48 || bytes[at]! > 57) return false;
  return true;
}

function isUpper(byte: number): boolean {
  return byte >= 65 && byte <= 90;
}
