import type { Conservation } from '../contracts/batch.js';
import { instantText } from '../contracts/duration.js';
import { PlumblineError } from '../contracts/errors.js';
import type { RejectionReason } from '../contracts/event.js';
import type { RejectedLine } from '../contracts/rejected-report.js';
import type { SourceChunk } from '../contracts/source.js';
import { markLength } from './land/byte-order-mark.js';
import { SetAsideFrames } from './land/damage.js';
import { LeftOutNotes } from './land/events-left-out.js';
import type { RejectedNote } from './land/frame.js';
import { FramesPassedOver } from './land/frames-passed-over.js';
import { type Rejected, rejectedId, rejectedOf } from './land/landed-frame.js';
import { REPLAY_INPUT } from './land/positions.js';
import type { FoundFrame } from './land/segment-frames.js';
import { isKept, type SegmentSummary } from './land/segment-summary.js';
import { findHeads, readFrame } from './land/stored-frames.js';
import type { KeyRing } from './privacy/key-ring.js';
import { rejectedKeyOf } from './privacy/rejected-keys.js';
import { unseal } from './privacy/seal.js';

/** Lines that were kept out, read from the log: who runs on it meanwhile need not be asked. */

export interface RejectedList {
  readonly rejected: number;
  readonly by_reason: Partial<Record<RejectionReason, number>>;
  /** Newest first. */
  readonly lines: readonly RejectedLine[];
}

/** @param wanted which lines are listed; at most `lines_max`, the newest */
export function listRejected(
  data_dir: string,
  wanted: (line: RejectedLine) => boolean,
  lines_max: number,
): RejectedList {
  const by_reason: Partial<Record<RejectionReason, number>> = {};
  const lines: RejectedLine[] = [];
  let rejected = 0;
  const noted = new NotedRejected(data_dir);
  for (const frame of rejectingFrames(data_dir, noted)) {
    const { metadata } = frame;
    for (const [index, note] of [...metadata.rejected, ...noted.of(frame)].entries()) {
      rejected++;
      by_reason[note.reason] = (by_reason[note.reason] ?? 0) + 1;
      const line = lineOf(metadata.ordinal, index, note);
      if (!wanted(line)) continue;
      lines.push(line);
      if (lines.length > lines_max * 2) lines.splice(0, lines_max);
    }
  }
  return { rejected, by_reason, lines: lines.slice(-lines_max).reverse() };
}

/**
 * The bytes of lines that were kept out, of a long one the beginning, by id; null when they cannot be read any more.
 * @throws PlumblineError COMMAND_ARGUMENT_INVALID when there is no such line
 */
export function rejectedBytes(data_dir: string, ring: KeyRing, ids: readonly string[]): Map<string, Buffer | null> {
  const wanted = new Set(ids);
  const frames = new Set(ids.map((id) => Number(id.split('.')[0])));
  const set_aside = SetAsideFrames.of(data_dir);
  const noted = new NotedRejected(data_dir);
  const found = new Map<string, Buffer | null>();
  const isElsewhere = ({ first_frame, last_frame }: SegmentSummary) => !isAmong(frames, first_frame, last_frame);
  for (const frame of findHeads(data_dir, isElsewhere)) {
    if (isKept(frame) || !frames.has(frame.metadata.ordinal)) continue;
    const { ordinal } = frame.metadata;
    const lines = rejectedOf(readFrame(frame, set_aside));
    for (const [index, rejected] of [...lines, ...noted.of(frame)].entries())
      if (wanted.has(rejectedId(ordinal, index)))
        found.set(rejectedId(ordinal, index), index < lines.length ? unsealed(ring, rejected) : null);
  }
  const unknown = ids.find((id) => !found.has(id));
  if (unknown === undefined) return found;
  throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `no line "${unknown}" was rejected`, {
    detail: 'an id is the frame of the log and the place in it, such as 12.0',
    hint: 'plumbline rejected list shows them.',
  });
}

/** What the store could not take of frames: it stands behind the lines that were rejected with them. */
class NotedRejected {
  readonly #left_out: LeftOutNotes;
  readonly #passed_over: FramesPassedOver;
  readonly #frames: ReadonlySet<number>;

  constructor(data_dir: string) {
    this.#left_out = LeftOutNotes.of(data_dir);
    this.#passed_over = FramesPassedOver.of(data_dir);
    this.#frames = new Set([...this.#left_out.after(-1), ...this.#passed_over.all.map(({ frame }) => frame)]);
  }

  of(frame: FoundFrame): Rejected[] {
    return [...this.#left_out.rejected(frame), ...this.#passed_over.rejected(frame)];
  }

  isAmong({ first_frame, last_frame }: SegmentSummary): boolean {
    return isAmong(this.#frames, first_frame, last_frame);
  }
}

/** Heads of the frames of a log; those of a closed file in which nothing was rejected are not read, where it has a summary. */
function* rejectingFrames(data_dir: string, noted: NotedRejected): Generator<FoundFrame> {
  let rejected = 0;
  const isWithout = (summary: SegmentSummary) =>
    summary.last.conservation.rejected === rejected && !noted.isAmong(summary);
  for (const found of findHeads(data_dir, isWithout)) {
    if (isKept(found)) continue;
    rejected = found.metadata.conservation.rejected;
    yield found;
  }
}

function isAmong(frames: ReadonlySet<number>, first_frame: number, last_frame: number): boolean {
  return [...frames].some((frame) => first_frame <= frame && frame <= last_frame);
}

function unsealed(ring: KeyRing, { sealed_until, sealed_bytes }: Rejected): Buffer | null {
  const key = sealed_until === undefined ? ring.find('rejected') : rejectedKeyOf(ring, sealed_until);
  try {
    return key === null ? null : unseal(key, sealed_bytes);
  } catch {
    // Blanked since, because it named a person who was forgotten, or sealed under another key.
    return null;
  }
}

function lineOf(frame: number, index: number, note: Omit<RejectedNote, 'sealed_length'>): RejectedLine {
  const { input, partition, offset, reason, detail, bytes_length, rejected_at_us, sealed_until } = note;
  return {
    id: rejectedId(frame, index),
    input,
    partition,
    offset,
    reason,
    detail,
    bytes_length,
    rejected_at: rejected_at_us === undefined ? null : instantText(rejected_at_us),
    readable_until: sealed_until ?? null,
  };
}

/** A line that is to land, as it was or corrected, in place of a rejected one. */
export interface ReplayedLine {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/**
 * The lines as input of their own; a byte order mark before one is left out.
 * @param first_offset of the first: replayed lines are numbered as one, whatever line each stands for
 */
export function replayChunks(lines: readonly ReplayedLine[], first_offset: number): SourceChunk[] {
  return lines.map(({ id, bytes }, index) => ({
    input: REPLAY_INPUT,
    partition: id,
    first_offset: first_offset + index,
    bytes: Buffer.concat([bytes.subarray(markLength(bytes)), Buffer.from('\n')]),
  }));
}

const COUNTS = ['received', 'landed', 'rejected', 'duplicate', 'late'] as const;

/** What has been counted between two moments. */
export function countedBetween(before: Conservation, after: Conservation): Conservation {
  return counted((name) => after[name] - before[name]);
}

export function countedTogether(one: Conservation, other: Conservation): Conservation {
  return counted((name) => one[name] + other[name]);
}

function counted(of: (name: keyof Conservation) => number): Conservation {
  return Object.fromEntries(COUNTS.map((name) => [name, of(name)])) as unknown as Conservation;
}
