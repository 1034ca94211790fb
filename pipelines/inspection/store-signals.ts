import { instantText } from '../../contracts/duration.js';
import { PlumblineError } from '../../contracts/errors.js';
import { type StoreSignal, storeSignalSchema } from '../../contracts/evaluation-report.js';
import type { Store } from '../store.js';
import { goneBeforeUs } from './rows-left.js';

/**
 * Levels, volumes and dispersion of the signals of a store, by its newest baselines; empty before the first refresh.
 * @throws PlumblineError COMMAND_ARGUMENT_INVALID when rows of the history of those baselines have left the store: volumes
 * are counted over all of it
 */
export async function storeSignals(store: Store): Promise<StoreSignal[]> {
  const newest = (await store.rows('baselines/newest_version'))[0] as { history_from_us: number } | undefined;
  const rows_from_us = newest === undefined ? null : await goneBeforeUs(store, newest.history_from_us);
  if (newest !== undefined && rows_from_us !== null)
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', 'this store cannot be evaluated now', {
      detail:
        `its baselines rest on a history from ${instantText(newest.history_from_us)} on, and rows of before ` +
        `${instantText(rows_from_us)} have left the store (observe.rows_keep): calls would be counted as fewer than there were`,
      hint: 'Ask again after the next baselines are learnt, or rebuild with a longer observe.rows_keep from the log in a new data directory.',
    });
  return (await store.rows('evaluate/store_signals')).map((row) => storeSignalSchema.parse(row));
}
