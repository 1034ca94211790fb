import type { Batch, BatchColumn, ColumnArray } from '../../contracts/batch.js';
import { type ColumnForm, EVENT_COLUMNS } from '../../contracts/event-columns.js';
import type { Fill } from '../../contracts/fill.js';
import { FORM_ARRAYS } from '../vector-columns.js';
import { bodyOfRow } from './bodies.js';
import { Dictionary } from './dictionary.js';
import type { Row } from './row.js';

const FORMS = EVENT_COLUMNS.map(({ form }) => form);
const STRING_COLUMNS = [...FORMS.keys()].filter((column) => FORMS[column] === 'string');
const SOURCE = EVENT_COLUMNS.findIndex(({ name }) => name === 'source');
const TWO_32 = 4_294_967_296;

/**
 * Rows as typed columns, filled in place up to a capacity and then sealed into a `Batch` of exact copies. One builder
 * serves a log for its whole life: its dictionaries only grow.
 */
export class ColumnBuilder {
  readonly #capacity: number;
  readonly #values: ColumnArray[];
  /** 64-bit columns seen as pairs of 32-bit words (little-endian machines). */
  readonly #words: (Uint32Array | null)[];
  readonly #validity: Uint8Array[];
  readonly #counts: Int32Array;
  readonly #bytes: Uint8Array[];
  readonly #lengths: Int32Array;
  readonly #dictionaries: (Dictionary | null)[];
  readonly #sealedSizes: Int32Array;
  readonly #valueHash = (column: number, { bytes, from, to }: Row) =>
    this.#dictionaries[column]!.hashOf(bytes, from[column]!, to[column]!);
  #rows = 0;

