import { BODY_UNKNOWN } from '../decode/bodies.js';
import type { Refusal } from '../decode/row.js';

/**
 * What a log needs to know to be continued with the same answers: ordinals of the first landed event that each of the
 * two tables knows, and the event time from which the newer one counts.
 */
export interface KnownSince {
  readonly older_from_seq: number;
  readonly newer_from_seq: number;
  readonly newer_from_us: number | null;
}

/** Whether an event has come before, and whether it said the same then. */
export type Seen = 'new' | 'again' | 'conflict';

/** Why an event is kept out that does not say what the one of its source and id said that has landed. */
export const CONFLICT: Refusal = {
  reason: 'id_conflict',
  detail: 'an event of this source and id has landed that says something else',
};

/**
 * Which (source, id) have come before, as 96-bit fingerprints with 32 bits of what the event said, in two open-addressing tables of fixed size: the newer one
 * is filled; when it is full or covers the horizon, the older one is dropped and they change places. So an event is known
 * for at least the horizon (event time) after it came, and memory does not grow. Two different events share a
 * fingerprint with odds of about n^2 / 2^97: 1e-15 for ten million.
 */
export class Duplicates {
  readonly #entries_max: number;
  readonly #horizon_us: number;
  #newer: Generation;
  #older: Generation;
  #known: { older_from_seq: number; newer_from_seq: number; newer_from_us: number | null };
  /** Changes of place forced by a full table: what came within the horizon was not known for all of it. */
  shortened = 0;

  /** @param known where a log that is continued stands; its events are then given to `remember`. */
  constructor(
    entries_max: number,
    horizon_us: number,
    known: KnownSince = { older_from_seq: 0, newer_from_seq: 0, newer_from_us: null },
  ) {
    this.#entries_max = entries_max;
    this.#horizon_us = horizon_us;
    this.#newer = new Generation(entries_max);
    this.#older = new Generation(entries_max);
    this.#known = { ...known };
  }

  get known(): KnownSince {
    return { ...this.#known };
  }

  /** Events in the newer table. */
  get size(): number {
    return this.#newer.size;
  }

  /** Memory of both tables, bytes. */
  get bytes(): number {
    return this.#newer.bytes + this.#older.bytes;
  }

  /**
   * Whether the fingerprint is known, and with this body (BODY_UNKNOWN is like any other); a new one is known from now on
   * as that of the landed event `seq`. `newest_us` is the newest event time so far.
   */
  seen(fingerprint: Uint32Array, body: number, newest_us: number, seq: number): Seen {
    const a = fingerprint[0]!;
    const b = fingerprint[1]!;
    const c = third(fingerprint);
    const before = this.#newer.bodyOf(a, b, c) ?? this.#older.bodyOf(a, b, c);
    if (before !== null)
      return before === body || before === BODY_UNKNOWN || body === BODY_UNKNOWN ? 'again' : 'conflict';
    this.#known.newer_from_us ??= newest_us;
    const isFull = this.#newer.size >= this.#entries_max;
    const isOld = newest_us - this.#known.newer_from_us >= this.#horizon_us;
    if (isFull || isOld) {
      if (!isOld) this.shortened++;
      [this.#newer, this.#older] = [this.#older, this.#newer];
      this.#newer.clear();
      this.#known = { older_from_seq: this.#known.newer_from_seq, newer_from_seq: seq, newer_from_us: newest_us };
    }
    this.#newer.add(a, b, c, body);
    return 'new';
  }

  /** Makes a landed event of a log that is continued known again. */
  remember(fingerprint: Uint32Array, body: number, seq: number): void {
    const { older_from_seq, newer_from_seq } = this.#known;
    if (seq < older_from_seq) return;
    const generation = seq < newer_from_seq ? this.#older : this.#newer;
    // The bound was lowered since: the newest are kept.
    if (generation.size >= this.#entries_max) generation.clear();
    generation.add(fingerprint[0]!, fingerprint[1]!, third(fingerprint), body);
  }
}

/** 0 marks a free slot. */
function third(fingerprint: Uint32Array): number {
  return fingerprint[2]! === 0 ? 1 : fingerprint[2]!;
}

/** Three of the fingerprint, one of the body. */
const WORDS = 4;

class Generation {
  readonly #mask: number;
  /** The third word of an entry is never 0 in a taken slot. */
  readonly #words: Uint32Array;
  size = 0;

  constructor(entries_max: number) {
    let slots = 16;
    while (slots < entries_max * 1.5) slots *= 2;
    this.#mask = slots - 1;
    this.#words = new Uint32Array(slots * WORDS);
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  /** Null for an unknown fingerprint. */
  bodyOf(a: number, b: number, c: number): number | null {
    if (this.size === 0) return null;
    const words = this.#words;
    for (let slot = a & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * WORDS;
      if (words[at + 2] === 0) return null;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c) return words[at + 3]!;
    }
  }

  add(a: number, b: number, c: number, body: number): void {
    const words = this.#words;
    let slot = a & this.#mask;
    while (words[slot * WORDS + 2] !== 0) slot = (slot + 1) & this.#mask;
    words[slot * WORDS] = a;
    words[slot * WORDS + 1] = b;
    words[slot * WORDS + 2] = c;
    words[slot * WORDS + 3] = body;
    this.size++;
  }

  clear(): void {
    this.#words.fill(0);
    this.size = 0;
  }
}
