import type { Batch, BatchColumn } from '../../contracts/batch.js';
import { type ColumnForm, EVENT_COLUMNS } from '../../contracts/event-columns.js';
import { isValid } from '../vector-columns.js';
import { OTHER_VALUE } from './dictionary.js';
import { COLUMN } from './fields.js';
import { hashBytes, lanes } from './hash.js';
import type { Row } from './row.js';

/**
 * What an event says, in 32 bits: a sum over its columns, so that the order of keys, white space and the decoder do not
 * matter, and which is the same whether it is taken off the line or off the landed row after a restart. Of two events
 * that say different things the bodies are the same with odds of 2^-32.
 *
 * Left out is who the event is (source and id), what is ours (arrival, lateness, marks of the text), and what the log
 * does not hold as it came: of the callee's number nothing counts, of a text its length.
 */
export const BODY_UNKNOWN = 0;
/** Of the sum. Frames hold bodies: those of another format are taken off the rows again. It grows with every change here. */
export const BODY_FORMAT = 1;

/** Ids go by the keys that are made of them. */
const LEFT_OUT = new Set([
  'event_id',
  'source',
  'arrived_at',
  'is_late',
  'call_id',
  'turn_id',
  'account_id',
  'contact_token',
  'text_marks',
  'text_reader',
]);
const FORMS = EVENT_COLUMNS.map(({ name, form }) => (LEFT_OUT.has(name) ? null : form));
const EXTRA = COLUMN.extra!;
const TEXT_LENGTH = COLUMN.text_length!;
const TWO_32 = 4_294_967_296;

/** Hash of a dictionary column's value as it will land; null when it lands as "other". */
export type ValueHash = (column: number, row: Row) => number | null;

/** The body of a decoded row; BODY_UNKNOWN when one of its values lands as "other". */
export function bodyOfRow(row: Row, valueHash: ValueHash): number {
  let sum = 0;
  for (let index = 0; index < row.count; index++) {
    const column = row.columns[index]!;
    const form = FORMS[column];
    if (form === null) continue;
    if (form === 'key') sum += mixed(column, row.low[column]!, row.high[column]!);
    else if (form === 'dictionary') {
      const hash = valueHash(column, row);
      if (hash === null) return BODY_UNKNOWN;
      sum += mixed(column, hash, 0);
    } else if (form === 'string')
      sum += mixed(column, stringHash(column, row.bytes, row.from[column]!, row.to[column]!), 0);
    else sum += mixedNumber(column, row.numbers[column]!);
  }
  if (row.text_from >= 0) sum += mixedNumber(TEXT_LENGTH, textLength(row.bytes, row.text_from, row.text_to));
  return known(sum);
}

/** Bodies of landed rows. */
export class LandedBodies {
  readonly #dictionaries: ReadonlyMap<string, readonly string[]>;
  /** By column: hashes of the values of its dictionary; null for "other". */
  readonly #hashes = new Map<string, (number | null)[]>();

  /** @param dictionaries values by id, of every column that has any */
  constructor(dictionaries: ReadonlyMap<string, readonly string[]>) {
    this.#dictionaries = dictionaries;
  }

  /** The body of each row of a batch; BODY_UNKNOWN where one of its values landed as "other". */
  of({ rows, columns }: Batch): Uint32Array {
    const sums = new Float64Array(rows);
    for (const [name, column] of columns) {
      const index = COLUMN[name]!;
      const form = FORMS[index];
      if (form == null) continue;
      const hashes = form === 'dictionary' ? this.#valueHashes(name) : [];
      const partOf = reader(form, index, column, hashes);
      const { validity } = column;
      for (let row = 0; row < rows; row++)
        if (validity === undefined || isValid(validity, row)) sums[row]! += partOf(row);
    }
    return Uint32Array.from(sums, (sum) => (Number.isNaN(sum) ? BODY_UNKNOWN : known(sum)));
  }

  #valueHashes(name: string): (number | null)[] {
    let hashes = this.#hashes.get(name);
    if (hashes === undefined) {
      hashes = (this.#dictionaries.get(name) ?? []).map((value) => (value === OTHER_VALUE ? null : textHash(value)));
      this.#hashes.set(name, hashes);
    }
    return hashes;
  }
}

/** What a row of a column adds to the sum; NaN for "other". */
function reader(
  form: ColumnForm,
  column: number,
  { values, bytes }: BatchColumn,
  hashes: readonly (number | null)[],
): (row: number) => number {
  if (form === 'string')
    return (row) => mixed(column, stringHash(column, bytes!, Number(values[row]), Number(values[row + 1])), 0);
  if (form === 'dictionary')
    return (row) => {
      const hash = hashes[Number(values[row])];
      return hash == null ? Number.NaN : mixed(column, hash, 0);
    };
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
    return (row) => mixed(column, words[row * 2]!, words[row * 2 + 1]!);
  }
  return (row) => mixedNumber(column, values[row] as number);
}

function known(sum: number): number {
  const body = sum % TWO_32;
  return body === BODY_UNKNOWN ? 1 : body;
}

function mixedNumber(column: number, value: number): number {
  const high = Math.floor(value / TWO_32);
  return mixed(column, value - high * TWO_32, high);
}

/** One column's value of 64 bits as 32, unlike the same value of another column (finaliser of MurmurHash3). */
function mixed(column: number, low: number, high: number): number {
  let hash = Math.imul(low ^ Math.imul(column + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(high ^ column, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function stringHash(column: number, bytes: Uint8Array, from: number, to: number): number {
  if (column === EXTRA) return jsonHash(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString());
  hashBytes(bytes, from, to);
  return lanes[0]!;
}

function textHash(text: string): number {
  const bytes = Buffer.from(text);
  hashBytes(bytes, 0, bytes.length);
  return lanes[0]!;
}

/** Of JSON as a value: keys stand in the order in which they came. */
function jsonHash(text: string): number {
  try {
    return valueHash(JSON.parse(text));
  } catch {
    // A number was masked where it was none of a text.
    return textHash(text);
  }
}

function valueHash(value: unknown): number {
  if (value === null || typeof value !== 'object') return textHash(JSON.stringify(value));
  const isList = Array.isArray(value);
  let sum = isList ? 1 : 2;
  for (const [key, one] of Object.entries(value))
    sum = (sum + mixed(isList ? 1 : 2, textHash(key), valueHash(one))) >>> 0;
  return sum;
}

/** UTF-16 units of UTF-8 bytes: one for each character, two for one of four bytes. */
function textLength(bytes: Uint8Array, from: number, to: number): number {
  let length = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if ((byte & 0xc0) !== 0x80) length += byte >= 0xf0 ? 2 : 1;
  }
  return length;
}
