import { type StoreSignal, storeSignalSchema } from '../../contracts/evaluation-report.js';
import type { Store } from '../store.js';

/** Levels, volumes and dispersion of the signals of a store, by its newest baselines; empty before the first refresh. */
export async function storeSignals(store: Store): Promise<StoreSignal[]> {
  return (await store.rows('evaluate/store_signals')).map((row) => storeSignalSchema.parse(row));
}
