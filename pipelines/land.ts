import type { Batch, Conservation, SourcePosition } from '../contracts/batch.js';
import type { Clock } from '../contracts/clock.js';
import type { Config } from '../contracts/config.js';
import type { ControlEntry } from '../contracts/control-entry.js';
import { parseDurationMs } from '../contracts/duration.js';
import { EVENT_TYPES } from '../contracts/event.js';
import type { SourceChunk } from '../contracts/source.js';
import { CarefulDecoder } from './decode/careful-decoder.js';
import { ColumnBuilder } from './decode/column-builder.js';
import { FastDecoder } from './decode/fast-decoder.js';
import { COLUMN } from './decode/fields.js';
import { fingerprintOf } from './decode/hash.js';
import { type Refusal, Row } from './decode/row.js';
import { Duplicates } from './land/duplicates.js';
import { hashOf, type RejectedNote } from './land/frame.js';
import { batchOf, LandingLog, type StoredFrame, storedFrames, type TornTail } from './land/landing-log.js';
import { type InputWatermark, Watermarks } from './land/watermarks.js';
import { ContactTokens } from './privacy/contact-tokens.js';
import { seal } from './privacy/seal.js';
import { openStoreKeys } from './privacy/store-keys.js';
import { TextReader } from './privacy/text-reader.js';
import { TextVault } from './privacy/text-vault.js';

/** A line that was kept out: why, where it stood, and its bytes sealed under the store's key. */
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
      readonly positions: readonly SourcePosition[];
    }
  | {
      readonly kind: 'control';
      readonly ordinal: number;
      readonly entry: ControlEntry;
      readonly watermark_us: number;
      readonly conservation: Conservation;
    };

export interface LandingOptions {
  readonly data_dir: string;
  readonly config: Config['land'];
  readonly clock: Clock;
  readonly key_seed?: string | undefined;
}

const LF = 10;
const CR = 13;
/** Nothing was dialled by an agent before this: 2000-01-01, microseconds. */
const EVENT_US_MIN = 946_684_800_000_000;
const WATERMARK_TYPE = EVENT_TYPES.indexOf('source.watermark');
/** Rejected lines of one frame; more of them cut the frame. */
const REJECTED_MAX = 4_096;
const REJECTED_BYTES_MAX = 65_536;

/**
 * The door: bytes of events in, durable frames of the log out. What passes is decoded, checked, freed of numbers and
 * texts, known not to be a duplicate, marked when late, and on disk before it is acknowledged.
 */
export class Landing {
  readonly #log: LandingLog;
  readonly #config: Config['land'];
  readonly #clock: Clock;
  readonly #fast = new FastDecoder();
  readonly #careful: CarefulDecoder;
  readonly #row = new Row();
  readonly #builder: ColumnBuilder;
  readonly #duplicates: Duplicates;
  readonly #watermarks: Watermarks;
  readonly #tokens: ContactTokens;
  readonly #reader: TextReader;
  readonly #vault: TextVault;
  readonly #rejected_key: Buffer;
  readonly #text_reader_id: number;
  readonly #future_us: number;
  #conservation: Conservation = { received: 0, landed: 0, rejected: 0, duplicate: 0, late: 0 };
  #positions = new Map<string, SourcePosition>();
  #rejected: Rejected[] = [];
  #acknowledgements: (() => void)[] = [];
  #next_seq = 0;
  #newest_us = 0;
  #first_event_us: number | null = null;
  #boundary_us: number | null = null;
  #has_buffered = false;
  #buffered_since_us = 0;
  /** What the last open had to cut off the log's end. */
  readonly torn: TornTail | null;

  private constructor(options: LandingOptions, log: LandingLog, torn: TornTail | null, restored: Restored) {
    const { config, data_dir, clock } = options;
    const keys = openStoreKeys(data_dir, options.key_seed);
    this.#log = log;
    this.torn = torn;
    this.#config = config;
    this.#clock = clock;
    this.#careful = new CarefulDecoder(config.depth_max);
    this.#builder = new ColumnBuilder(config.batch_rows_max, config.cardinality_max);
    this.#duplicates = restored.duplicates;
    this.#watermarks = restored.watermarks;
    this.#tokens = new ContactTokens(keys.contact_token);
    this.#rejected_key = keys.rejected;
    this.#reader = TextReader.open(config.phrases);
    this.#vault = new TextVault(data_dir, parseDurationMs(config.text_keep));
    this.#vault.expire(clock.nowUs() / 1000);
    this.#future_us = parseDurationMs(config.future_max) * 1000;
    for (const [name, values] of restored.dictionaries) this.#builder.restore(name, values);
    this.#text_reader_id = this.#builder.intern('text_reader', this.#reader.version);
    this.#conservation = restored.conservation;
    this.#next_seq = restored.next_seq;
    this.#newest_us = restored.newest_us;
    this.#first_event_us = restored.first_event_us;
    for (const position of restored.positions) this.#positions.set(`${position.input}|${position.partition}`, position);
  }

