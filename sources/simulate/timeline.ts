import { MINUTE_MS } from './calendar.js';

/** Puts events in the order of their time and writes them as NDJSON lines into chunks of about a megabyte. */

/** Whole NDJSON lines and how many events they hold. */
export interface SimulatedChunk {
  readonly bytes: Uint8Array;
  readonly events: number;
}

const CHUNK_BYTES = 262_144;
/** Lines are put together as one string and written at once: fewer crossings into native code. */
const LINES_PER_WRITE = 64;
/** How far ahead of the minute that is written an event may lie. */
const MINUTES_AHEAD_MAX = 64;
const EVENTS_PER_MINUTE_MAX = 2 ** 20;

const SIMULATED_TYPES = [
  'call.initiated',
  'call.ringing',
  'call.answered',
  'call.amd',
  'call.transferred',
  'call.ended',
  'turn.transcribed',
  'turn.interrupted',
  'outcome.recorded',
  'number.reputation',
] as const;
export type SimulatedType = (typeof SIMULATED_TYPES)[number];

/** What stands between the id of an event and its time, by type. */
export const HEADS = Object.fromEntries(
  SIMULATED_TYPES.map((type) => [type, `","source":"simulate/fleet","type":"${type}","time":"`]),
) as Record<SimulatedType, string>;

/** "SS.mmmZ" of every millisecond of a minute. */
const SECONDS: readonly string[] = Array.from({ length: MINUTE_MS }, (_, ms) => {
  const second = Math.floor(ms / 1_000);
  return `${second < 10 ? '0' : ''}${second}.${String(1_000 + (ms % 1_000)).slice(1)}Z`;
});

const DIGITS = Array.from({ length: 36 * 36 }, (_, value) => value.toString(36).padStart(2, '0'));

/** Counts in base 36; two digits at a time come from a table. */
export class Counter {
  private readonly prefix: string;
  private high = 0;
  private low = 0;
  private leading: string;

  constructor(prefix: string) {
    this.prefix = prefix;
    this.leading = `${prefix}0`;
  }

  next(): string {
    if (this.low === DIGITS.length) {
      this.low = 0;
      this.high += 1;
      this.leading = this.prefix + this.high.toString(36);
    }
    const text = this.leading + DIGITS[this.low];
    this.low += 1;
    return text;
  }
}

const UNITS = Array.from({ length: 1_000 }, (_, value) => String(value));
const THOUSANDTHS = Array.from({ length: 1_000 }, (_, value) => String(1_000 + value).slice(1));

/** Decimal text of a whole number >= 0: from tables below a million, where `String` would be called most. */
export function decimal(value: number): string {
  if (value < 1_000) return UNITS[value];
  if (value >= 1_000_000) return String(value);
  const thousands = Math.floor(value / 1_000);
  return UNITS[thousands] + THOUSANDTHS[value - thousands * 1_000];
}

interface MinuteEvents {
  keys: Float64Array;
  readonly heads: string[];
  readonly tails: string[];
  count: number;
}

export class Timeline {
  private readonly minutes: MinuteEvents[] = [];
  private readonly starts: string[] = Array.from({ length: MINUTES_AHEAD_MAX }, () => '');
  private readonly startOf = new Float64Array(MINUTES_AHEAD_MAX).fill(-1);
  private readonly ids: Counter;
  private buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  private position = 0;
  private events = 0;
  private lines = '';
  private linesPending = 0;
  private last_ms = Number.NEGATIVE_INFINITY;
  private ready: SimulatedChunk[] = [];

  constructor(id_prefix: string) {
    this.ids = new Counter(`{"specversion":"1.0","id":"${id_prefix}`);
    for (let index = 0; index < MINUTES_AHEAD_MAX; index += 1)
      this.minutes.push({ keys: new Float64Array(256), heads: [], tails: [], count: 0 });
  }

  /** Adds an event; `tail` is what follows its time: `","data":{...}}` and LF. Events of one moment keep their order. */
  add(head: string, time_ms: number, tail: string): void {
    const minute = Math.floor(time_ms / MINUTE_MS);
    const events = this.minutes[minute % MINUTES_AHEAD_MAX];
    const index = events.count;
    if (index === EVENTS_PER_MINUTE_MAX)
      throw new RangeError(`more than ${EVENTS_PER_MINUTE_MAX} simulated events in one minute`);
    if (index === events.keys.length) {
      const larger = new Float64Array(index * 2);
      larger.set(events.keys);
      events.keys = larger;
    }
    events.keys[index] = (time_ms - minute * MINUTE_MS) * EVENTS_PER_MINUTE_MAX + index;
    events.heads[index] = head;
    events.tails[index] = tail;
    events.count = index + 1;
  }

  /** RFC 3339 text of a moment. */
  instant(time_ms: number): string {
    const minute = Math.floor(time_ms / MINUTE_MS);
    const slot = minute % MINUTES_AHEAD_MAX;
    if (this.startOf[slot] !== minute) {
      this.startOf[slot] = minute;
      this.starts[slot] = new Date(minute * MINUTE_MS).toISOString().slice(0, 17);
    }
    return this.starts[slot] + SECONDS[time_ms - minute * MINUTE_MS];
  }

  /**
   * Writes the events of a minute (since 1970, UTC); no event of it, or of an earlier one, may be added afterwards.
   * No two events get the same time: one that would is moved to the next millisecond.
   */
  writeMinute(minute: number): void {
    const events = this.minutes[minute % MINUTES_AHEAD_MAX];
    const count = events.count;
    if (count === 0) return;
    const keys = events.keys.subarray(0, count).sort();
    const start_ms = minute * MINUTE_MS;
    for (let position = 0; position < count; position += 1) {
      const offset = Math.floor(keys[position] / EVENTS_PER_MINUTE_MAX);
      const index = keys[position] - offset * EVENTS_PER_MINUTE_MAX;
      const time_ms = Math.max(start_ms + offset, this.last_ms + 1);
      this.last_ms = time_ms;
      this.lines += this.ids.next() + events.heads[index] + this.instant(time_ms) + events.tails[index];
      // Written events must not live on in the slots: strings that outlive their minute cost the most to collect.
      events.tails[index] = '';
      this.linesPending += 1;
      if (this.linesPending === LINES_PER_WRITE) this.writeLines();
    }
    events.count = 0;
  }

  /** Chunks that are full; with `isEnd` also the last one. */
  take(isEnd = false): SimulatedChunk[] {
    if (isEnd) {
      this.writeLines();
      this.cut();
    }
    if (this.ready.length === 0) return this.ready;
    const chunks = this.ready;
    this.ready = [];
    return chunks;
  }

  private writeLines(): void {
    if (this.position + this.lines.length > CHUNK_BYTES) this.cut();
    this.position += this.buffer.write(this.lines, this.position, 'latin1');
    this.events += this.linesPending;
    this.lines = '';
    this.linesPending = 0;
  }

  private cut(): void {
    if (this.position === 0) return;
    this.ready.push({ bytes: this.buffer.subarray(0, this.position), events: this.events });
    this.buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.position = 0;
    this.events = 0;
  }
}
