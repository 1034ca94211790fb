/**
 * What a log needs to know to be continued with the same answers: ordinals of the first landed event that each of the
 * two tables knows, and the event time from which the newer one counts.
 */
export interface KnownSince {
  readonly older_from_seq: number;
  readonly newer_from_seq: number;
  readonly newer_from_us: number | null;
}

/**
 * Which (source, id) have come before, as 96-bit fingerprints in two open-addressing tables of fixed size: the newer one
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
   * True when the fingerprint is known; else it is from now on, as that of the landed event `seq`. `newest_us` is the
   * newest event time so far.
   */
  seen(fingerprint: Uint32Array, newest_us: number, seq: number): boolean {
    const a = fingerprint[0]!;
    const b = fingerprint[1]!;
    const c = third(fingerprint);
    if (this.#newer.has(a, b, c) || this.#older.has(a, b, c)) return true;
    this.#known.newer_from_us ??= newest_us;
    const isFull = this.#newer.size >= this.#entries_max;
    const isOld = newest_us - this.#known.newer_from_us >= this.#horizon_us;
    if (isFull || isOld) {
      if (!isOld) this.shortened++;
      [this.#newer, this.#older] = [this.#older, this.#newer];
      this.#newer.clear();
      this.#known = { older_from_seq: this.#known.newer_from_seq, newer_from_seq: seq, newer_from_us: newest_us };
    }
    this.#newer.add(a, b, c);
    return false;
  }

  /** Makes a landed event of a log that is continued known again. */
  remember(fingerprint: Uint32Array, seq: number): void {
    const { older_from_seq, newer_from_seq } = this.#known;
    if (seq < older_from_seq) return;
    const generation = seq < newer_from_seq ? this.#older : this.#newer;
    // The bound was lowered since: the newest are kept.
    if (generation.size >= this.#entries_max) generation.clear();
    generation.add(fingerprint[0]!, fingerprint[1]!, third(fingerprint));
  }
}

/** 0 marks a free slot. */
function third(fingerprint: Uint32Array): number {
  return fingerprint[2]! === 0 ? 1 : fingerprint[2]!;
}

class Generation {
  readonly #mask: number;
  /** Three words an entry; the third is never 0 in a taken slot. */
  readonly #words: Uint32Array;
  size = 0;

  constructor(entries_max: number) {
    let slots = 16;
    while (slots < entries_max * 1.5) slots *= 2;
    this.#mask = slots - 1;
    this.#words = new Uint32Array(slots * 3);
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  has(a: number, b: number, c: number): boolean {
    if (this.size === 0) return false;
    const words = this.#words;
    for (let slot = a & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * 3;
      if (words[at + 2] === 0) return false;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c) return true;
    }
  }

  add(a: number, b: number, c: number): void {
    const words = this.#words;
    let slot = a & this.#mask;
    while (words[slot * 3 + 2] !== 0) slot = (slot + 1) & this.#mask;
    words[slot * 3] = a;
    words[slot * 3 + 1] = b;
    words[slot * 3 + 2] = c;
    this.size++;
  }

  clear(): void {
    this.#words.fill(0);
    this.size = 0;
  }
}
