import type { Batch, BatchColumn } from '../../contracts/batch.js';
import { EVENT_COLUMNS } from '../../contracts/event-columns.js';
import { clearUnset } from '../vector-columns.js';
import { hashOf } from './frame.js';

/**
 * xxHash64 of the rows of a batch, whatever holds them: for each column that has a value, its name, which rows have one,
 * and the values, those of rows without one as zeros. Of strings the lengths, then the bytes. 16 hexadecimal digits.
 */
export function hashOfRows({ rows, columns }: Pick<Batch, 'rows' | 'columns'>): string {
  const chunks: Uint8Array[] = [Uint8Array.from(Buffer.from(`${rows}\n`))];
  for (const { name, form } of EVENT_COLUMNS) {
    const column = columns.get(name);
    const present = column === undefined ? null : presentOf(column.validity, rows);
    if (column === undefined || present === null) continue;
    chunks.push(Buffer.from(`${name}\n`), present);
    if (form !== 'string') {
      chunks.push(zeroed(column, present, rows));
      continue;
    }
    const offsets = column.values as Int32Array;
    const lengths = new Int32Array(rows);
    for (let row = 0; row < rows; row++) lengths[row] = offsets[row + 1]! - offsets[row]!;
    chunks.push(bytesOf(lengths), (column.bytes ?? new Uint8Array()).subarray(offsets[0], offsets[rows]));
  }
  return hashOf(chunks).toString(16).padStart(16, '0');
}

/** Which rows have a value, no bit set beyond them; null when none has. */
function presentOf(validity: Uint8Array | undefined, rows: number): Uint8Array | null {
  const present = validity?.slice(0, (rows + 7) >> 3) ?? new Uint8Array((rows + 7) >> 3).fill(255);
  if (rows % 8 > 0) present[present.length - 1]! &= (1 << (rows % 8)) - 1;
  return present.some((byte) => byte !== 0) ? present : null;
}

function zeroed({ values, validity }: BatchColumn, present: Uint8Array, rows: number): Uint8Array {
  if (validity === undefined) return bytesOf(values.subarray(0, rows));
  const bytes = bytesOf(values.slice(0, rows));
  clearUnset(bytes, values.BYTES_PER_ELEMENT, present, rows);
  return bytes;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
