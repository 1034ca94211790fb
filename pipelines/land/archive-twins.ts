import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createDurably } from '../durable-files.js';
import { archivedHeads, twinFile } from './archive-files.js';
import { hasOwnFooter } from './segment-footer.js';
import { foundIn, isHole, payloadOf } from './segment-frames.js';

/**
 * The heads of an archived segment lie there twice. In the log a frame whose head is lost costs that frame; here the words
 * that its head brought would cost every frame after it, since rows have words, and ids are told by heads.
 */

/**
 * Copies the one of the two that is whole over the other, where only one is. The caller owns the log.
 * @param isRead whether somebody goes on to read the heads of a segment: others are left as they are
 */
export function mendTwins(data_dir: string, isRead: (heads_file: string) => boolean = () => true): void {
  for (const heads_file of archivedHeads(data_dir)) {
    if (!isRead(heads_file)) continue;
    const twin = twinFile(heads_file);
    if (existsSync(twin) && readFileSync(twin).equals(readFileSync(heads_file))) continue;
    const [isWhole, isTwinWhole] = [isWholeSegment(heads_file), isWholeSegment(twin)];
    if (isWhole && !isTwinWhole) copyOver(heads_file, twin);
    if (!isWhole && isTwinWhole) copyOver(twin, heads_file);
  }
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
  createDurably(dirname(to), basename(to), readFileSync(from));
}
