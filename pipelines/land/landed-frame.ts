import type { Batch, Conservation, SourcePosition } from '../../contracts/batch.js';
import type { ControlEntry } from '../../contracts/control-entry.js';
import type { RejectedNote } from './frame.js';
import { wholeFrames } from './frame-batches.js';
import type { FoundFrame } from './segment-frames.js';
import { fileOf, findFrames, findHeads, type StoredFrame } from './stored-frames.js';

/** A line that was kept out: why, where it stood, and its bytes (of a long one the first), sealed. */
export interface Rejected extends Omit<RejectedNote, 'sealed_length'> {
  readonly sealed_bytes: Uint8Array;
}

export type LandedFrame =
  | {
      readonly kind: 'events';
      readonly ordinal: number;
      readonly batch: Batch;
      readonly rejected: readonly Rejected[];
      readonly watermark_us: number;
      readonly conservation: Conservation;
      /** Positions that have moved since the frame before. */
      readonly positions: readonly SourcePosition[];
    }
  | {
      readonly kind: 'control';
      readonly ordinal: number;
      readonly entry: ControlEntry;
      readonly watermark_us: number;
      readonly conservation: Conservation;
    };

/**
 * Every frame of archive and log from an ordinal on, as it was handed over when it landed.
 * @throws PlumblineError LOG_FRAME_DAMAGED
 */
export async function* readFrames(
  data_dir: string,
  options: { readonly from_frame: number },
): AsyncGenerator<LandedFrame> {
  const isWanted = ({ metadata }: FoundFrame) => metadata.ordinal >= options.from_frame;
  const from_file = fileOf(data_dir, options.from_frame);
  // Of what comes before, words are needed at the most: summaries have them.
  const found =
    from_file === undefined
      ? findHeads(data_dir, ({ last_frame }) => last_frame < options.from_frame)
      : findFrames(data_dir, from_file);
  for await (const { frame, batch } of wholeFrames(data_dir, found, isWanted)) {
    const { ordinal, conservation, positions, entry } = frame.metadata;
    const watermark_us = frame.metadata.watermark_us ?? Number.NEGATIVE_INFINITY;
    if (frame.kind === 'control') yield { kind: 'control', ordinal, entry: entry!, watermark_us, conservation };
    else
      yield {
        kind: 'events',
        ordinal,
        batch,
        rejected: rejectedOf(frame),
        watermark_us,
        conservation,
        positions,
      };
  }
}

/** By what people name a line that was kept out: its frame, and its place among those of the frame. */
export function rejectedId(frame: number, index: number): string {
  return `${frame}.${index}`;
}

/** Of a frame that is set aside, what its head says of them; their bytes are gone. */
export function rejectedOf({ metadata, payload }: StoredFrame): Rejected[] {
  let at = metadata.arrow_length;
  return metadata.rejected.map(({ sealed_length, ...note }) => {
    const sealed_bytes = payload?.subarray(at, at + sealed_length) ?? new Uint8Array();
    at += sealed_length;
    return { ...note, sealed_bytes };
  });
}
