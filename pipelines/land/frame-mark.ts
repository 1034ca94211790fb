import { createHash } from 'node:crypto';
import type { LandedFrame } from './landed-frame.js';
import type { FoundFrame } from './segment-frames.js';

/**
 * Tells a frame from the one with its number in another log, in 16 hexadecimal digits: by counts, watermark, and positions
 * or entry. These stay as they are when a frame is archived, is set aside or has a person blanked in it.
 */
export function frameMark(frame: LandedFrame): string {
  const { kind, ordinal, watermark_us, conservation } = frame;
  return markOf(kind, ordinal, watermark_us, conservation, frame.kind === 'events' ? frame.positions : frame.entry);
}

/** The same, by the head alone. */
export function headMark({ kind, metadata }: Pick<FoundFrame, 'kind' | 'metadata'>): string {
  const { ordinal, watermark_us, conservation, positions, entry } = metadata;
  return markOf(kind, ordinal, watermark_us, conservation, kind === 'events' ? positions : entry);
}

/** @param own in a certain order, without what JSON does not know: a watermark of -Infinity is null in heads */
function markOf(...own: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(own)).digest('hex').slice(0, 16);
}
