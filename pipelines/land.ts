import { setImmediate as turn } from 'node:timers/promises';
import type { Conservation } from '../contracts/batch.js';
import type { Clock } from '../contracts/clock.js';
import type { Config } from '../contracts/config.js';
import type { ControlEntry } from '../contracts/control-entry.js';
import { EVENT_TYPES } from '../contracts/event.js';
import type { Fill } from '../contracts/fill.js';
import type { SourceChunk } from '../contracts/source.js';
import { BODY_FORMAT } from './decode/bodies.js';
import { ColumnBuilder } from './decode/column-builder.js';
import { COLUMN } from './decode/fields.js';
import { type Refusal, Row } from './decode/row.js';
import { markLength } from './land/byte-order-mark.js';
import { CONFLICT, type Duplicates } from './land/duplicates.js';
import { InHand, SUSPECT } from './land/in-hand.js';
import type { LandedFrame } from './land/landed-frame.js';
import { type FrameDraft, LandingLog, segmentLimits, type TornTail } from './land/landing-log.js';
import type { LandingOptions } from './land/landing-options.js';
import { LineDecoder } from './land/line-decoder.js';
import { Positions } from './land/positions.js';
import { Rejections } from './land/rejections.js';
import { type OpenedLog, Restored, scheduledFrom } from './land/restored.js';
import { SegmentEvents } from './land/segment-events.js';
import type { InputWatermark, WatermarkState, Watermarks } from './land/watermarks.js';
import { Withholding } from './privacy/withholding.js';

export { framesText, type SetAside, settingAside } from './land/damage.js';
export { type LandedFrame, type Rejected, readFrames, rejectedId } from './land/landed-frame.js';

const LF = 10;
const CR = 13;
const WATERMARK_TYPE = EVENT_TYPES.indexOf('source.watermark');
/** Lines taken for a frame, for each row it may have: what duplicates alone can make a frame wait for. */
export const LINES_PER_ROW_MAX = 8;
/** After so many bytes others have their turn: queries that have ended wait for this thread to be told. */
const TURN_BYTES = 131_072;

/**
 * The door: bytes of events in, durable frames of the log out. What passes is decoded, checked, freed of numbers and
 * texts, known not to be a duplicate, marked when late, and on disk before it is acknowledged.
 *
 * Lines end with LF or CR LF; what stands after the last LF of a chunk is a line, if anything does. An empty line is
 * received and rejected. A byte order mark is passed over where the first line of a partition begins.
 */
export class Landing {
  readonly #config: Config['land'];
  readonly #clock: Clock;
  readonly #log: LandingLog;
  readonly #decoder: LineDecoder;
  readonly #row = new Row();
  readonly #builder: ColumnBuilder;
  readonly #duplicates: Duplicates;
  readonly #watermarks: Watermarks;
  readonly #withholding: Withholding;
  readonly #rejections: Rejections;
  readonly #in_hand: InHand;
  readonly #events = new SegmentEvents();
  readonly #conservation: Conservation;
  readonly #positions: Positions;
  #acknowledgements: (() => void)[] = [];
  #next_seq: number;
  #newest_us: number;
  #first_event_us: number | null;
  #scheduled_from_us: number;
  #boundary_us: number | null = null;
  #last_frame = -1;
  /** Lines taken since the last frame. */
  #lines = 0;
  /** A line that has ended the process was kept out: it has to be on disk before the next one does the same. */
  #has_suspect = false;
  #buffered_since_us = 0;
  /** What the last open had to cut off the log's end. */
  readonly torn: TornTail | null;

  private constructor(options: LandingOptions, { log, torn, restored, duplicates }: OpenedLog) {
    const { config, data_dir, clock } = options;
    this.#config = config;
    this.#clock = clock;
    this.#log = log;
    this.torn = torn;
    this.#decoder = new LineDecoder(config, this.#row);
    this.#builder = new ColumnBuilder(config.batch_rows_max, config.cardinality_max);
    for (const [name, values] of restored.dictionaries) this.#builder.restore(name, values);
    this.#withholding = new Withholding(options, this.#builder, restored.next_seq > 0);
    const { keys, rejected_keys } = this.#withholding;
    this.#rejections = new Rejections(rejected_keys, keys.rejected, config);
    this.#in_hand = InHand.open(data_dir, config.batch_rows_max * LINES_PER_ROW_MAX);
    this.#duplicates = duplicates;
    this.#watermarks = restored.watermarks;
    this.#conservation = restored.conservation;
    this.#positions = new Positions(config.positions_max, restored.positions);
    this.#next_seq = restored.next_seq;
    this.#newest_us = restored.newest_us;
    this.#first_event_us = restored.first_event_us;
    this.#scheduled_from_us = restored.scheduled_from_us;
  }

