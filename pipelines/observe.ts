import { relationshipSignals, type Settings } from '../contracts/config.js';
import { parseDurationMs } from '../contracts/duration.js';
import { DIMENSIONS } from '../contracts/event.js';
import { CALL_MEMORY_US } from './call-memory.js';
import type { ClosedObservations } from './detect/closed-observations.js';
import { maturityUs, type SignalFile } from './signal-files.js';
import type { Store } from './store.js';

/** A segment that showed nothing for this long is gone: its minutes of silence are no longer counted. */
const DENSE_MEMORY_US = 7 * 86_400_000_000;
const MINUTE_US = 60_000_000;

/** From one watermark to the next, and how many observations close between them. */
export type ClosingSpan = Readonly<Record<'previous_us' | 'watermark_us' | 'observations', number>>;

/**
 * Tells the store which signals are observed, and by which dimensions they are grouped; all have been registered. A signal
 * that serves relationships alone is observed where one names it.
 */
export async function registerObserved(
  store: Store,
  signals: readonly SignalFile[],
  { observe, relationships }: Pick<Settings, 'observe' | 'relationships'>,
): Promise<void> {
  const related = new Set(relationships.flatMap(relationshipSignals));
  const observed = signals.filter(({ signal }) => signal.watched || related.has(signal.signal));
  await store.setVariable(
    'observed_relations',
    observed.map(({ signal }) => signal.signal),
  );
  await store.run('staging/groupings_emptied');
  const ordered = observe.groupings.map((dimensions) =>
    DIMENSIONS.filter((dimension) => dimensions.includes(dimension)),
  );
  await store.append('groupings', [
    { type: 'integer32', values: ordered.map((_, index) => index) },
    { type: 'texts', values: ordered },
  ]);
  await store.run('staging/grouped_entities');
  await store.run('schema/set_segments');
  await registerSets(store, { is_regrouped: true });
  await store.run('staging/dense_streams_left');
}

/**
 * Makes the segments and streams of combinations of dimension values that have come up for the first time.
 * @param options.is_regrouped signals or groupings may have changed: segments that are known may have new streams
 */
export async function registerSets(store: Store, { is_regrouped = false } = {}): Promise<void> {
  await store.run('schema/fresh_set_segments');
  await store.run('staging/fresh_set_segments');
  const segments = await store.run('staging/segments');
  if (is_regrouped || segments > 0) await store.run('staging/streams');
  await store.run('staging/set_segments');
}

/**
 * Makes the observations of every window that closes between two watermarks: a window of a signal closes when the
 * watermark has passed its end by the signal's maturity. They are left in `new_observations` for the detectors.
 * @returns how many they are
 */
export async function observe(
  store: Store,
  signals: readonly SignalFile[],
  previous_us: number,
  watermark_us: number,
): Promise<number> {
  const maturities = signals.map(({ signal }) => maturityUs(signal));
  const closes = (maturity_us: number) => minuteOf(previous_us - maturity_us) < minuteOf(watermark_us - maturity_us);
  if (!maturities.some(closes)) return 0;
  const range = { previous_us, watermark_us };
  await store.run('schema/new_observations');
  const shown = await store.run('staging/new_observations', {
    ...range,
    lowest_us: previous_us - Math.max(...maturities) - MINUTE_US,
    highest_us: watermark_us - Math.min(...maturities),
  });
  const silent = await store.run('staging/new_observations_silent', { ...range, dense_memory_us: DENSE_MEMORY_US });
  if (shown + silent === 0) return 0;
  await store.run('staging/dense_streams_seen');
  await store.run('staging/dense_streams');
  await store.run('staging/stream_observations');
  return shown + silent;
}

function minuteOf(instant_us: number): number {
  return Math.floor(instant_us / MINUTE_US);
}

/**
 * Lets late events fill in their calls once all windows of those have closed, and makes the next revision of what that
 * changes. Detectors have taken revision 0; a baseline refresh takes the latest.
 */
export async function revise(
  store: Store,
  signals: readonly SignalFile[],
  { observe: { call_open_max } }: Pick<Settings, 'observe'>,
  watermark_us: number,
): Promise<void> {
  const maturity_us = Math.max(...signals.map(({ signal }) => maturityUs(signal)));
  const call_open_us = parseDurationMs(call_open_max) * 1000;
  const reached = { watermark_us, maturity_us, memory_us: CALL_MEMORY_US, call_open_us };
  await store.run('schema/new_late_merges');
  if ((await store.run('staging/new_late_merges', reached)) === 0) return;
  const { from_us, to_us } = (await store.rows('staging/late_merge_span'))[0] as { from_us: number; to_us: number };
  await store.run('staging/late_merges');
  await store.run('staging/finished_calls_filled');
  await store.run('schema/revised_observations');
  await store.run('staging/revised_observations', { from_us, to_us });
  await store.run('staging/stream_observations_superseded');
  await store.run('staging/stream_observations_revised');
}

/** What detectors are shown: that which closes after a time and not after another. Observations have been made. */
export async function closedObservations(store: Store, from_us: number, until_us: number): Promise<ClosedObservations> {
  const streams = (await store.rows('staging/closed_streams')) as unknown as ClosedObservations['streams'];
  const columns = await store.numbers('staging/closed_observations', { from_us, until_us });
  return { streams, ...columns } as unknown as ClosedObservations;
}
