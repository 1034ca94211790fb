import { JOURNAL_START, type JournalHead } from '../journal.js';
import type { AcknowledgedStatus, Lease } from './directives.js';
import type { EpisodeTrack } from './episodes.js';

/** What the policy remembers: plain JSON, stored with the position in the log that it belongs to. */
export interface PolicyState {
  /** Event time up to which leases and persistence are settled, microseconds. */
  at_us: number;
  /** (epoch, seq) of the newest directive; it only grows. */
  epoch: number;
  seq: number;
  journal: JournalHead;
  /** Streams that are not plainly healthy, by `streamKey`; a stream without an entry is as `initTrack()`. */
  tracks: Record<string, EpisodeTrack>;
  /** Streams with an open episode, in the order of opening: what opened first is answered first. */
  open: OpenEntry[];
  /** Leases that still run although their episode is closed. */
  lapsing: Lease[];
  /** The latest directives that have no lease above, at most `SETTLED_MAX`: acknowledgements may be late. */
  settled: SettledDirective[];
}

export interface OpenEntry {
  readonly stream_key: string;
  readonly episode_id: string;
  /** The withholding that the journal already knows of, so that it is written once; null: none. */
  withheld: string | null;
  /** The newest directive of each rule for this episode, run out or not, in the order of first issue. */
  leases: Lease[];
}

export interface SettledDirective {
  readonly directive_id: string;
  status: AcknowledgedStatus | null;
}

export const SETTLED_MAX = 1_024;

export function initPolicy(): PolicyState {
  return { at_us: 0, epoch: 1, seq: 0, journal: JOURNAL_START, tracks: {}, open: [], lapsing: [], settled: [] };
}

/** Every lease that is remembered: of open episodes in the order of opening, then those that lapse. */
export function* allLeases(state: PolicyState): Generator<Lease> {
  for (const entry of state.open) yield* entry.leases;
  yield* state.lapsing;
}

/** A process has taken the log over: directives from now on outrank those of every epoch before. */
export function raiseEpoch(state: PolicyState, epoch: number): PolicyState {
  if (epoch > state.epoch) state.epoch = epoch;
  return state;
}

/** Keys of the streams with an open episode. */
export function openStreams({ open }: PolicyState): ReadonlySet<string> {
  return new Set(open.map(({ stream_key }) => stream_key));
}

/**
 * What is remembered of streams that are watched no more goes, under another configuration say, once their episode is closed.
 * @param forgotten keys of streams that detection has forgotten; none has an open episode
 */
export function forgetUnwatched(
  state: PolicyState,
  watches: (stream_key: string) => boolean,
  forgotten: readonly string[] = [],
): PolicyState {
  const open = openStreams(state);
  for (const key of forgotten) delete state.tracks[key];
  for (const key of Object.keys(state.tracks)) if (!open.has(key) && !watches(key)) delete state.tracks[key];
  return state;
}
