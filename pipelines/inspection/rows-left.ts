import type { Store } from '../store.js';

/** The event time, microseconds, of before which rows have left the store because of their age; null when none has. */
export async function rowsFromUs(store: Store): Promise<number | null> {
  return (await store.rows('checks/rows_left'))[0]!.from_us as number | null;
}
