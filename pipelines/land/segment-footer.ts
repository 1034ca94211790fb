import { closeSync } from 'node:fs';
import { openRegular } from '../open-regular.js';
import { ArrowSegment } from './arrow-segment.js';
import type { FrameMetadata } from './frame.js';
import { readBytes } from './segment-files.js';
import type { SegmentEnd } from './segment-frames.js';

/** Blocks of the frames of one segment, as its footer lists them. */
export interface SegmentBlocks {
  readonly dictionaries: FrameMetadata['dictionary_blocks'][number][];
  readonly batches: FrameMetadata['batch_blocks'][number][];
}

/** What follows the frames of a closed segment. */
export function footerOf(blocks: SegmentBlocks): Uint8Array[] {
  const segment = new ArrowSegment();
  segment.begin();
  return segment.footer(blocks);
}

/** Whether the footer is what was written. Of a segment that has lost a head nobody can tell: what it listed is gone. */
export function hasOwnFooter(
  { file, size, frames_end, is_closed, has_hole }: SegmentEnd,
  blocks: SegmentBlocks,
): boolean {
  if (!is_closed || has_hole) return is_closed;
  const fd = openRegular(file);
  try {
    return Buffer.concat(footerOf(blocks)).equals(readBytes(fd, frames_end, size - frames_end));
  } finally {
    closeSync(fd);
  }
}
