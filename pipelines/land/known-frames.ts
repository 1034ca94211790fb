import { BODY_FORMAT, LandedBodies } from '../decode/bodies.js';
import { OTHER_VALUE } from '../decode/dictionary.js';
import { fingerprintIn, sourceSeed } from '../decode/hash.js';
import { isArchived } from './archive-files.js';
import { mendTwin } from './archive-twins.js';
import { SetAsideFrames } from './damage.js';
import type { Duplicates } from './duplicates.js';
import { wholeFrames } from './frame-batches.js';
import { idPlaces } from './frame-ids.js';
import { OTHER_BYTES, OtherEvents } from './other-events.js';
import { EVENT_WORDS, readEvents, SegmentEvents } from './segment-events.js';
import { type FoundFrame, type PayloadPlace, Payloads } from './segment-frames.js';
import type { KeptSummary } from './segment-summary.js';
import { damagedPayload, type FramePlace, findFrames } from './stored-frames.js';

type Words = ReadonlyMap<string, readonly string[]>;

/** A frame that says who its events are and holds what they say. */
interface IdsPlace extends FramePlace, PayloadPlace {
  readonly first_seq: number;
  readonly batch_offset: number;
  readonly other_rows: number;
}

/** A segment whose events may come again. */
interface KnownSegment {
  readonly file: string;
  /** The ordinal after its last event. */
  next_seq: number;
  /** Null when its heads were not read. */
  readonly kept: KeptSummary | null;
  /** Where its frames say who their events are; null when it has to be read with all columns. */
  places: IdsPlace[] | null;
}

/**
 * The segments of a log whose events may come again, and their events made known again. Which they are shows on the way
 * over heads and summaries, which is gone once: what has to be kept of a frame is little. Most closed segments have a file
 * of who their events are. Of others, ids and bodies are read where they lie; one that is archived, or of a version that
 * did not write bodies, is read with all columns.
 */
export class KnownFrames {
  #segments: KnownSegment[] = [];
  #older_from_seq = 0;

  /** Takes the head of the next frame of the log. */
  take(frame: FoundFrame): void {
    const { rows, metadata, file } = frame;
    const next_seq = metadata.first_seq + rows;
    const last = this.#segments.at(-1);
    if (last?.file === file) last.next_seq = next_seq;
    else this.#segments.push({ file, next_seq, kept: null, places: isArchived(file) ? null : [] });
    addPlace(this.#segments.at(-1)!, frame);
    this.#forget(metadata.duplicates.older_from_seq);
  }

  /** Takes all frames of the next segment of the log. */
  takeSegment(kept: KeptSummary): void {
    const { first_seq, rows, last } = kept.summary;
    this.#segments.push({ file: kept.file, next_seq: first_seq + rows, kept, places: null });
    this.#forget(last.duplicates.older_from_seq);
  }

  /**
   * Makes the events known that were when the log ended. (Those of a source that came as "other", beyond `cardinality_max`
   * sources, are not in frames of before: these do not say who they are.)
   * @param words of dictionary columns, by id
   * @param onRead called with the events of each segment that had to be read for it
   * @throws PlumblineError LOG_FRAME_DAMAGED
   */
  async remembered(
    duplicates: Duplicates,
    data_dir: string,
    words: Words,
    onRead: (file: string, events: SegmentEvents) => void,
  ): Promise<void> {
    const reading = new EventReading(duplicates, data_dir, words);
    let whole: KnownSegment[] = [];
    const readWhole = async () => {
      await reading.rememberWhole(whole, onRead);
      whole = [];
    };
    for (const segment of this.#segments) {
      const { file, kept } = segment;
      const known = kept === null ? null : readEvents(data_dir, kept);
      // Its heads were not to be read, so nobody has compared them yet.
      if (kept !== null && known === null && isArchived(file)) mendTwin(file);
      const places = kept === null || known !== null ? segment.places : placesOf(data_dir, file);
      if (known === null && places === null) {
        whole.push(segment);
        continue;
      }
      await readWhole();
      if (known !== null) reading.rememberKept(kept!.summary.first_seq, known);
      else onRead(file, reading.rememberIds(places!));
    }
    await readWhole();
  }

  /** Segments with nothing but events that cannot come again. */
  #forget(older_from_seq: number): void {
    if (older_from_seq === this.#older_from_seq) return;
    this.#older_from_seq = older_from_seq;
    this.#segments = this.#segments.filter(({ next_seq }) => next_seq > older_from_seq);
  }
}

function addPlace(segment: KnownSegment, frame: FoundFrame): void {
  const { rows, metadata, file, at, end, payload_at, payload_length, payload_hash } = frame;
  const { ordinal, first_seq, batch_offset, body_format, other_rows = 0 } = metadata;
  if (rows === 0) return;
  if (body_format !== BODY_FORMAT) segment.places = null;
  const payload = { payload_at, payload_length, payload_hash };
  segment.places?.push({ file, at, end, rows, ordinal, first_seq, batch_offset, other_rows, ...payload });
}

/** Where the frames of a closed segment say it, whose heads were not read. @throws PlumblineError LOG_FRAME_DAMAGED */
function placesOf(data_dir: string, file: string): IdsPlace[] | null {
  const segment: KnownSegment = { file, next_seq: 0, kept: null, places: isArchived(file) ? null : [] };
  if (!isArchived(file)) for (const frame of framesOf(data_dir, [segment])) addPlace(segment, frame);
  return segment.places;
}

/** Frames of segments. @throws PlumblineError LOG_FRAME_DAMAGED */
function* framesOf(data_dir: string, segments: readonly KnownSegment[]): Generator<FoundFrame> {
  for (const { file } of segments)
    for (const frame of findFrames(data_dir, file)) {
      if (frame.file !== file) break;
      yield frame;
    }
}

/** Events that become known again, wherever it is said who they are. */
class EventReading {
  readonly #duplicates: Duplicates;
  readonly #data_dir: string;
  readonly #words: Words;
  readonly #set_aside: SetAsideFrames;
  readonly #seeds: readonly number[];
  /** Id of the source "other". */
  readonly #other: number;
  readonly #fingerprint = new Uint32Array(3);

