import type { Config } from '../contracts/config.js';
import { DIMENSIONS } from '../contracts/event.js';
import { maturityUs, type SignalFile } from './signal-files.js';
import type { Store } from './store.js';

/** A segment that showed nothing for this long is gone: its minutes of silence are no longer counted. */
const DENSE_MEMORY_US = 7 * 86_400_000_000;
const MINUTE_US = 60_000_000;

/** Tells the store by which dimensions signals are grouped. */
export async function registerGroupings(store: Store, groupings: Config['observe']['groupings']): Promise<void> {
  await store.run('staging/groupings_emptied');
  const ordered = groupings.map((dimensions) => DIMENSIONS.filter((dimension) => dimensions.includes(dimension)));
  await store.append('groupings', [
    { type: 'integer32', values: ordered.map((_, index) => index) },
    { type: 'texts', values: ordered },
  ]);
  await store.setVariable('grouped_dimensions', [...new Set(ordered.flat()), 'none']);
}

/**
 * Makes the observations of every window that closes between two watermarks: a window of a signal closes when the
 * watermark has passed its end by the signal's maturity. They are left in `new_observations` for the detectors.
 */
export async function observe(
  store: Store,
  signals: readonly SignalFile[],
  previous_us: number,
  watermark_us: number,
): Promise<void> {
  const maturities = signals.map(({ signal }) => maturityUs(signal));
  const range = { previous_us, watermark_us };
  await store.run('staging/grouped_observations_emptied');
  await store.run('staging/new_observations_emptied');
  await store.run('staging/grouped_observations', {
    ...range,
    lowest_us: previous_us - Math.max(...maturities) - MINUTE_US,
    highest_us: watermark_us - Math.min(...maturities),
  });
  await store.run('staging/new_observations', { ...range, dense_memory_us: DENSE_MEMORY_US });
  await store.run('staging/known_segments_seen');
  await store.run('staging/known_segments');
  await store.run('staging/observations');
}
