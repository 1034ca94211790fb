const encoder = new TextEncoder();

/**
 * Bytes of a line's strings, decoded from their escapes; grows to what the largest line needs, and never shrinks. A Buffer, as
 * the bytes of plain lines are: what reads both stays fast.
 */
export class SideBuffer {
  bytes: Uint8Array = Buffer.alloc(65_536);
  #length = 0;

  reset(): void {
    this.#length = 0;
  }

  /** Adds a text; gives the span of its UTF-8 bytes in `bytes`, which may be another array afterwards. */
  add(text: string): [number, number] {
    const needed = this.#length + text.length * 3;
    if (needed > this.bytes.length) {
      const larger = Buffer.alloc(needed * 2);
      larger.set(this.bytes.subarray(0, this.#length));
      this.bytes = larger;
    }
    const from = this.#length;
    this.#length += encoder.encodeInto(text, this.bytes.subarray(from)).written;
    return [from, this.#length];
  }
}
