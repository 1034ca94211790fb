import { createHmac } from 'node:crypto';

/** Tokens remembered: retries dial the same few numbers again. */
const REMEMBERED_MAX = 65_536;

/**
 * Tokens of callee numbers: the first 64 bits of HMAC-SHA-256 under the store's key. A number cannot be found from its
 * token without the key, and two stores give different tokens.
 */
export class ContactTokens {
  readonly #key: Buffer;
  readonly #remembered = new Map<string, Uint32Array>();

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** Low and high 32 bits of the token. */
  token(callee: string): Uint32Array {
    const known = this.#remembered.get(callee);
    if (known !== undefined) return known;
    const digest = createHmac('sha256', this.#key).update(callee).digest();
    const token = Uint32Array.of(digest.readUInt32LE(0), digest.readUInt32LE(4));
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(callee, token);
    return token;
  }
}