  constructor(duplicates: Duplicates, data_dir: string, words: Words) {
    this.#duplicates = duplicates;
    this.#data_dir = data_dir;
    this.#words = words;
    this.#set_aside = SetAsideFrames.of(data_dir);
    this.#other = (words.get('source') ?? []).indexOf(OTHER_VALUE);
    this.#seeds = (words.get('source') ?? []).map((text) => sourceSeed(Buffer.from(text)));
  }

  /** @param words of the events from one on */
  rememberKept(first_seq: number, words: Uint32Array): void {
    for (let at = 0, seq = first_seq; at < words.length; at += EVENT_WORDS, seq++) {
      for (let word = 0; word < 3; word++) this.#fingerprint[word] = words[at + word]!;
      this.#duplicates.remember(this.#fingerprint, words[at + 3]!, seq);
    }
  }

  /** Reads segments that follow one another with all columns. @param onRead called with the events of each */
  async rememberWhole(
    segments: readonly KnownSegment[],
    onRead: (file: string, events: SegmentEvents) => void,
  ): Promise<void> {
    if (segments.length === 0) return;
    const landed = new LandedBodies(this.#words);
    const found = framesOf(this.#data_dir, segments);
    const read = segments.map(() => new SegmentEvents());
    let segment = 0;
    for await (const { frame, batch } of wholeFrames(this.#data_dir, found, ({ rows }) => rows > 0, this.#words)) {
      if (batch.rows === 0) continue;
      while (batch.first_seq >= segments[segment]!.next_seq) segment++;
      const { values, bytes } = batch.columns.get('event_id')!;
      const source = batch.columns.get('source')!.values as Int32Array;
      const bodies = landed.of(batch);
      const others = OtherEvents.of(frame);
      for (let row = 0; row < batch.rows; row++) {
        const [from, to] = [values[row] as number, values[row + 1] as number];
        this.#whoIs(source[row]!, others, bytes!, from, to);
        this.#remember(bodies[row]!, batch.first_seq + row, read[segment]!);
      }
    }
    for (const [index, { file }] of segments.entries()) onRead(file, read[index]!);
  }

  rememberIds(places: readonly IdsPlace[]): SegmentEvents {
    const events = new SegmentEvents();
    const payloads = new Payloads();
    try {
      for (const place of places) {
        if (this.#set_aside.has(place.ordinal)) continue;
        const payload = payloads.lent(place);
        if (payload === null) throw damagedPayload(place);
        const { ids_at, offsets_at, sources_at, bodies_at } = idPlaces(payload, place.batch_offset, place.rows);
        const others = new OtherEvents(payload, bodies_at - place.other_rows * OTHER_BYTES, place.other_rows);
        for (let row = 0; row < place.rows; row++) {
          const from = ids_at + payload.readInt32LE(offsets_at + row * 4);
          const to = ids_at + payload.readInt32LE(offsets_at + row * 4 + 4);
          this.#whoIs(payload.readInt32LE(sources_at + row * 4), others, payload, from, to);
          this.#remember(payload.readUInt32LE(bodies_at + row * 4), place.first_seq + row, events);
        }
      }
    } finally {
      payloads.close();
    }
    return events;
  }

  /** @param bytes which hold the id, from one byte to another */
  #whoIs(source: number, others: OtherEvents, bytes: Uint8Array, from: number, to: number): void {
    if (source === this.#other && others.next(this.#fingerprint)) return;
    fingerprintIn(this.#seeds[source]!, bytes, from, to, this.#fingerprint);
  }

  #remember(body: number, seq: number, events: SegmentEvents): void {
    this.#duplicates.remember(this.#fingerprint, body, seq);
    events.add(this.#fingerprint, body);
  }
}
