import type { Settings } from '../contracts/config.js';
import { parseDurationMs } from '../contracts/duration.js';
import { OF_VERSION } from './baseline.js';
import { CALL_MEMORY_US } from './call-memory.js';
import { maturityUs, type SignalFile } from './signal-files.js';
import type { Store } from './store.js';

/**
 * Rows leave the store when they are older than `observe.rows_keep`: with a refresh of the baselines, which is a frame of
 * the log, so that every store of that log lets go of the same rows. What was decided stays (episodes with what they rested
 * on, directives, journal), and so does the log.
 */

const MINUTE_US = 60_000_000;

/** Relations whose rows go by their own time; contacts and turns go before the calls that tell theirs, outcomes after them. */
const BY_TIME = [
  'contacts',
  'finished_calls',
  'dials',
  'outcomes',
  'message_events',
  'action_events',
  'number_reputations',
  'late_events',
  'late_merges',
  'stray_events',
  'unit_suspects',
  'stream_observations',
  'verdicts',
  'stream_pieces',
  'relationship_pieces',
  'piece_days',
] as const;

/** A refresh: the event time that it was made as of, microseconds, and the ordinal of its frame. */
export interface Refresh {
  readonly as_of_us: number;
  readonly frame: number;
}

/**
 * Lets go of what is older than it is kept, as of a refresh, after the baselines have learnt from it. The caller holds the
 * transaction.
 */
export async function expire(
  store: Store,
  signals: readonly SignalFile[],
  settings: Settings,
  { as_of_us, frame }: Refresh,
): Promise<void> {
  // Whole minutes: a window is there with all its calls, or not at all.
  const before_us = Math.floor((as_of_us - keptUs(settings, signals)) / MINUTE_US) * MINUTE_US;
  const found = (await store.rows('staging/expiries', { before_us }))[0] as {
    has_older: boolean;
    last_seq: number | null;
    frame: number | null;
  };
  await store.append('expiries', [
    { type: 'timestamp', values: [as_of_us] },
    { type: 'integer', values: [frame] },
    { type: 'timestamp', values: [found.has_older ? before_us : null] },
  ]);
  if (!found.has_older) return;
  const last_frame = found.frame ?? -1;
  await store.run('staging/expired_counts', { before_us, frame: last_frame });
  if (found.last_seq !== null) await store.run('staging/turns_expired', { before_us, last_seq: found.last_seq });
  for (const relation of BY_TIME) await store.run(`staging/${relation}_expired`, { before_us });
  // What tells which versions go is the last of them.
  for (const relation of OF_VERSION) await store.run(`staging/${relation}_expired`);
  await store.run('staging/rejected_expired', { frame: last_frame });
  await store.run('staging/expiries_passed');
}

/** How old rows get, microseconds: as long as was asked for, and as long as something may still be made of them. */
function keptUs({ observe, baseline }: Settings, signals: readonly SignalFile[]): number {
  const learnt_us = (parseDurationMs(baseline.history) + parseDurationMs(baseline.guard)) * 1000;
  const matured_us = Math.max(...signals.map(({ signal }) => maturityUs(signal))) + MINUTE_US;
  const settled_us = parseDurationMs(observe.call_open_max) * 1000 + CALL_MEMORY_US;
  return Math.max(parseDurationMs(observe.rows_keep) * 1000, learnt_us, settled_us + matured_us);
}
