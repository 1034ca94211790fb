import type { BatchColumn, ColumnArray } from '../contracts/batch.js';
import type { ColumnForm } from '../contracts/event-columns.js';

/**
 * Columns of a batch to and from the vectors of a chunk of rows, without a step in between. What touches a vector comes
 * by parameter: only the store knows the driver.
 */

/** Rows of a chunk at the most. */
export const CHUNK_ROWS = 2048;

interface ColumnArrays {
  new (length: number): ColumnArray;
  new (buffer: ArrayBuffer): ColumnArray;
  readonly BYTES_PER_ELEMENT: number;
}

/** What values of one width are kept in. */
export const FORM_ARRAYS: Record<Exclude<ColumnForm, 'string'>, ColumnArrays> = {
  code: Uint8Array,
  dictionary: Int32Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  timestamp: BigInt64Array,
  boolean: Uint8Array,
  key: BigUint64Array,
};

/** What writing to a vector takes; `Vector` is the driver's. */
export interface VectorWriting<Vector> {
  copy_data_to_vector(target: Vector, target_at: number, source: ArrayBuffer, source_at: number, bytes: number): void;
  copy_data_to_vector_validity(
    target: Vector,
    target_at: number,
    source: ArrayBuffer,
    source_at: number,
    bytes: number,
  ): void;
  vector_ensure_validity_writable(vector: Vector): void;
  vector_assign_string_element(vector: Vector, row: number, text: string): void;
  vector_assign_string_element_len(vector: Vector, row: number, bytes: Uint8Array): void;
}

/** What reading a vector takes. */
export interface VectorReading<Vector> {
  vector_get_data(vector: Vector, bytes: number): Uint8Array;
  /** Null when every row has a value. */
  vector_get_validity(vector: Vector, bytes: number): Uint8Array | null;
  get_data_from_pointer(holder: ArrayBuffer, at: number, bytes: number): Uint8Array;
}

/** A string that is no longer stands in its vector itself. */
const INLINED_BYTES_MAX = 12;
const STRING_BYTES_MIN = 4_096;

const sequence = new BigInt64Array(CHUNK_ROWS);
const nothing = new Uint8Array(CHUNK_ROWS / 8);

/** first, first + 1, ... */
export function copySequence<Vector>(to: VectorWriting<Vector>, target: Vector, first: number, rows: number): void {
  for (let row = 0, next = BigInt(first); row < rows; row++) sequence[row] = next++;
  to.copy_data_to_vector(target, 0, sequence.buffer as ArrayBuffer, 0, rows * 8);
}

/** The same number in every row. */
export function copyNumber<Vector>(to: VectorWriting<Vector>, target: Vector, number: number, rows: number): void {
  sequence.fill(BigInt(number), 0, rows);
  to.copy_data_to_vector(target, 0, sequence.buffer as ArrayBuffer, 0, rows * 8);
}

/** Rows [at, at + rows) of a column; `at` is a multiple of 8. */
export function copyColumn<Vector>(
  to: VectorWriting<Vector>,
  target: Vector,
  form: ColumnForm,
  column: BatchColumn | undefined,
  at: number,
  rows: number,
): void {
  const validityBytes = (rows + 7) >> 3;
  if (column === undefined) {
    to.vector_ensure_validity_writable(target);
    to.copy_data_to_vector_validity(target, 0, nothing.buffer as ArrayBuffer, 0, validityBytes);
    return;
  }
  if (column.validity !== undefined) {
    to.vector_ensure_validity_writable(target);
    const { buffer, byteOffset } = column.validity;
    to.copy_data_to_vector_validity(target, 0, buffer as ArrayBuffer, byteOffset + (at >> 3), validityBytes);
  }
  if (form === 'string') {
    copyStrings(to, target, column, at, rows);
    return;
  }
  const width = FORM_ARRAYS[form].BYTES_PER_ELEMENT;
  const { buffer, byteOffset } = column.values;
  to.copy_data_to_vector(target, 0, buffer as ArrayBuffer, byteOffset + at * width, rows * width);
}

function copyStrings<Vector>(
  to: VectorWriting<Vector>,
  target: Vector,
  column: BatchColumn,
  at: number,
  rows: number,
): void {
  const offsets = column.values as Int32Array;
  const bytes = column.bytes ?? new Uint8Array();
  for (let row = 0; row < rows; row++) {
    const from = offsets[at + row]!;
    const end = offsets[at + row + 1]!;
    if (end > from) to.vector_assign_string_element_len(target, row, bytes.subarray(from, end));
    else if (column.validity === undefined || isValid(column.validity, at + row))
      to.vector_assign_string_element(target, row, '');
  }
}

export function isValid(validity: Uint8Array, row: number): boolean {
  return ((validity[row >> 3]! >> (row & 7)) & 1) === 1;
}