  /** Opens the log of a data directory and takes up counts, watermarks, dictionaries and known duplicates from it. */
  static async open(options: LandingOptions): Promise<Landing> {
    const restored = new Restored(options.config);
    const { log, torn } = LandingLog.open(options.data_dir, options.config.segment_bytes_max, (frame, payload) =>
      restored.take(frame, payload),
    );
    restored.finish();
    return new Landing(options, log, torn, restored);
  }

  /** -Infinity before the first event. */
  get watermark_us(): number {
    return this.#watermarks.overall_us;
  }

  get conservation(): Conservation {
    return { ...this.#conservation };
  }

  /** Event time of the first event of the log; null before it. */
  get first_event_us(): number | null {
    return this.#first_event_us;
  }

  /** Wall-clock microseconds since which something waits to be flushed; null when nothing does. */
  get buffered_since_us(): number | null {
    return this.#has_buffered ? this.#buffered_since_us : null;
  }

  get inputs(): Record<string, [number | null, number | null, boolean, boolean]> {
    return this.#watermarks.state();
  }

  position(input: string, partition: string): number | undefined {
    return this.#positions.get(`${input}|${partition}`)?.next_offset;
  }

  /** The batch is cut right after the event that brings the watermark to this time. */
  setBoundary(us: number | null): void {
    this.#boundary_us = us;
  }

  /**
   * Lands the lines of a chunk; yields each frame once it is on disk. What does not fill a frame waits for more, or for
   * `flush`. The chunk is acknowledged when its last event is durable.
   */
  async *land(chunk: SourceChunk): AsyncGenerator<LandedFrame> {
    const { bytes } = chunk;
    const input = this.#watermarks.input(chunk.input);
    const arrived_us = this.#clock.nowUs();
    if (!this.#has_buffered) this.#buffered_since_us = arrived_us;
    let offset = chunk.first_offset;
    for (let from = 0; from < bytes.length; offset++) {
      let to = bytes.indexOf(LF, from);
      const next = to < 0 ? bytes.length : to + 1;
      if (to < 0) to = bytes.length;
      this.#has_buffered = true;
      const reached = this.#line(bytes, from, to, chunk, input, offset, arrived_us);
      from = next;
      if (reached || this.#isFull()) {
        this.#note(chunk, offset + 1);
        yield await this.#write();
      }
    }
    this.#note(chunk, offset);
    if (chunk.acknowledge !== undefined) this.#acknowledgements.push(() => chunk.acknowledge!());
    if (!this.#has_buffered) this.#acknowledged();
    // Lets the callbacks of a query that scans the last batch run.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** What waits, made durable; null when nothing does. */
  async flush(): Promise<LandedFrame | null> {
    return this.#has_buffered ? await this.#write() : null;
  }

  /** Writes a control entry; what waits must have been flushed. */
  async control(entry: ControlEntry): Promise<LandedFrame> {
    if (this.#has_buffered) throw new Error('events wait to be flushed before a control entry');
    if (entry.kind === 'input_idle') this.#watermarks.idle(entry.input, entry.until_us);
    if (entry.kind === 'input_ended') this.#watermarks.ended(entry.input);
    if (entry.kind === 'drained') this.#watermarks.drained(entry.until_us);
    const ordinal = await this.#log.append({ ...this.#draft(), additions: {}, rejected: [], entry }, null, []);
    return { kind: 'control', ordinal, entry, watermark_us: this.watermark_us, conservation: this.conservation };
  }

  async close(): Promise<void> {
    this.#log.closeSegment();
  }

  /** One line; true when the watermark has reached the boundary. */
  #line(
    bytes: Uint8Array,
    from: number,
    to: number,
    chunk: SourceChunk,
    input: InputWatermark,
    offset: number,
    arrived_us: number,
  ): boolean {
    const end = to > from && bytes[to - 1] === CR ? to - 1 : to;
    this.#conservation.received++;
    const refusal = this.#decode(bytes, from, end, arrived_us);
    if (refusal !== null) {
      this.#reject(bytes.subarray(from, end), chunk, offset, refusal);
      return false;
    }
    const row = this.#row;
    if (this.#duplicates.seen(row.fingerprint, Math.max(this.#newest_us, row.event_time_us))) {
      this.#conservation.duplicate++;
      return false;
    }
    this.#newest_us = Math.max(this.#newest_us, row.event_time_us);
    this.#first_event_us ??= row.event_time_us;
    const is_late = row.event_time_us < this.#watermarks.overall_us;
    row.setNumber(COLUMN.arrived_at!, arrived_us);
    row.setNumber(COLUMN.is_late!, is_late ? 1 : 0);
    this.#withhold(row);
    this.#builder.append(row);
    this.#conservation.landed++;
    if (is_late) this.#conservation.late++;
    if (row.type === WATERMARK_TYPE) this.#watermarks.promise(input, row.event_time_us);
    else this.#watermarks.observe(input, row.event_time_us);
    return this.#boundary_us !== null && this.#watermarks.overall_us >= this.#boundary_us;
  }

  #decode(bytes: Uint8Array, from: number, to: number, arrived_us: number): Refusal | null {
    if (to === from) return { reason: 'empty_line', detail: 'an empty line is no event' };
    if (to - from > this.#config.line_bytes_max)
      return { reason: 'line_too_long', detail: `${to - from} bytes; ${this.#config.line_bytes_max} are taken` };
    if (!this.#fast.decode(bytes, from, to, this.#row)) {
      const refusal = this.#careful.decode(bytes, from, to, this.#row);
      if (refusal !== null) return refusal;
    }
    const { event_time_us } = this.#row;
    if (event_time_us < EVENT_US_MIN)
      return { reason: 'time_implausible', detail: 'event time lies before 2000-01-01' };
    if (event_time_us > arrived_us + this.#future_us)
      return {
        reason: 'time_in_future',
        detail: `event time lies more than ${this.#config.future_max} after its arrival`,
      };
    return null;
  }

  /** The number becomes a token, the text becomes marks; neither becomes a column. */
  #withhold(row: Row): void {
    const key = COLUMN.call_key!;
    if (row.callee_from >= 0) {
      const token = this.#tokens.token(latin1(row.bytes, row.callee_from, row.callee_to));
      row.setKey(COLUMN.contact_token!, token[0]!, token[1]!);
      if (this.#vault.isKept) this.#vault.callTo(row.low[key]!, row.high[key]!, token);
    }
    if (row.text_from < 0) return;
    const text = Buffer.from(
      row.bytes.buffer,
      row.bytes.byteOffset + row.text_from,
      row.text_to - row.text_from,
    ).toString();
    row.setNumber(COLUMN.text_length!, text.length);
    row.setNumber(COLUMN.text_marks!, this.#reader.marks(text));
    if (this.#vault.isKept) this.#vault.keep(row.low[key]!, row.high[key]!, row.event_time_us, text);
    row.setNumber(COLUMN.text_reader!, this.#text_reader_id);
  }

  #reject(line: Uint8Array, chunk: SourceChunk, offset: number, { reason, detail }: Refusal): void {
    this.#conservation.rejected++;
    const kept = line.subarray(0, REJECTED_BYTES_MAX);
    this.#rejected.push({
      input: chunk.input,
      partition: chunk.partition,
      offset,
      reason,
      detail,
      bytes_length: line.length,
      content_hash: hashOf([line]).toString(16).padStart(16, '0'),
      sealed_bytes: seal(this.#rejected_key, kept),
    });
  }

  #isFull(): boolean {
    return (
      this.#builder.isFull ||
      this.#rejected.length >= REJECTED_MAX ||
      this.#builder.string_bytes >= this.#config.batch_bytes_max
    );
  }

  #note({ input, partition }: SourceChunk, next_offset: number): void {
    this.#positions.set(`${input}|${partition}`, { input, partition, next_offset });
  }

  async #write(): Promise<LandedFrame> {
    this.#vault.flush(this.#clock.nowUs() / 1000);
    const batch = this.#builder.seal(this.#next_seq);
    const rejected = this.#rejected;
    this.#rejected = [];
    this.#has_buffered = false;
    const draft = {
      ...this.#draft(),
      additions: Object.fromEntries(batch.dictionary_additions),
      rejected: rejected.map(({ sealed_bytes, ...note }) => ({ ...note, sealed_length: sealed_bytes.length })),
      entry: null,
    };
    this.#next_seq += batch.rows;
    const { watermark_us, conservation } = this;
    const positions = [...this.#positions.values()];
    const waiting = this.#acknowledgements;
    this.#acknowledgements = [];
    const ordinal = await this.#log.append(
      draft,
      batch,
      rejected.map(({ sealed_bytes }) => sealed_bytes),
    );
    for (const acknowledge of waiting) acknowledge();
    return { kind: 'events', ordinal, batch, rejected, watermark_us, conservation, positions };
  }

  #acknowledged(): void {
    for (const acknowledge of this.#acknowledgements) acknowledge();
    this.#acknowledgements = [];
  }

  #draft() {
    const { watermark_us } = this;
    return {
      first_seq: this.#next_seq,
      first_event_us: this.#first_event_us,
      conservation: this.conservation,
      watermark_us: Number.isFinite(watermark_us) ? watermark_us : null,
      inputs: this.#watermarks.state(),
      positions: [...this.#positions.values()],
    };
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}

/** What a log that is continued hands on. */
class Restored {
  readonly watermarks: Watermarks;
  readonly duplicates: Duplicates;
  readonly dictionaries = new Map<string, string[]>();
  readonly #horizon_us: number;
  readonly #recent: { newest_us: number; batch: () => Batch }[] = [];
  conservation: Conservation = { received: 0, landed: 0, rejected: 0, duplicate: 0, late: 0 };
  positions: readonly SourcePosition[] = [];
  next_seq = 0;
  newest_us = 0;
  first_event_us: number | null = null;

  constructor(config: Config['land']) {
    this.watermarks = new Watermarks(parseDurationMs(config.lateness) * 1000);
    this.#horizon_us = parseDurationMs(config.duplicate_horizon) * 1000;
    this.duplicates = new Duplicates(config.duplicate_entries_max, this.#horizon_us);
  }

  take(frame: Omit<StoredFrame, 'payload'>, payload: () => Buffer): void {
    const { metadata } = frame;
    this.conservation = { ...metadata.conservation };
    this.positions = metadata.positions;
    this.first_event_us = metadata.first_event_us;
    this.next_seq = metadata.first_seq + frame.rows;
    for (const [name, { values }] of Object.entries(metadata.additions)) {
      const known = this.dictionaries.get(name);
      if (known === undefined) this.dictionaries.set(name, [...values]);
      else known.push(...values);
    }
    this.watermarks.restore(metadata.inputs, metadata.watermark_us);
    const newest_us = Math.max(0, ...Object.values(metadata.inputs).map(([newest]) => newest ?? 0));
    this.newest_us = Math.max(this.newest_us, newest_us);
    if (frame.rows === 0) return;
    const bytes = payload();
    this.#recent.push({ newest_us, batch: () => batchOf({ ...frame, payload: bytes }) });
    while (this.#recent.length > 0 && this.#recent[0]!.newest_us < newest_us - this.#horizon_us) this.#recent.shift();
  }

  /** Makes known again what came within the horizon. */
  finish(): void {
    for (const { newest_us, batch } of this.#recent)
      rememberEvents(this.duplicates, batch(), this.dictionaries.get('source') ?? [], newest_us);
  }
}

function rememberEvents(duplicates: Duplicates, batch: Batch, sources: readonly string[], newest_us: number): void {
  const ids = batch.columns.get('event_id')!;
  const offsets = ids.values as Int32Array;
  const source = batch.columns.get('source')!.values as Int32Array;
  const encoded = sources.map((text) => Buffer.from(text));
  const fingerprint = new Uint32Array(3);
  for (let row = 0; row < batch.rows; row++) {
    fingerprintOf(encoded[source[row]!]!, ids.bytes!, offsets[row]!, offsets[row + 1]!, fingerprint);
    duplicates.seen(fingerprint, newest_us);
  }
}

/** Every frame of the log from an ordinal on, as it was handed over when it landed. @throws PlumblineError LOG_FRAME_DAMAGED */
export async function* readFrames(
  data_dir: string,
  options: { readonly from_frame: number },
): AsyncGenerator<LandedFrame> {
  for (const frame of storedFrames(data_dir, options.from_frame)) {
    const { ordinal, conservation, positions, entry } = frame.metadata;
    const watermark_us = frame.metadata.watermark_us ?? Number.NEGATIVE_INFINITY;
    if (frame.kind === 'control') yield { kind: 'control', ordinal, entry: entry!, watermark_us, conservation };
    else
      yield {
        kind: 'events',
        ordinal,
        batch: batchOf(frame),
        rejected: rejectedOf(frame),
        watermark_us,
        conservation,
        positions,
      };
  }
}

function rejectedOf(frame: StoredFrame): Rejected[] {
  let at = frame.metadata.arrow_length;
  return frame.metadata.rejected.map(({ sealed_length, ...note }) => {
    const sealed_bytes = frame.payload.subarray(at, at + sealed_length);
    at += sealed_length;
    return { ...note, sealed_bytes };
  });
}
