import { FORMAT_VERSION, FRAME_ALIGNMENT, hashOf } from './frame.js';

/**
 * The first 64 bytes of a segment: what an Arrow file begins with, and, since format 2, what the file is. Arrow's readers
 * pass over it.
 *
 * | bytes | field |
 * | --- | --- |
 * | 0-7 | `ARROW1`, padded |
 * | 8-15 | `PLUMBLOG`; zeros in format 1, and all that follows |
 * | 16-19 | format version |
 * | 20-23 | number of the segment |
 * | 24-31 | ordinal of its first frame |
 * | 56-63 | xxHash64 of bytes 0-55 |
 */
export interface SegmentHead {
  /** 1: the file says nothing of itself. */
  readonly version: number;
  /** Number of the segment; null in version 1. */
  readonly segment: number | null;
  /** Ordinal of the frame that it begins with; null in version 1. */
  readonly first_frame: number | null;
}

export const ARROW_MAGIC = 'ARROW1';
const MAGIC = Buffer.from('PLUMBLOG', 'latin1');
const HASH_AT = FRAME_ALIGNMENT - 8;

export function encodeSegmentHead(segment: number, first_frame: number): Buffer {
  const head = Buffer.alloc(FRAME_ALIGNMENT);
  head.write(ARROW_MAGIC, 'latin1');
  MAGIC.copy(head, 8);
  head.writeUInt32LE(FORMAT_VERSION, 16);
  head.writeUInt32LE(segment, 20);
  head.writeBigUInt64LE(BigInt(first_frame), 24);
  head.writeBigUInt64LE(hashOf([head.subarray(0, HASH_AT)]), HASH_AT);
  return head;
}

/** Null when the bytes are no head. */
export function decodeSegmentHead(head: Buffer): SegmentHead | null {
  if (head.length < FRAME_ALIGNMENT || head.toString('latin1', 0, ARROW_MAGIC.length) !== ARROW_MAGIC) return null;
  if (head.subarray(ARROW_MAGIC.length).every((byte) => byte === 0))
    return { version: 1, segment: null, first_frame: null };
  const isWhole =
    head.subarray(8, 16).equals(MAGIC) && head.readBigUInt64LE(HASH_AT) === hashOf([head.subarray(0, HASH_AT)]);
  if (!isWhole) return null;
  return {
    version: head.readUInt32LE(16),
    segment: head.readUInt32LE(20),
    first_frame: Number(head.readBigUInt64LE(24)),
  };
}
