import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createDurably } from '../durable-files.js';
import { readRegular } from '../open-regular.js';
import { archivedHeads, twinFile } from './archive-files.js';
import { SetAsideFrames } from './damage.js';
import { hasOwnFooter } from './segment-footer.js';
import { foundIn, isHole, payloadOf } from './segment-frames.js';
import { type KeptSummary, readSummary } from './segment-summary.js';

/**
 * The heads of an archived segment lie there twice. In the log a frame whose head is lost costs that frame; here the words
 * that its head brought would cost every frame after it, since rows have words, and ids are told by heads.
 */

/**
 * Mends the heads of archived segments that somebody goes on to read. The caller owns the log.
 * @param from_frame they are read from this frame on; default: only where no summary stands for them
 */
export function mendTwins(data_dir: string, from_frame = Number.POSITIVE_INFINITY): void {
  const set_aside = SetAsideFrames.of(data_dir);
  const isRead = ({ summary }: KeptSummary) => summary.last_frame >= from_frame || set_aside.touches(summary);
  for (const heads_file of archivedHeads(data_dir)) {
    const kept = readSummary(data_dir, heads_file);
    if (kept === null || isRead(kept)) mendTwin(heads_file);
  }
}

/** Copies the one of the two that is whole over the other, where only one is. The caller owns the log. */
export function mendTwin(heads_file: string): void {
  const twin = twinFile(heads_file);
  if (existsSync(twin) && readRegular(twin).equals(readRegular(heads_file))) return;
  const [isWhole, isTwinWhole] = [isWholeSegment(heads_file), isWholeSegment(twin)];
  if (isWhole && !isTwinWhole) copyOver(heads_file, twin);
  if (!isWhole && isTwinWhole) copyOver(twin, heads_file);
}

/** Whether every head, payload and the footer of a closed segment without Arrow blocks is what was written. */
export function isWholeSegment(file: string): boolean {
  if (!existsSync(file)) return false;
  const found = foundIn(file);
  let step = found.next();
  for (let next = -1; step.done !== true; step = found.next()) {
    const frame = step.value;
    if (isHole(frame) || (next >= 0 && frame.metadata.ordinal < next) || payloadOf(frame) === null) return false;
    next = frame.metadata.ordinal + 1;
  }
  return step.value.head !== null && hasOwnFooter(step.value, { dictionaries: [], batches: [] });
}

function copyOver(from: string, to: string): void {
  createDurably(dirname(to), basename(to), readRegular(from));
}
