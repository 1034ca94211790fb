import { createHash } from 'node:crypto';
import type { LandedFrame } from './landed-frame.js';

/**
 * Tells a frame from the one with its number in another log, in 16 hexadecimal digits: by counts, watermark, and positions
 * or entry. These stay as they are when a frame is archived, is set aside or has a person blanked in it.
 */
export function frameMark(frame: LandedFrame): string {
  const { kind, ordinal, watermark_us, conservation } = frame;
  const own = frame.kind === 'events' ? frame.positions : frame.entry;
  const text = JSON.stringify([kind, ordinal, watermark_us, conservation, own]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
