import { EVENT_TYPES, ID_LENGTH_MAX, STRING_LENGTH_MAX } from '../../contracts/event.js';
import {
  COLUMN,
  FIELD,
  FIELD_OF_TYPE,
  FIELDS,
  isBackwards,
  REQUIRED_OF_TYPE,
  SUBJECT_OF_TYPE,
  unitsDisagree,
} from './fields.js';
import { hashBytes, lanes } from './hash.js';
import { instantUs } from './instant.js';
import { ENVELOPE_KEY, endOfKey, findKey, KEY_COUNT } from './known-keys.js';
import {
  endOfString,
  isCurrency,
  isPhone,
  mayHoldNumber,
  readBoolean,
  readCode,
  readInteger,
  readShare,
  sameBytes,
} from './plain-values.js';
import type { Row } from './row.js';

/**
 * The fast way for plain records: one pass over the bytes, no string, object or array made. Whatever is not plain (an
 * escape, an exponent, an unknown key, a value out of bounds, a key twice) is left to the careful decoder, which alone
 * decides what is refused; a property test holds the two to the same answers. Lengths are bounded in bytes here, of
 * which a text has no fewer than characters.
 */

const QUOTE = 34;
const COLON = 58;
const COMMA = 44;
const BRACKET = 91;
const OPEN = 123;
const CLOSE = 125;

const { specversion: SPECVERSION, id: ID, source: SOURCE, type: TYPE, time: TIME, data: DATA } = ENVELOPE_KEY;
const { subject: SUBJECT, datacontenttype: CONTENT_TYPE } = ENVELOPE_KEY;
const REQUIRED = [SPECVERSION, ID, SOURCE, TYPE, TIME];
const CALL_ID = FIELD.call_id!;
const TURN_ID = FIELD.turn_id!;
const ACCOUNT_ID = FIELD.account_id!;
const STARTED_AT = FIELD.started_at!;
const TALK_MS = FIELD.talk_ms!;
const OUTCOME_TYPE = EVENT_TYPES.indexOf('outcome.recorded');

const valueTables = FIELDS.map(({ values }) => values.map((value) => Buffer.from(value, 'latin1')));
const typeBytes = EVENT_TYPES.map((name) => Buffer.from(name, 'latin1'));
const versionBytes = Buffer.from('1.0', 'latin1');

/** What stands before the first key of the envelope, and of `data`, where keys are foretold. */
const AT_ENVELOPE = KEY_COUNT;
const AT_DATA = KEY_COUNT + 1;

export class FastDecoder {
  readonly #from = new Int32Array(KEY_COUNT);
  readonly #to = new Int32Array(KEY_COUNT);
  /** Per key: the line it was last seen in. */
  readonly #seen = new Uint32Array(KEY_COUNT);
  /** Per key: the one that followed it the last time, since records of one sender are alike. */
  readonly #following = new Int16Array(KEY_COUNT + 2).fill(ID);
  /** Fields of `data` seen in this line, in order. */
  readonly #fields = new Uint8Array(FIELDS.length);
  #fieldCount = 0;
  #line = 0;
  #lastType = 0;

  /** Decodes bytes [from, to) into `row`; false when the record is not plain. */
  decode(bytes: Uint8Array, from: number, to: number, row: Row): boolean {
    this.#line = (this.#line + 1) >>> 0;
    if (this.#line === 0) {
      this.#seen.fill(0);
      this.#line = 1;
    }
    this.#fieldCount = 0;
    return this.#scan(bytes, from, to) && this.#fill(bytes, row);
  }

  /** Finds where every value stands; false unless the record is an envelope of known keys, each once. */
  #scan(bytes: Uint8Array, from: number, to: number): boolean {
    let at = afterSpace(bytes, from, to);
    if (bytes[at++] !== OPEN) return false;
    let isData = false;
    let previous = AT_ENVELOPE;
    for (;;) {
      at = afterSpace(bytes, at, to);
      if (bytes[at] !== QUOTE) return false;
      let key = this.#following[previous]!;
      let end = endOfKey(key, bytes, at + 1);
      if (end < 0 || key >= FIELDS.length === isData) {
        key = findKey(isData, bytes, at + 1, to);
        if (key < 0) return false;
        end = endOfKey(key, bytes, at + 1);
        this.#following[previous] = key;
      }
      if (this.#seen[key] === this.#line) return false;
      this.#seen[key] = this.#line;
      previous = key;
      at = afterSpace(bytes, end, to);
      if (bytes[at++] !== COLON) return false;
      at = afterSpace(bytes, at, to);
      if (key === DATA) {
        if (bytes[at++] !== OPEN) return false;
        isData = true;
        previous = AT_DATA;
        at = afterSpace(bytes, at, to);
        if (bytes[at] !== CLOSE) continue;
      } else {
        at = this.#value(bytes, at, to, key);
        if (at < 0) return false;
        if (isData) this.#fields[this.#fieldCount++] = key;
        at = afterSpace(bytes, at, to);
      }
      if (isData && bytes[at] === CLOSE) {
        isData = false;
        previous = DATA;
        at = afterSpace(bytes, at + 1, to);
      }
      const next = bytes[at++];
      if (next === COMMA) continue;
      return next === CLOSE && !isData && at <= to && afterSpace(bytes, at, to) === to;
    }
  }

