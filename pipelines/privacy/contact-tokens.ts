import { hash } from 'node:crypto';
import type { Fill } from '../../contracts/fill.js';

/** SHA-256: bytes of a block, and of a digest. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const NUMBER_BYTES_MAX = 16;

/**
 * Tokens of callee numbers: the first 64 bits of HMAC-SHA-256 (RFC 2104) under the store's key. A number cannot be
 * found from its token without the key, and two stores give different tokens.
 */
export class ContactTokens {
  /** The key in both paddings, each with room for what is hashed behind it. */
  readonly #inner = Buffer.alloc(BLOCK_BYTES + NUMBER_BYTES_MAX, 0x36);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, 0x5c);
  readonly #digest = Buffer.alloc(DIGEST_BYTES);
  readonly #remembered = new Map<string, Uint32Array>();

  readonly #remembered_max: number;

  /**
   * @param key at most 64 bytes
   * @param remembered_max tokens remembered, since retries dial the same few numbers again; then all of them are forgotten
   */
  constructor(key: Buffer, remembered_max = 1) {
    this.#remembered_max = remembered_max;
    for (const [at, byte] of key.entries()) {
      this.#inner[at]! ^= byte;
      this.#outer[at]! ^= byte;
    }
  }

  get fill(): Fill {
    return { queue: 'contact_tokens', filled: this.#remembered.size, max: this.#remembered_max };
  }

  /** Low and high 32 bits of the token. @param callee E.164, at most 16 characters */
  token(callee: string): Uint32Array {
    const known = this.#remembered.get(callee);
    if (known !== undefined) return known;
    // A hasher object for each number would cost three times as much.
    const end = BLOCK_BYTES + this.#inner.write(callee, BLOCK_BYTES, 'latin1');
    this.#outer.write(hash('sha256', this.#inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'latin1');
    this.#digest.write(hash('sha256', this.#outer, 'binary'), 'latin1');
    const token = Uint32Array.of(this.#digest.readUInt32LE(0), this.#digest.readUInt32LE(4));
    if (this.#remembered.size >= this.#remembered_max) this.#remembered.clear();
    this.#remembered.set(callee, token);
    return token;
  }
}
