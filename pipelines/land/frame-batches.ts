import type { Batch } from '../../contracts/batch.js';
import { isArchived } from './archive-files.js';
import { ArchivedRows } from './archived-rows.js';
import { batchOf } from './arrow-batch.js';
import { SetAsideFrames } from './damage.js';
import { type FoundFrame, Payloads } from './segment-frames.js';
import { isKept, type KeptSummary } from './segment-summary.js';
import { readFrame, type StoredFrame } from './stored-frames.js';

/** How many archived frames are read at once, at the most: so many rows, and so many frames. */
const ROWS_MAX = 131_072;
const FRAMES_MAX = 512;

/** A frame with all that was landed. */
export interface WholeFrame {
  readonly frame: StoredFrame;
  readonly batch: Batch;
}

/**
 * Frames with their batches, wherever their rows lie: in the log, or in the archive.
 * @param found heads in order, from the first of all, and summaries of segments that are passed over; with `words` given, from
 * anywhere
 * @param words of dictionary columns, by id
 * @throws PlumblineError LOG_FRAME_DAMAGED
 */
export async function* wholeFrames(
  data_dir: string,
  found: Iterable<FoundFrame | KeptSummary>,
  isWanted: (frame: FoundFrame) => boolean,
  words?: ReadonlyMap<string, readonly string[]>,
): AsyncGenerator<WholeFrame> {
  const set_aside = SetAsideFrames.of(data_dir);
  const archive = new ArchivedRows(data_dir);
  const payloads = new Payloads();
  for (const [name, values] of words ?? []) archive.learn({ [name]: { first_id: 0, values } });
  try {
    let waiting: FoundFrame[] = [];
    let rows = 0;
    async function* read(): AsyncGenerator<WholeFrame> {
      const batches = await archive.batches(waiting, set_aside);
      for (const [index, frame] of waiting.entries())
        yield { frame: readFrame(frame, set_aside), batch: batches[index]! };
      waiting = [];
      rows = 0;
    }
    for (const frame of found) {
      if (isKept(frame)) {
        if (words === undefined) archive.learn(frame.summary.additions);
        continue;
      }
      if (waiting.length > 0 && (frame.file !== waiting[0]!.file || rows + frame.rows > ROWS_MAX)) yield* read();
      if (waiting.length >= FRAMES_MAX) yield* read();
      if (words === undefined) archive.learn(frame.metadata.additions);
      if (!isWanted(frame)) continue;
      if (isArchived(frame.file)) {
        waiting.push(frame);
        rows += frame.rows;
      } else {
        const stored = readFrame(frame, set_aside, payloads);
        yield { frame: stored, batch: batchOf(stored) };
      }
    }
    if (waiting.length > 0) yield* read();
  } finally {
    payloads.close();
    await archive.close();
  }
}