/** Values by their width alone: a zero is zero bits in each. */
const BY_WIDTH = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Float64Array } as const;

/** Zeros in place of the values of rows of which no bit is set. */
export function clearUnset(bytes: Uint8Array, width: number, bits: Uint8Array, rows: number): void {
  const values = new BY_WIDTH[width as 1](bytes.buffer as ArrayBuffer, bytes.byteOffset, rows);
  for (let from = 0; from < rows; from += 8) {
    const byte = bits[from >> 3]!;
    if (byte === 255) continue;
    const end = Math.min(from + 8, rows);
    for (let row = from; row < end; row++) if (((byte >> (row & 7)) & 1) === 0) values[row] = 0;
  }
}

const BIT_COUNTS = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** The values of one vector after another, as a column of a batch: zeros where there is no value. */
export class ColumnReading<Vector> {
  readonly #from: VectorReading<Vector>;
  readonly #form: ColumnForm;
  readonly #rows: number;
  readonly #validity: Uint8Array;
  /** Fixed widths: the values. Strings: n+1 offsets. */
  readonly #values: Uint8Array;
  readonly #offsets: Int32Array | null;
  #bytes = new Uint8Array(0);
  #length = 0;
  #at = 0;
  #present = 0;

  constructor(from: VectorReading<Vector>, form: ColumnForm, rows: number) {
    this.#from = from;
    this.#form = form;
    this.#rows = rows;
    this.#validity = new Uint8Array((rows + 7) >> 3);
    this.#values = new Uint8Array(form === 'string' ? 0 : rows * FORM_ARRAYS[form].BYTES_PER_ELEMENT);
    this.#offsets = form === 'string' ? new Int32Array(rows + 1) : null;
  }

  take(vector: Vector, rows: number): void {
    const bits = this.#from.vector_get_validity(vector, Math.ceil(rows / 64) * 8);
    const present = this.#note(bits, rows);
    if (present > 0 && this.#form !== 'string') this.#takeValues(vector, rows, present < rows ? bits : null);
    if (this.#form === 'string') this.#takeStrings(vector, rows, bits, present);
    this.#present += present;
    this.#at += rows;
  }

  /** Null when no row has a value, unless every batch has the column. */
  column(isRequired: boolean): BatchColumn | null {
    if (this.#present === 0 && !(isRequired && this.#rows === 0)) return null;
    const validity = this.#present === this.#rows ? {} : { validity: this.#validity };
    if (this.#offsets !== null)
      return { values: this.#offsets, bytes: this.#bytes.slice(0, this.#length), ...validity };
    const values = new FORM_ARRAYS[this.#form as 'code'](this.#values.buffer as ArrayBuffer);
    return { values, ...validity };
  }

  /** Which of the next rows have a value; gives how many do. */
  #note(bits: Uint8Array | null, rows: number): number {
    let present = 0;
    for (let row = 0; row < rows; row += 8) {
      const left = rows - row;
      const byte = (bits === null ? 255 : bits[row >> 3]!) & (left < 8 ? (1 << left) - 1 : 255);
      if (byte === 0) continue;
      present += BIT_COUNTS[byte]!;
      const to = this.#at + row;
      this.#validity[to >> 3]! |= byte << (to & 7);
      if ((to & 7) > 0 && (to >> 3) + 1 < this.#validity.length)
        this.#validity[(to >> 3) + 1]! |= byte >> (8 - (to & 7));
    }
    return present;
  }

  #takeValues(vector: Vector, rows: number, bits: Uint8Array | null): void {
    const width = FORM_ARRAYS[this.#form as 'code'].BYTES_PER_ELEMENT;
    const from = this.#at * width;
    this.#values.set(this.#from.vector_get_data(vector, rows * width), from);
    if (bits !== null) clearUnset(this.#values.subarray(from, from + rows * width), width, bits, rows);
  }

  /** 16 bytes a string: its length, then itself; a longer one's first 4 bytes, and a pointer to it. */
  #takeStrings(vector: Vector, rows: number, bits: Uint8Array | null, present: number): void {
    if (present === 0) {
      this.#offsets!.fill(this.#length, this.#at + 1, this.#at + rows + 1);
      return;
    }
    const data = this.#from.vector_get_data(vector, rows * 16);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let row = 0; row < rows; row++) {
      if (bits === null || isValid(bits, row)) {
        const length = view.getUint32(row * 16, true);
        const at = row * 16 + (length <= INLINED_BYTES_MAX ? 4 : 8);
        this.#append(
          length <= INLINED_BYTES_MAX
            ? data.subarray(at, at + length)
            : this.#from.get_data_from_pointer(data.buffer as ArrayBuffer, data.byteOffset + at, length),
        );
      }
      this.#offsets![this.#at + row + 1] = this.#length;
    }
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2, STRING_BYTES_MIN));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }
}
