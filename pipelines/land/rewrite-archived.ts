import type { Batch } from '../../contracts/batch.js';
import { generationOf } from './archive-files.js';
import { draftArchived, framesIn, placeDraft, removeStrays, type Words } from './archive-segment.js';
import { type WholeFrame, wholeFrames } from './frame-batches.js';
import { findFrames } from './stored-frames.js';

/**
 * Writes an archived segment anew, with batches that have been changed and without frames that are set aside, reads it
 * back and puts it in the place of the other, whose files go. Its rows are in memory meanwhile: as much as a segment of the
 * log may hold.
 * @throws PlumblineError LOG_FRAME_DAMAGED
 */
export async function rewriteArchived(
  data_dir: string,
  heads_file: string,
  words: Words,
  change: (batch: Batch) => void,
): Promise<void> {
  const frames: WholeFrame[] = [];
  for await (const whole of wholeFrames(data_dir, framesIn(heads_file), () => true, words)) {
    change(whole.batch);
    frames.push(whole);
  }
  placeDraft(data_dir, await draftArchived(data_dir, heads_file, generationOf(heads_file) + 1, frames, words));
  removeStrays(data_dir);
}

/** Words of every dictionary of a log, by id. @throws PlumblineError LOG_FRAME_DAMAGED */
export function wordsOf(data_dir: string): Words {
  const words = new Map<string, string[]>();
  for (const { metadata } of findFrames(data_dir))
    for (const [name, { values }] of Object.entries(metadata.additions)) {
      const known = words.get(name) ?? [];
      for (const value of values) known.push(value);
      words.set(name, known);
    }
  return words;
}