  constructor(capacity: number, cardinality_max: number) {
    this.#capacity = capacity;
    this.#values = FORMS.map((form) =>
      form === 'string' ? new Int32Array(capacity + 1) : new FORM_ARRAYS[form](capacity),
    );
    this.#words = this.#values.map((values) =>
      values instanceof BigInt64Array || values instanceof BigUint64Array ? new Uint32Array(values.buffer) : null,
    );
    this.#validity = FORMS.map(() => new Uint8Array((capacity + 7) >> 3));
    this.#counts = new Int32Array(FORMS.length);
    this.#bytes = FORMS.map((form) => new Uint8Array(form === 'string' ? 4_096 : 0));
    this.#lengths = new Int32Array(FORMS.length);
    this.#dictionaries = FORMS.map((form) => (form === 'dictionary' ? new Dictionary(cardinality_max) : null));
    this.#sealedSizes = new Int32Array(FORMS.length);
  }

  get rows(): number {
    return this.#rows;
  }

  get isFull(): boolean {
    return this.#rows >= this.#capacity;
  }

  /** Bytes of string columns gathered so far; fixed-width columns are bounded by the capacity. */
  get string_bytes(): number {
    let total = 0;
    for (const column of STRING_COLUMNS) total += this.#lengths[column]!;
    return total;
  }

  /** Of each dictionary, how many values it has. */
  get fills(): readonly Fill[] {
    return EVENT_COLUMNS.flatMap(({ name }, column) => {
      const dictionary = this.#dictionaries[column];
      return dictionary == null ? [] : [{ queue: `dictionary_${name}`, filled: dictionary.size, max: dictionary.max }];
    });
  }

  /** Takes a decoded row, which may be written again afterwards. */
  append(row: Row): void {
    const at = this.#rows++;
    const bit = 1 << (at & 7);
    const byte = at >> 3;
    for (let index = 0; index < row.count; index++) {
      const column = row.columns[index]!;
      this.#validity[column]![byte]! |= bit;
      this.#counts[column]!++;
      this.#set(row, column, at);
    }
    for (let index = 0; index < STRING_COLUMNS.length; index++) {
      const column = STRING_COLUMNS[index]!;
      this.#values[column]![at + 1] = this.#lengths[column]!;
    }
  }

  #set(row: Row, column: number, at: number): void {
    switch (FORMS[column]) {
      case 'key': {
        const words = this.#words[column]!;
        words[at * 2] = row.low[column]!;
        words[at * 2 + 1] = row.high[column]!;
        return;
      }
      case 'timestamp':
      case 'int64': {
        const words = this.#words[column]!;
        const value = row.numbers[column]!;
        const high = Math.floor(value / TWO_32);
        words[at * 2] = value - high * TWO_32;
        words[at * 2 + 1] = high;
        return;
      }
      case 'dictionary':
        // A value interned beforehand comes as its id.
        if (row.from[column]! < 0) (this.#values[column] as Int32Array)[at] = row.numbers[column]!;
        else
          (this.#values[column] as Int32Array)[at] = this.#dictionaries[column]!.intern(
            row.bytes,
            row.from[column]!,
            row.to[column]!,
          );
        return;
      case 'string':
        this.#appendBytes(column, row.bytes, row.from[column]!, row.to[column]!);
        return;
      default:
        (this.#values[column] as Int32Array)[at] = row.numbers[column]!;
    }
  }

  #appendBytes(column: number, bytes: Uint8Array, from: number, to: number): void {
    const length = this.#lengths[column]!;
    let target = this.#bytes[column]!;
    if (length + to - from > target.length) {
      const larger = new Uint8Array(Math.max(target.length * 2, length + to - from));
      larger.set(target.subarray(0, length));
      this.#bytes[column] = larger;
      target = larger;
    }
    // A call into the runtime for so few bytes costs more than the bytes.
    for (let at = from, into = length; at < to; at++, into++) target[into] = bytes[at]!;
    this.#lengths[column] = length + to - from;
  }

  /** What a decoded row says, in 32 bits (see bodies.ts); adds nothing. */
  bodyOf(row: Row): number {
    return bodyOfRow(row, this.#valueHash);
  }

  /** Of the rows gathered so far, those whose source is "other", in order; asked for before they are sealed. */
  otherRows(): number[] {
    const { other } = this.#dictionaries[SOURCE]!;
    const rows: number[] = [];
    if (other < 0) return rows;
    const sources = this.#values[SOURCE]!;
    for (let row = 0; row < this.#rows; row++) if (sources[row] === other) rows.push(row);
    return rows;
  }

  /** Id of a value that is the same for many rows. */
  intern(name: string, value: string): number {
    const bytes = new TextEncoder().encode(value);
    return this.#dictionaries[EVENT_COLUMNS.findIndex((one) => one.name === name)]!.intern(bytes, 0, bytes.length);
  }

  /** The rows gathered so far as a batch; the builder is empty afterwards. */
  seal(first_seq: number): Batch {
    const rows = this.#rows;
    const columns = new Map<string, BatchColumn>();
    const dictionary_additions = new Map<string, { first_id: number; values: string[] }>();
    for (const [column, { name, form, required }] of EVENT_COLUMNS.entries()) {
      const dictionary = this.#dictionaries[column];
      if (dictionary != null && dictionary.size > this.#sealedSizes[column]!) {
        dictionary_additions.set(name, {
          first_id: this.#sealedSizes[column]!,
          values: dictionary.values(this.#sealedSizes[column]!),
        });
        this.#sealedSizes[column] = dictionary.size;
      }
      if (this.#counts[column]! > 0 || required) columns.set(name, this.#sealColumn(column, form, rows));
      this.#clear(column, rows);
    }
    this.#rows = 0;
    return { rows, first_seq, columns, dictionary_additions };
  }

  #sealColumn(column: number, form: ColumnForm, rows: number): BatchColumn {
    const validity =
      this.#counts[column] === rows ? {} : { validity: this.#validity[column]!.slice(0, (rows + 7) >> 3) };
    if (form !== 'string') return { values: this.#values[column]!.slice(0, rows), ...validity };
    return {
      values: this.#values[column]!.slice(0, rows + 1),
      bytes: this.#bytes[column]!.slice(0, this.#lengths[column]!),
      ...validity,
    };
  }

  #clear(column: number, rows: number): void {
    const values = this.#values[column]!;
    if (this.#counts[column]! > 0 || FORMS[column] === 'string') {
      if (values instanceof BigInt64Array || values instanceof BigUint64Array) values.fill(0n, 0, rows);
      else values.fill(0, 0, Math.min(rows + 1, values.length));
      this.#validity[column]!.fill(0, 0, (rows + 7) >> 3);
    }
    this.#counts[column] = 0;
    this.#lengths[column] = 0;
  }

  /** Takes over the dictionaries of a log that is continued. */
  restore(name: string, values: readonly string[]): void {
    const column = EVENT_COLUMNS.findIndex((one) => one.name === name);
    this.#dictionaries[column]!.restore(values);
    this.#sealedSizes[column] = this.#dictionaries[column]!.size;
  }
}
