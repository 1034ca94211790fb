import { hashBytes, lanes } from './hash.js';

/** What further values become once a dictionary is full. */
const OTHER = 'other';

/**
 * Strings of one column by the order of their first appearance. A known value is found by its bytes: no string is made.
 */
export class Dictionary {
  readonly #values: string[] = [];
  readonly #bytes: Uint8Array[] = [];
  readonly #cardinality_max: number;
  #slots = new Int32Array(256).fill(-1);
  #mask = 255;
  #last = -1;

  constructor(cardinality_max: number) {
    this.#cardinality_max = cardinality_max;
  }

  get size(): number {
    return this.#values.length;
  }

  values(from: number): string[] {
    return this.#values.slice(from);
  }

  /** Id of the value in bytes [from, to). */
  intern(bytes: Uint8Array, from: number, to: number): number {
    // Events of one source and campaign follow each other.
    if (this.#last >= 0 && sameBytes(this.#bytes[this.#last]!, bytes, from, to)) return this.#last;
    hashBytes(bytes, from, to);
    let slot = lanes[0]! & this.#mask;
    for (;;) {
      const id = this.#slots[slot]!;
      if (id === -1) break;
      if (sameBytes(this.#bytes[id]!, bytes, from, to)) {
        this.#last = id;
        return id;
      }
      slot = (slot + 1) & this.#mask;
    }
    if (this.#values.length >= this.#cardinality_max - 1) return this.#other();
    return this.#add(bytes.slice(from, to), slot);
  }

  /** Adds values that a log already holds, in their order. */
  restore(values: readonly string[]): void {
    for (const value of values) {
      const bytes = encoder.encode(value);
      hashBytes(bytes, 0, bytes.length);
      let slot = lanes[0]! & this.#mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#add(bytes, slot);
    }
  }

  #add(bytes: Uint8Array, slot: number): number {
    const id = this.#values.length;
    this.#values.push(decoder.decode(bytes));
    this.#bytes.push(bytes);
    this.#slots[slot] = id;
    if (this.#values.length * 2 > this.#slots.length) this.#grow();
    this.#last = id;
    return id;
  }

  #other(): number {
    const known = this.#values.indexOf(OTHER, Math.max(0, this.#cardinality_max - 2));
    if (known >= 0) return known;
    const bytes = encoder.encode(OTHER);
    hashBytes(bytes, 0, bytes.length);
    let slot = lanes[0]! & this.#mask;
    while (this.#slots[slot] !== -1) {
      if (sameBytes(this.#bytes[this.#slots[slot]!]!, bytes, 0, bytes.length)) return this.#slots[slot]!;
      slot = (slot + 1) & this.#mask;
    }
    return this.#add(bytes, slot);
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    this.#mask = this.#slots.length - 1;
    for (const [id, bytes] of this.#bytes.entries()) {
      hashBytes(bytes, 0, bytes.length);
      let slot = lanes[0]! & this.#mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = id;
    }
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function sameBytes(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let at = 0; at < known.length; at++) if (known[at] !== bytes[from + at]) return false;
  return true;
}
