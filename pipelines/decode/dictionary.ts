import { hashBytes, lanes } from './hash.js';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** What further values become once a dictionary is full. */
export const OTHER_VALUE = 'other';
const OTHER = Buffer.from(OTHER_VALUE);

/**
 * Strings of one column by the order of their first appearance, at most `cardinality_max` of them, "other" included. A
 * known value is found by its bytes: no string is made.
 */
export class Dictionary {
  readonly #values: string[] = [];
  readonly #bytes: Uint8Array[] = [];
  readonly #hashes: number[] = [];
  readonly #cardinality_max: number;
  #slots = new Int32Array(256).fill(-1);
  #last = -1;
  #other = -1;

  constructor(cardinality_max: number) {
    this.#cardinality_max = cardinality_max;
  }

  get size(): number {
    return this.#values.length;
  }

  get max(): number {
    return this.#cardinality_max;
  }

  /** Id of "other"; -1 as long as nothing has become it. */
  get other(): number {
    return this.#other;
  }

  /** Values from an id on. */
  values(from: number): string[] {
    return this.#values.slice(from);
  }

  /** Id of the value in bytes [from, to); that of "other" when there is room for no more. */
  intern(bytes: Uint8Array, from: number, to: number): number {
    // Events of one source and campaign follow each other.
    if (this.#last >= 0 && sameBytes(this.#bytes[this.#last]!, bytes, from, to)) return this.#last;
    let slot = this.#slotOf(bytes, from, to);
    if (this.#slots[slot] === -1) {
      if (!this.#isFull) return this.#add(Buffer.from(bytes.subarray(from, to)), slot);
      slot = this.#slotOf(OTHER, 0, OTHER.length);
      if (this.#slots[slot] === -1) return this.#add(OTHER, slot);
    }
    this.#last = this.#slots[slot]!;
    return this.#last;
  }

  /** 32-bit hash of the value in bytes [from, to); null when it is or would become "other". Adds nothing. */
  hashOf(bytes: Uint8Array, from: number, to: number): number | null {
    if (this.#last < 0 || !sameBytes(this.#bytes[this.#last]!, bytes, from, to)) {
      const id = this.#slots[this.#slotOf(bytes, from, to)]!;
      if (id === -1) return this.#isFull || sameBytes(OTHER, bytes, from, to) ? null : lanes[0]!;
      this.#last = id;
    }
    return this.#values[this.#last] === OTHER_VALUE ? null : this.#hashes[this.#last]!;
  }

  get #isFull(): boolean {
    return this.#values.length >= this.#cardinality_max - 1;
  }

  /** Adds values that a log already holds, in their order. */
  restore(values: readonly string[]): void {
    for (const value of values) {
      const bytes = Buffer.from(value);
      this.#add(bytes, this.#slotOf(bytes, 0, bytes.length));
    }
  }

  /** Where the value is, or would be. */
  #slotOf(bytes: Uint8Array, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    hashBytes(bytes, from, to);
    let slot = lanes[0]! & mask;
    for (;;) {
      const id = this.#slots[slot]!;
      if (id === -1 || sameBytes(this.#bytes[id]!, bytes, from, to)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #add(bytes: Uint8Array, slot: number): number {
    const id = this.#values.length;
    this.#values.push(decoder.decode(bytes));
    if (this.#values[id] === OTHER_VALUE) this.#other = id;
    this.#bytes.push(bytes);
    hashBytes(bytes, 0, bytes.length);
    this.#hashes.push(lanes[0]!);
    this.#slots[slot] = id;
    if (this.#values.length * 2 > this.#slots.length) this.#grow();
    this.#last = id;
    return id;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (const [id, bytes] of this.#bytes.entries()) this.#slots[this.#slotOf(bytes, 0, bytes.length)] = id;
  }
}

function sameBytes(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let at = 0; at < known.length; at++) if (known[at] !== bytes[from + at]) return false;
  return true;
}
