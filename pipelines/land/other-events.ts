import type { StoredFrame } from './stored-frames.js';

/**
 * Who the events of sources beyond `land.cardinality_max` are: in the columns their source is "other", so that a frame says it
 * behind its rejected lines, before the bodies. 12 bytes each, in the order of the rows: three words of 32 bits, as in
 * `decode/hash.ts`, little-endian.
 */
export const OTHER_BYTES = 12;

/** Reads them, one after the other. */
export class OtherEvents {
  readonly #payload: Buffer;
  readonly #end: number;
  #at: number;

  /** @param at where they begin in the payload @param rows how many there are: 0 in frames of before, which did not say it */
  constructor(payload: Buffer, at: number, rows: number) {
    this.#payload = payload;
    this.#at = at;
    const end = at + rows * OTHER_BYTES;
    // An archive of before has kept the head of the frame, and nothing of what it did not know.
    this.#end = end <= payload.length ? end : at;
  }

  /** Those of a frame, which may be archived. */
  static of({ metadata, payload }: StoredFrame): OtherEvents {
    const { rejected, arrow_length, other_rows = 0 } = metadata;
    const at = rejected.reduce((from, { sealed_length }) => from + sealed_length, arrow_length);
    return new OtherEvents(payload ?? Buffer.alloc(0), at, payload === null ? 0 : other_rows);
  }

  /** Whether there was one more. @param into its three words */
  next(into: Uint32Array): boolean {
    if (this.#at >= this.#end) return false;
    for (let word = 0; word < 3; word++) into[word] = this.#payload.readUInt32LE(this.#at + word * 4);
    this.#at += OTHER_BYTES;
    return true;
  }
}