  /**
   * A string's content, or a bare token up to the next delimiter; which of the two is told by the byte before it. Gives
   * the index after the value, or -1.
   */
  #value(bytes: Uint8Array, from: number, to: number, key: number): number {
    if (bytes[from] === QUOTE) {
      const end = endOfString(bytes, from + 1, to);
      this.#from[key] = from + 1;
      this.#to[key] = end;
      return end < 0 ? -1 : end + 1;
    }
    let at = from;
    for (; at < to; at++) {
      const byte = bytes[at]!;
      if (byte === COMMA || byte === CLOSE || byte <= 32) break;
      if (byte === OPEN || byte === BRACKET || byte === QUOTE) return -1;
    }
    this.#from[key] = from;
    this.#to[key] = at;
    return at > from ? at : -1;
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
    for (let index = 0; index < required.length; index++) if (!this.#has(required[index]!)) return false;
    if (row.type === OUTCOME_TYPE && !this.#has(CALL_ID) && !this.#has(ACCOUNT_ID)) return false;
    if (this.#has(SUBJECT) && !this.#subjectAgrees(bytes, row.type)) return false;
    if (this.#has(STARTED_AT) && isBackwards(row)) return false;
    if (this.#has(TALK_MS) && unitsDisagree(row)) return false;
    this.#keys(bytes, row);
    return true;
  }

  #envelope(bytes: Uint8Array, row: Row): boolean {
    for (let index = 0; index < REQUIRED.length; index++) if (!this.#isString(bytes, REQUIRED[index]!)) return false;
    if (!this.#has(DATA)) return false;
    if (this.#has(SUBJECT) && !(this.#isString(bytes, SUBJECT) && this.#lengthIn(SUBJECT, 1, ID_LENGTH_MAX)))
      return false;
    if (
      this.#has(CONTENT_TYPE) &&
      !(this.#isString(bytes, CONTENT_TYPE) && this.#lengthIn(CONTENT_TYPE, 0, ID_LENGTH_MAX))
    )
      return false;
    if (!sameBytes(versionBytes, bytes, this.#from[SPECVERSION]!, this.#to[SPECVERSION]!)) return false;
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
    if (sameBytes(typeBytes[this.#lastType]!, bytes, from, to)) return this.#lastType;
    for (let code = 0; code < typeBytes.length; code++)
      if (sameBytes(typeBytes[code]!, bytes, from, to)) {
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
      case 'closed':
      case 'open':
        return isText && readCode(valueTables[key]!, bytes, from, to, field, row);
      case 'instant': {
        const value = isText ? instantUs(bytes, from, to) : Number.NaN;
        if (!(value >= field.min && value <= field.max)) return false;
        row.setNumber(field.column, value);
        return true;
      }
      case 'phone':
        row.callee_from = from;
        row.callee_to = to;
        return isText && isPhone(bytes, from, to);
      case 'text':
        row.text_from = from;
        row.text_to = to;
        return isText && to - from <= field.max;
      case 'currency':
        row.setSpan(field.column, from, to);
        return isText && isCurrency(bytes, from, to);
      case 'reason':
        row.setSpan(field.column, from, to);
        return isText && to - from <= field.max && !mayHoldNumber(bytes, from, to);
      default:
        row.setSpan(field.column, from, to);
        return isText && to - from >= field.min && to - from <= field.max;
    }
  }

  /** As `subject` of the contract: the call's id, or that of what the event is about. */
  #subjectAgrees(bytes: Uint8Array, type: number): boolean {
    const from = this.#from[SUBJECT]!;
    const length = this.#to[SUBJECT]! - from;
    let isNone = true;
    for (const key of SUBJECT_OF_TYPE[type]!) {
      if (!this.#has(key)) continue;
      isNone = false;
      if (this.#to[key]! - this.#from[key]! !== length) continue;
      let at = 0;
      while (at < length && bytes[this.#from[key]! + at] === bytes[from + at]) at++;
      if (at === length) return true;
    }
    return isNone;
  }

  /** Hashes: the fingerprint of (source, id), and the keys of call, turn and account. */
  #keys(bytes: Uint8Array, row: Row): void {
    hashBytes(bytes, this.#from[SOURCE]!, this.#to[SOURCE]!);
    hashBytes(bytes, this.#from[ID]!, this.#to[ID]!, lanes[0]!);
    row.fingerprint[0] = lanes[0]!;
    row.fingerprint[1] = lanes[1]!;
    row.fingerprint[2] = lanes[2]!;
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

function afterSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  for (; at < to; at++) {
    const byte = bytes[at]!;
    if (byte !== 32 && byte !== 9 && byte !== 13) return at;
  }
  return at;
}
