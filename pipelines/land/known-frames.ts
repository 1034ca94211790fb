import { BODY_FORMAT, LandedBodies } from '../decode/bodies.js';
import { fingerprintIn, sourceSeed } from '../decode/hash.js';
import { isArchived } from './archive-files.js';
import { SetAsideFrames } from './damage.js';
import type { Duplicates } from './duplicates.js';
import { wholeFrames } from './frame-batches.js';
import { idPlaces } from './frame-ids.js';
import { type FoundFrame, type PayloadPlace, Payloads } from './segment-frames.js';
import { damagedPayload, type FramePlace, findFrames } from './stored-frames.js';

type Words = ReadonlyMap<string, readonly string[]>;

/** A frame that says who its events are and holds what they say. */
interface IdsPlace extends FramePlace, PayloadPlace {
  readonly first_seq: number;
  readonly batch_offset: number;
}

/**
 * The frames of a log whose events may come again, and their events made known again. Which frames these are shows on the
 * way over the heads, which is gone once: what has to be kept of them is little. Of most, ids and bodies are read where
 * they lie; an archived frame, and one of a version that did not write bodies, is read with all its columns.
 */
export class KnownFrames {
  #places: IdsPlace[] = [];
  /** Segments, with the ordinal after their last event. */
  readonly #segments: { readonly file: string; next_seq: number }[] = [];
  /** The last frame that has to be read with all its columns, and the ordinal after its last event. */
  #last_whole = { ordinal: -1, next_seq: 0 };
  #older_from_seq = 0;

  /** Takes the head of the next frame of the log. */
  take({ rows, metadata, file, at, end, payload_at, payload_length, payload_hash }: FoundFrame): void {
    const { ordinal, first_seq, batch_offset, body_format, duplicates } = metadata;
    const next_seq = first_seq + rows;
    const segment = this.#segments.at(-1);
    if (segment?.file === file) segment.next_seq = next_seq;
    else this.#segments.push({ file, next_seq });
    if (duplicates.older_from_seq !== this.#older_from_seq) {
      this.#older_from_seq = duplicates.older_from_seq;
      this.#places = this.#places.filter((one) => one.first_seq + one.rows > this.#older_from_seq);
    }
    if (rows === 0) return;
    if (isArchived(file) || body_format !== BODY_FORMAT) {
      this.#last_whole = { ordinal, next_seq };
      this.#places = [];
      return;
    }
    const payload = { payload_at, payload_length, payload_hash };
    this.#places.push({ file, at, end, rows, ordinal, first_seq, batch_offset, ...payload });
  }

  /**
   * Makes the events known that were when the log ended. (Those of a source that came as "other", beyond `cardinality_max`
   * sources, are not: the log no longer says whose they are.)
   * @param words of dictionary columns, by id
   * @throws PlumblineError LOG_FRAME_DAMAGED
   */
  async remembered(duplicates: Duplicates, data_dir: string, words: Words): Promise<void> {
    const seeds = (words.get('source') ?? []).map((text) => sourceSeed(Buffer.from(text)));
    if (this.#last_whole.next_seq > this.#older_from_seq) await this.#rememberWhole(duplicates, data_dir, words, seeds);
    this.#rememberIds(duplicates, SetAsideFrames.of(data_dir), seeds);
  }

  async #rememberWhole(duplicates: Duplicates, data_dir: string, words: Words, seeds: readonly number[]) {
    const first = this.#segments.find(({ next_seq }) => next_seq > this.#older_from_seq)!;
    const landed = new LandedBodies(words);
    const fingerprint = new Uint32Array(3);
    const isWanted = ({ rows, metadata }: FoundFrame) => rows > 0 && metadata.first_seq + rows > this.#older_from_seq;
    const found = upTo(this.#last_whole.ordinal, findFrames(data_dir, first.file));
    for await (const { batch } of wholeFrames(data_dir, found, isWanted, words)) {
      if (batch.rows === 0) continue;
      const { values, bytes } = batch.columns.get('event_id')!;
      const source = batch.columns.get('source')!.values as Int32Array;
      const bodies = landed.of(batch);
      for (let row = 0; row < batch.rows; row++) {
        const [from, to] = [values[row] as number, values[row + 1] as number];
        fingerprintIn(seeds[source[row]!]!, bytes!, from, to, fingerprint);
        duplicates.remember(fingerprint, bodies[row]!, batch.first_seq + row);
      }
    }
  }

  #rememberIds(duplicates: Duplicates, set_aside: SetAsideFrames, seeds: readonly number[]): void {
    const fingerprint = new Uint32Array(3);
    const payloads = new Payloads();
    try {
      for (const place of this.#places) {
        if (set_aside.has(place.ordinal)) continue;
        const payload = payloads.lent(place);
        if (payload === null) throw damagedPayload(place);
        const { ids_at, offsets_at, sources_at, bodies_at } = idPlaces(payload, place.batch_offset, place.rows);
        for (let row = 0; row < place.rows; row++) {
          const from = ids_at + payload.readInt32LE(offsets_at + row * 4);
          const to = ids_at + payload.readInt32LE(offsets_at + row * 4 + 4);
          const seed = seeds[payload.readInt32LE(sources_at + row * 4)]!;
          fingerprintIn(seed, payload, from, to, fingerprint);
          duplicates.remember(fingerprint, payload.readUInt32LE(bodies_at + row * 4), place.first_seq + row);
        }
      }
    } finally {
      payloads.close();
    }
  }
}

function* upTo(ordinal: number, found: Iterable<FoundFrame>): Generator<FoundFrame> {
  for (const frame of found) {
    if (frame.metadata.ordinal > ordinal) return;
    yield frame;
  }
}
