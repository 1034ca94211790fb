import type { Store } from '../store.js';

/** The event time, microseconds, of before which rows have left the store because of their age; null when none has. */
export async function rowsFromUs(store: Store): Promise<number | null> {
  return (await store.rows('checks/rows_left'))[0]!.from_us as number | null;
}

/** The same, where that is later than a time: what is asked for from there on has gone, or a part of it. Else null. */
export async function goneBeforeUs(store: Store, from_us: number): Promise<number | null> {
  const rows_from_us = await rowsFromUs(store);
  return rows_from_us !== null && from_us < rows_from_us ? rows_from_us : null;
}
