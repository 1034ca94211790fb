import type { Batch } from '../../contracts/batch.js';
import { archivedHeads, generationOf } from './archive-files.js';
import { draftArchived, framesIn, placeDraft, removeStrays, type Words } from './archive-segment.js';
import { mendTwin } from './archive-twins.js';
import { type WholeFrame, wholeFrames } from './frame-batches.js';
import { segmentNumber } from './segment-files.js';
import { isKept, keepingSummary } from './segment-summary.js';
import { findHeads } from './stored-frames.js';

/**
 * Writes an archived segment anew, with batches that have been changed and without frames that are set aside, and reads it
 * back; changes nothing of the archive. Its rows are in memory meanwhile: as much as a segment of the log may hold.
 * @returns path of the heads, in the folder of drafts
 * @throws PlumblineError LOG_FRAME_DAMAGED; the reason of the signal
 */
export async function draftAnew(
  data_dir: string,
  heads_file: string,
  words: Words,
  change: (batch: Batch) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  mendTwin(heads_file);
  const frames: WholeFrame[] = [];
  for await (const whole of wholeFrames(data_dir, framesIn(heads_file), () => true, words)) {
    signal.throwIfAborted();
    change(whole.batch);
    frames.push(whole);
  }
  return await draftArchived(data_dir, heads_file, { generation: generationOf(heads_file) + 1, frames, words, signal });
}

/** Puts a draft in the place of the generation before it, whose files go. */
export function replaceArchived(data_dir: string, draft_heads: string): void {
  const before = archivedHeads(data_dir).find((file) => segmentNumber(file) === segmentNumber(draft_heads))!;
  keepingSummary(data_dir, before, () => placeDraft(data_dir, draft_heads));
  removeStrays(data_dir);
}

/** Words of every dictionary of a log, by id. @throws PlumblineError LOG_FRAME_DAMAGED */
export function wordsOf(data_dir: string): Words {
  const words = new Map<string, string[]>();
  for (const head of findHeads(data_dir)) {
    const { additions } = isKept(head) ? head.summary : head.metadata;
    for (const [name, { values }] of Object.entries(additions)) {
      const known = words.get(name) ?? [];
      for (const value of values) known.push(value);
      words.set(name, known);
    }
  }
  return words;
}