  /**
   * Opens the log of a data directory and takes up counts, positions, watermarks, dictionaries and known duplicates.
   * @throws PlumblineError LOG_FRAME_DAMAGED, DATA_DIRECTORY_INVALID, CONFIG_FIELD_INVALID
   */
  static async open(options: LandingOptions): Promise<Landing> {
    const { config, data_dir, clock, disk, warn } = options;
    const restored = new Restored(config);
    const { log, torn } = LandingLog.open(data_dir, segmentLimits(config), clock, restored, disk, warn);
    const duplicates = await restored.duplicates(data_dir, (file, events) => log.summarise(file, events));
    log.summariseRest(duplicates.known.older_from_seq);
    return new Landing(options, { log, torn, restored, duplicates });
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

  /** Event times: the newest (0 before it), and up to which the schedule of refreshes was followed (-Infinity before). */
  get reached(): { readonly newest_us: number; readonly scheduled_from_us: number } {
    return { newest_us: this.#newest_us, scheduled_from_us: this.#scheduled_from_us };
  }

  /** Wall-clock microseconds since which something waits to be flushed; null when nothing does. */
  get buffered_since_us(): number | null {
    return this.#lines > 0 ? this.#buffered_since_us : null;
  }

  /** Ordinal of the last frame that this has written; -1 before it. */
  get last_frame(): number {
    return this.#last_frame;
  }

  get inputs(): WatermarkState {
    return this.#watermarks.state();
  }

  /** Grows whenever an input has brought an event, or come further by one that had landed already. */
  broughtBy(input: string): number {
    return this.#watermarks.broughtBy(input);
  }

  /** How often so many events came that a duplicate within the horizon may have passed since this was opened. */
  get horizon_shortened(): number {
    return this.#duplicates.shortened;
  }

  get fills(): readonly Fill[] {
    const { batch_rows_max, batch_bytes_max, duplicate_entries_max } = this.#config;
    const batch_bytes = this.#builder.string_bytes + this.#withholding.pending_bytes;
    return [
      { queue: 'batch_lines', filled: this.#lines, max: batch_rows_max * LINES_PER_ROW_MAX },
      { queue: 'batch_rows', filled: this.#builder.rows, max: batch_rows_max },
      { queue: 'batch_bytes', filled: batch_bytes, max: batch_bytes_max },
      { queue: 'duplicate_entries', filled: this.#duplicates.size, max: duplicate_entries_max },
      this.#positions.fill,
      this.#log.fill,
      ...this.#rejections.fills,
      ...this.#withholding.fills,
      ...this.#builder.fills,
    ];
  }

  /** The next line, offset or ordinal to read of a partition; undefined when nothing of it has been landed. */
  position(input: string, partition: string): number | undefined {
    return this.#positions.nextOffset({ input, partition });
  }

  get log(): Pick<LandingLog, 'words' | 'open_segment' | 'epoch_min'> {
    return this.#log;
  }

  /** Called with the time of the very first event of the log, before it is weighed: boundaries start from it. */
  onFirstEvent: (first_event_us: number) => void = () => undefined;

  /** Called with how long each frame took to be on disk. */
  onCommitted: (seconds: number) => void = () => undefined;

  #begins(event_time_us: number): void {
    this.#first_event_us = event_time_us;
    this.onFirstEvent(event_time_us);
  }

  /** The batch is cut right after the event that brings the watermark to this time. */
  setBoundary(us: number | null): void {
    this.#boundary_us = us;
  }

  /**
   * Lands the lines of a chunk; yields each frame once it is on disk. What does not fill a frame waits for more, or for
   * `flush`. The chunk is acknowledged when its last event is durable.
   * @throws PlumblineError LOG_WRITE_FAILED, LOG_POSITIONS_EXHAUSTED
   */
  async *land(chunk: SourceChunk): AsyncGenerator<LandedFrame> {
    const { bytes } = chunk;
    this.#positions.admit(chunk);
    const arrived_us = this.#clock.nowUs();
    let offset = chunk.first_offset;
    let turn_from = 0;
    for (let from = this.#positions.has(chunk) ? 0 : markLength(bytes); from < bytes.length; ) {
      let to = bytes.indexOf(LF, from);
      const next = to < 0 ? bytes.length : to + 1;
      if (to < 0) to = bytes.length;
      if (to > from && bytes[to - 1] === CR) to--;
      if (this.#lines++ === 0) this.#buffered_since_us = arrived_us;
      this.#line(chunk, from, to, offset++, arrived_us);
      from = next;
      if (this.#isCut()) {
        this.#in_hand.putDown();
        this.#note(chunk, offset);
        yield await this.#write();
      }
      if (from - turn_from >= TURN_BYTES) {
        turn_from = from;
        await turn();
      }
    }
    this.#in_hand.putDown();
    this.#note(chunk, offset);
    if (chunk.acknowledge !== undefined) this.#acknowledgements.push(() => chunk.acknowledge!());
    if (this.#lines === 0) this.#acknowledge();
    await turn();
  }

  /** What waits, made durable; null when nothing does. @throws PlumblineError LOG_WRITE_FAILED */
  async flush(): Promise<LandedFrame | null> {
    return this.#lines > 0 ? await this.#write() : null;
  }

  /** Writes a control entry; what waits must have been flushed. @throws PlumblineError LOG_WRITE_FAILED */
  async control(entry: ControlEntry): Promise<LandedFrame> {
    if (this.#lines > 0) throw new Error('events wait to be flushed before a control entry');
    if (entry.kind === 'input_idle') this.#watermarks.idle(entry.input, entry.until_us);
    if (entry.kind === 'input_ended') this.#watermarks.ended(entry.input);
    if (entry.kind === 'drained') this.#watermarks.drained(entry.until_us);
    const ordinal = await this.#log.append({ ...this.#draft(), additions: {}, rejected: [], entry }, null, []);
    this.#last_frame = ordinal;
    this.#scheduled_from_us = scheduledFrom(entry, this.watermark_us) ?? this.#scheduled_from_us;
    return { kind: 'control', ordinal, entry, watermark_us: this.watermark_us, conservation: this.conservation };
  }

  /** Ends the log's last file. What was not flushed is not landed, and was not acknowledged. */
  async close(): Promise<void> {
    this.#log.close();
    this.#in_hand.close();
  }

  /** What does not pass the door: how numbers become tokens, and whose texts are kept. */
  get withholding(): Pick<Withholding, 'ring' | 'tokenOf' | 'forgetTexts'> {
    return this.#withholding;
  }

  /** Ends the file that is written to; the next frame begins another. */
  closeFile(): void {
    this.#log.closeSegment();
  }

  /** Seals the keys of the directory under a new master key; gives how many. */
  rotateKeys(): number {
    return this.#withholding.ring.rotate();
  }

  /** What time alone brings: a file of the log that has become too old ends, and so do texts and rejected bytes. */
  age(): void {
    this.#log.closeAgedSegment();
    this.#withholding.expire();
  }

  /** One line, bytes [from, to) of the chunk. */
  #line(chunk: SourceChunk, from: number, to: number, offset: number, arrived_us: number): void {
    const { bytes, partition } = chunk;
    const input = this.#watermarks.input(chunk.input);
    this.#conservation.received++;
    const isSuspect = this.#in_hand.isWatching && this.#in_hand.take({ input: chunk.input, partition, offset });
    const line_bytes = chunk.line_bytes ?? to - from;
    const refused = isSuspect ? SUSPECT : this.#decoder.decode(bytes, from, to, line_bytes, arrived_us);
    const refusal = refused ?? this.#weigh(input, arrived_us);
    if (refusal === null) return;
    if (isSuspect) this.#has_suspect = true;
    this.#conservation.rejected++;
    const place = { input: chunk.input, partition, offset, rejected_at_us: arrived_us };
    this.#rejections.add(bytes.subarray(from, to), line_bytes, place, refusal);
  }

  /** Takes the decoded row unless it has come before; says why when it said something else then. */
  #weigh(input: InputWatermark, arrived_us: number): Refusal | null {
    const { fingerprint, event_time_us } = this.#row;
    const newest_us = Math.max(this.#newest_us, event_time_us);
    const body = this.#builder.bodyOf(this.#row);
    const seen = this.#duplicates.seen(fingerprint, body, newest_us, this.#next_seq + this.#builder.rows);
    if (seen === 'conflict') return CONFLICT;
    if (seen === 'again') this.#again(input);
    else this.#take(input, body, newest_us, arrived_us);
    return null;
  }

  /** What landed is no newer than the newest, also where it is not known any more what it said. */
  #again(input: InputWatermark): void {
    this.#conservation.duplicate++;
    const { type, event_time_us } = this.#row;
    this.#watermarks.again(input, Math.min(event_time_us, this.#newest_us), type === WATERMARK_TYPE);
  }

  /** The decoded row goes into the batch, and moves the watermark of its input. */
  #take(input: InputWatermark, body: number, newest_us: number, arrived_us: number): void {
    const row = this.#row;
    this.#newest_us = newest_us;
    if (this.#first_event_us === null) this.#begins(row.event_time_us);
    const is_late = row.event_time_us < this.#watermarks.overall_us;
    row.setNumber(COLUMN.arrived_at!, arrived_us);
    row.setNumber(COLUMN.is_late!, is_late ? 1 : 0);
    this.#withholding.withhold(row);
    this.#builder.append(row);
    this.#events.add(row.fingerprint, body);
    this.#conservation.landed++;
    if (is_late) this.#conservation.late++;
    if (row.type === WATERMARK_TYPE) this.#watermarks.promise(input, row.event_time_us);
    else this.#watermarks.observe(input, row.event_time_us);
  }

  /** Whether the frame ends here: it is full, or the watermark has reached the boundary. */
  #isCut(): boolean {
    const { batch_bytes_max, batch_rows_max } = this.#config;
    return (
      this.#builder.isFull ||
      this.#rejections.isFull ||
      this.#has_suspect ||
      this.#builder.string_bytes + this.#withholding.pending_bytes >= batch_bytes_max ||
      this.#lines >= batch_rows_max * LINES_PER_ROW_MAX ||
      (this.#boundary_us !== null && this.#watermarks.overall_us >= this.#boundary_us)
    );
  }

  #note({ input, partition, first_offset }: SourceChunk, next_offset: number): void {
    if (next_offset !== first_offset) this.#positions.note({ input, partition, next_offset });
  }

  async #write(): Promise<LandedFrame> {
    this.#withholding.flush();
    const said = this.#events.behind(this.#builder.otherRows());
    const batch = this.#builder.seal(this.#next_seq);
    const rejected = this.#rejections.take();
    const draft: FrameDraft = {
      ...this.#draft(),
      additions: Object.fromEntries(batch.dictionary_additions),
      rejected: rejected.map(({ sealed_bytes, ...note }) => ({ ...note, sealed_length: sealed_bytes.length })),
      ...said.head,
      body_format: BODY_FORMAT,
      entry: null,
    };
    const { watermark_us, conservation, positions } = draft;
    const frame = { kind: 'events', batch, rejected, conservation, positions } as const;
    this.#lines = 0;
    this.#has_suspect = false;
    this.#positions.written();
    this.#next_seq += batch.rows;
    const started_ms = performance.now();
    const behind = [...rejected.map(({ sealed_bytes }) => sealed_bytes), ...said.bytes];
    this.#last_frame = await this.#log.append(draft, batch, behind, this.#events);
    this.#events.clear();
    this.onCommitted((performance.now() - started_ms) / 1000);
    this.#acknowledge();
    return { ...frame, ordinal: this.#last_frame, watermark_us: watermark_us ?? Number.NEGATIVE_INFINITY };
  }

  #acknowledge(): void {
    for (const acknowledge of this.#acknowledgements.splice(0)) acknowledge();
  }

  #draft(): Omit<FrameDraft, 'additions' | 'rejected' | 'entry'> {
    return {
      first_seq: this.#next_seq,
      first_event_us: this.#first_event_us,
      conservation: this.conservation,
      watermark_us: Number.isFinite(this.watermark_us) ? this.watermark_us : null,
      inputs: this.#watermarks.state(),
      newest_us: this.#newest_us,
      duplicates: this.#duplicates.known,
      positions: this.#positions.moved,
    };
  }
}
