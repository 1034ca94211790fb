import xxhash from 'xxhash-wasm';
import type { Conservation, SourcePosition } from '../../contracts/batch.js';
import type { ControlEntry } from '../../contracts/control-entry.js';
import type { RejectionReason } from '../../contracts/event.js';
import type { KnownSince } from './duplicates.js';
import type { WatermarkState } from './watermarks.js';

/**
 * A frame: a fixed header of 64 bytes, metadata as JSON, and a payload, each padded to 64 bytes. Two xxHash64 sums, one
 * over header and metadata and one over the payload, tell a damaged frame from a whole one.
 *
 * | bytes | field |
 * | --- | --- |
 * | 0-7 | magic `PLUMBFRM` |
 * | 8 | format version: 1 to 3 |
 * | 9 | kind: 1 events, 2 control |
 * | 12-15 | rows |
 * | 16-19 | metadata length, bytes |
 * | 24-31 | payload length, bytes |
 * | 32-39 | xxHash64 of the payload |
 * | 40-47 | xxHash64 of bytes 0-39 and the metadata |
 */

export const FRAME_ALIGNMENT = 64;
/**
 * Version 2 has `dictionary_sizes`, and segments that say what they are. From 3 on the segments before may be archived:
 * a program that knows nothing of it must not take them for lost.
 */
export const FORMAT_VERSION = 3;
const HEADER_BYTES = 64;
export const MAGIC = Buffer.from('PLUMBFRM', 'latin1');
const KINDS = ['', 'events', 'control'] as const;

const { create64 } = await xxhash();

/** Where an Arrow message stands, as the footer of an Arrow file lists it. */
export interface ArrowBlock {
  offset: number;
  readonly metaDataLength: number;
  readonly bodyLength: number;
}

export interface RejectedNote {
  readonly input: string;
  readonly partition: string;
  readonly offset: number;
  readonly reason: RejectionReason;
  readonly detail: string;
  readonly bytes_length: number;
  /** Keyed: 64 bits of HMAC-SHA-256 of the line as its source has passed it on, hexadecimal. A number cannot be tried out against it. */
  readonly content_hash: string;
  /** Wall clock, microseconds; not known of what the first version rejected. */
  readonly rejected_at_us?: number;
  /** Last day (UTC) on which the bytes can be read, which names their key; absent: sealed under the store's key. */
  readonly sealed_until?: string;
  /** Length of the sealed bytes in the payload. */
  readonly sealed_length: number;
}

/** What is known of a frame without its payload. */
export interface FrameMetadata {
  readonly ordinal: number;
  readonly first_seq: number;
  readonly first_event_us: number | null;
  readonly conservation: Conservation;
  readonly watermark_us: number | null;
  readonly inputs: WatermarkState;
  /** Newest event time so far; 0 before the first event. */
  readonly newest_us: number;
  readonly duplicates: KnownSince;
  /** Positions that have moved since the frame before. */
  readonly positions: readonly SourcePosition[];
  /**
   * Since format 2: values that each `dictionary` column had before this frame, in the order of EVENT_COLUMNS. Tells how
   * many were lost with a frame that cannot be read.
   */
  readonly dictionary_sizes?: readonly number[];
  readonly additions: Record<string, { readonly first_id: number; readonly values: readonly string[] }>;
  /** Record batch message: from batch_offset to arrow_length; -1 without rows. */
  readonly batch_offset: number;
  readonly arrow_length: number;
  readonly dictionary_blocks: readonly ArrowBlock[];
  readonly batch_blocks: readonly ArrowBlock[];
  readonly rejected: readonly RejectedNote[];
  /** Rows whose source is "other": who they are stands behind the rejected lines (`other-events.ts`); absent: it does not. */
  readonly other_rows?: number;
  /** The payload ends with the body of each row, 4 bytes each, summed in this format; absent: it does not. */
  readonly body_format?: number;
  /** Of a frame whose rows lie in the archive: what `hashOfRows` gives of them, hexadecimal; '' when they are lost. */
  readonly rows_hash?: string;
  readonly entry: ControlEntry | null;
}

export interface FrameHeader {
  readonly kind: 'events' | 'control';
  readonly rows: number;
  readonly metadata_length: number;
  readonly payload_length: number;
  readonly payload_hash: bigint;
  readonly header_hash: bigint;
}

export function padded(length: number): number {
  return Math.ceil(length / FRAME_ALIGNMENT) * FRAME_ALIGNMENT;
}

export function hashOf(chunks: readonly Uint8Array[]): bigint {
  const hash = create64();
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
}

/** Header and metadata, padded: what stands before the payload. */
export function encodeHead(
  kind: 'events' | 'control',
  rows: number,
  metadata: FrameMetadata,
  payload: { readonly length: number; readonly hash: bigint },
): Buffer {
  const text = Buffer.from(JSON.stringify(metadata));
  const head = Buffer.alloc(HEADER_BYTES + padded(text.length));
  MAGIC.copy(head);
  head[8] = FORMAT_VERSION;
  head[9] = KINDS.indexOf(kind);
  head.writeUInt32LE(rows, 12);
  head.writeUInt32LE(text.length, 16);
  head.writeBigUInt64LE(BigInt(payload.length), 24);
  head.writeBigUInt64LE(payload.hash, 32);
  head.writeBigUInt64LE(hashOf([head.subarray(0, 40), text]), 40);
  text.copy(head, HEADER_BYTES);
  return head;
}

/** The header of a frame whose payload has become another of the same length. */
export function rehashedHeader(header: Buffer, text: Buffer, payload: Uint8Array): Buffer {
  const rehashed = Buffer.from(header);
  rehashed.writeBigUInt64LE(hashOf([payload]), 32);
  rehashed.writeBigUInt64LE(hashOf([rehashed.subarray(0, 40), text]), 40);
  return rehashed;
}

/** The header in 64 bytes; null when they are not one. */
export function decodeHeader(bytes: Buffer): FrameHeader | null {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return null;
  const version = bytes[8]!;
  if (version < 1 || version > FORMAT_VERSION) return null;
  const kind = KINDS[bytes[9]!];
  if (kind !== 'events' && kind !== 'control') return null;
  return {
    kind,
    rows: bytes.readUInt32LE(12),
    metadata_length: bytes.readUInt32LE(16),
    payload_length: Number(bytes.readBigUInt64LE(24)),
    payload_hash: bytes.readBigUInt64LE(32),
    header_hash: bytes.readBigUInt64LE(40),
  };
}

/** The metadata, when header and text agree with their sum; else null. */
export function decodeMetadata(header: Buffer, text: Buffer): FrameMetadata | null {
  if (hashOf([header.subarray(0, 40), text]) !== header.readBigUInt64LE(40)) return null;
  return JSON.parse(text.toString()) as FrameMetadata;
}

export const HEADER_LENGTH = HEADER_BYTES;
