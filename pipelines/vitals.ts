import type { Conservation } from '../contracts/batch.js';
import type { Fill } from '../contracts/fill.js';
import { rowsFromUs } from './inspection/rows-left.js';
import type { Keeping } from './operations.js';
import type { Pipeline } from './pipeline.js';
import type { Store } from './store.js';

/** How an instance is getting on: what its telemetry tells. Times are wall clock, seconds. */
export interface Vitals extends Keeping {
  readonly events: Conservation;
  /** How long the oldest line that is not on disk yet has been waiting; 0 when none is. */
  readonly landing_lag_seconds: number;
  /** Frames that are on disk and not in the store yet. */
  readonly applying_lag_frames: number;
  /** How far the watermark is behind the clock; null before the first event. */
  readonly watermark_lag_seconds: number | null;
  /** Event time of before which rows have left the store, Unix time; null while none has. */
  readonly rows_from_seconds: number | null;
  /** What is bounded, and how full it is. */
  readonly fills: readonly Fill[];
  readonly counts: readonly VitalCount[];
}

export interface VitalCount {
  readonly counted:
    | 'open_calls'
    | 'waiting_acknowledgements'
    | 'verdicts'
    | 'directives'
    | 'deliveries'
    | 'undelivered'
    | 'episodes'
    | 'rejected'
    | 'unit_suspects'
    | 'segments'
    | 'unwatched_streams';
  /** Mode of directives, name of the sink of deliveries, reason of rejected lines, field of suspects. */
  readonly label: string | null;
  readonly state: string | null;
  readonly n: number;
}

/** Read between two frames. */
export async function vitalsOf(pipeline: Pipeline, now_us: number): Promise<Vitals> {
  const { landing, applier, store, relay } = pipeline;
  const { watermark_us } = applier;
  const { counts, rows_from_us, store_fills } = await pipeline.reading(async () => {
    const counted = (await store.rows('checks/vital_counts', {
      watermark_us: watermark_us ?? 0,
    })) as unknown as VitalCount[];
    for (const sink of relay.sinks) {
      const n = Number((await store.rows('checks/undelivered_count', { sink }))[0]!.n);
      counted.push({ counted: 'undelivered', label: sink, state: null, n });
    }
    return { counts: counted, rows_from_us: await rowsFromUs(store), store_fills: await storeFills(store) };
  });
  const { buffered_since_us } = landing;
  return {
    events: landing.conservation,
    landing_lag_seconds: buffered_since_us === null ? 0 : Math.max(0, now_us - buffered_since_us) / 1e6,
    applying_lag_frames: Math.max(0, landing.last_frame - applier.frame),
    watermark_lag_seconds: watermark_us === null ? null : (now_us - watermark_us) / 1e6,
    rows_from_seconds: rows_from_us === null ? null : rows_from_us / 1e6,
    fills: [...pipeline.fills, ...store_fills],
    ...pipeline.operations.keeping,
    counts,
  };
}

/** What the store holds in memory, and on disk of what did not fit, in bytes. */
async function storeFills(store: Store): Promise<Fill[]> {
  const { memory_bytes, spill_bytes } = (await store.rows('checks/store_held'))[0]!;
  const { memory_mib_max, spill_mib_max } = store.options;
  return [
    { queue: 'store_memory', filled: Number(memory_bytes), max: memory_mib_max * 2 ** 20 },
    { queue: 'store_spill', filled: Number(spill_bytes), max: (spill_mib_max ?? Number.POSITIVE_INFINITY) * 2 ** 20 },
  ];
}
