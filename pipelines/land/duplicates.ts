/**
 * Which (source, id) have come before, as 96-bit fingerprints in two open-addressing tables of fixed size: the newer one
 * is filled; when it is full or covers half the horizon, the older one is dropped and they change places. Memory does
 * not grow. Two different events share a fingerprint with odds of about n^2 / 2^97: 1e-15 for ten million.
 */
export class Duplicates {
  readonly #entries_max: number;
  readonly #half_horizon_us: number;
  #newer: Generation;
  #older: Generation;
  #newer_from_us = Number.NaN;
  /** Rotations forced by a full table before half the horizon had passed: the horizon is shorter than configured. */
  shortened = 0;

  constructor(entries_max: number, horizon_us: number) {
    this.#entries_max = entries_max;
    this.#half_horizon_us = horizon_us / 2;
    this.#newer = new Generation(entries_max);
    this.#older = new Generation(entries_max);
  }

  /** True when the fingerprint is known; else it is from now on. `newest_us` is the newest event time so far. */
  seen(fingerprint: Uint32Array, newest_us: number): boolean {
    const a = fingerprint[0]!;
    const b = fingerprint[1]!;
    const c = fingerprint[2]! === 0 ? 1 : fingerprint[2]!;
    if (this.#newer.has(a, b, c) || this.#older.has(a, b, c)) return true;
    if (Number.isNaN(this.#newer_from_us)) this.#newer_from_us = newest_us;
    const isFull = this.#newer.size >= this.#entries_max;
    const isOld = newest_us - this.#newer_from_us >= this.#half_horizon_us;
    if (isFull || isOld) {
      if (!isOld) this.shortened++;
      [this.#newer, this.#older] = [this.#older, this.#newer];
      this.#newer.clear();
      this.#newer_from_us = newest_us;
    }
    this.#newer.add(a, b, c);
    return false;
  }
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

  has(a: number, b: number, c: number): boolean {
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
