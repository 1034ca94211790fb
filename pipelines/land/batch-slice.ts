import type { Batch, BatchColumn } from '../../contracts/batch.js';
import { EVENT_COLUMNS } from '../../contracts/event-columns.js';
import { isValid } from '../vector-columns.js';

/** Rows [from, to) of columns, as the columns of a batch of their own: one that has no value in them is left out. */
export function sliceColumns(columns: Batch['columns'], from: number, to: number): Batch['columns'] {
  const sliced = new Map<string, BatchColumn>();
  for (const { name, form } of EVENT_COLUMNS) {
    const column = columns.get(name);
    if (column === undefined) continue;
    const present = column.validity === undefined ? undefined : sliceBits(column.validity, from, to);
    if (present?.count === 0) continue;
    const validity = present === undefined || present.count === to - from ? {} : { validity: present.bits };
    if (form !== 'string') {
      sliced.set(name, { values: column.values.slice(from, to), ...validity });
      continue;
    }
    const values = (column.values as Int32Array).slice(from, to + 1);
    const [first, end] = [values[0]!, values[to - from]!];
    for (let row = 0; row < values.length; row++) values[row]! -= first;
    sliced.set(name, { values, bytes: column.bytes!.slice(first, end), ...validity });
  }
  return sliced;
}

function sliceBits(bits: Uint8Array, from: number, to: number): { bits: Uint8Array; count: number } {
  const sliced = new Uint8Array((to - from + 7) >> 3);
  let count = 0;
  for (let row = 0; row < to - from; row++) {
    if (!isValid(bits, from + row)) continue;
    sliced[row >> 3]! |= 1 << (row & 7);
    count++;
  }
  return { bits: sliced, count };
}
