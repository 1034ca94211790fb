import type { Batch } from '../../contracts/batch.js';
import { EVENT_COLUMNS } from '../../contracts/event-columns.js';

/** An event as it stands in the log: `seq`, and each column that has a value; dictionary values as strings, codes as words. */
export type LandedRow = Readonly<Record<string, unknown>> & { readonly seq: number };

/** @param batches of one log, in order and from its first one on: ids of dictionaries go on from each to the next */
export function rowsOf(batches: readonly Batch[]): LandedRow[] {
  const dictionaries = new Map<string, string[]>();
  return batches.flatMap((batch) => {
    for (const [column, { first_id, values }] of batch.dictionary_additions) {
      const known = dictionaries.get(column) ?? [];
      if (known.length !== first_id) throw new Error(`ids of ${column} go on at ${first_id}, not at ${known.length}`);
      dictionaries.set(column, [...known, ...values]);
    }
    return Array.from({ length: batch.rows }, (_, row) => ({
      seq: batch.first_seq + row,
      ...Object.fromEntries(
        EVENT_COLUMNS.flatMap(({ name }) => {
          const value = valueAt(batch, name, row, dictionaries);
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    }));
  });
}

function valueAt(
  batch: Batch,
  name: string,
  row: number,
  dictionaries: ReadonlyMap<string, readonly string[]>,
): unknown {
  const column = batch.columns.get(name);
  if (column === undefined) return undefined;
  if (column.validity !== undefined && ((column.validity[row >> 3]! >> (row & 7)) & 1) === 0) return undefined;
  const { form, values } = EVENT_COLUMNS.find((one) => one.name === name)!;
  const value = column.values[row]!;
  if (form === 'string')
    return Buffer.from(column.bytes!).toString('utf8', Number(value), Number(column.values[row + 1]));
  if (form === 'dictionary') return dictionaries.get(name)?.[Number(value)] ?? `id ${value} without a value`;
  return form === 'code' ? values![Number(value)] : value;
}
