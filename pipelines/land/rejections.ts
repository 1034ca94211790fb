import { createHmac } from 'node:crypto';
import type { Config } from '../../contracts/config.js';
import type { Fill } from '../../contracts/fill.js';
import type { Refusal } from '../decode/row.js';
import type { RejectedKeys } from '../privacy/rejected-keys.js';
import { seal } from '../privacy/seal.js';
import type { Rejected } from './landed-frame.js';

/** Of a longer line this much is kept; its length is that of the whole, its hash that of what the source has passed on. */
export const REJECTED_LINE_BYTES_MAX = 65_536;

/** Where and when a line was kept out. */
export type RejectedPlace = Pick<Rejected, 'input' | 'partition' | 'offset'> & { readonly rejected_at_us: number };

/** Lines that were kept out, until the frame that holds them is written. */
export class Rejections {
  readonly #keys: RejectedKeys;
  readonly #hash_key: Buffer;
  readonly #lines_max: number;
  readonly #bytes_max: number;
  #lines: Rejected[] = [];
  #bytes = 0;

  /**
   * @param hash_key keys the hash of the bytes, over all days
   * @param config as many lines, or bytes of them, cut the frame
   */
  constructor(
    keys: RejectedKeys,
    hash_key: Buffer,
    config: Pick<Config['land'], 'rejected_lines_max' | 'batch_bytes_max'>,
  ) {
    this.#keys = keys;
    this.#hash_key = createHmac('sha256', hash_key).update('content hash').digest();
    this.#lines_max = config.rejected_lines_max;
    this.#bytes_max = config.batch_bytes_max;
  }

  get isFull(): boolean {
    return this.#lines.length >= this.#lines_max || this.#bytes >= this.#bytes_max;
  }

  get fills(): readonly Fill[] {
    return [
      { queue: 'rejected_lines', filled: this.#lines.length, max: this.#lines_max },
      { queue: 'rejected_bytes', filled: this.#bytes, max: this.#bytes_max },
    ];
  }

  /** @param line_bytes what the line has; more than are given when its source has cut it */
  add(line: Uint8Array, line_bytes: number, place: RejectedPlace, { reason, detail }: Refusal): void {
    const { key, sealed_until } = this.#keys.at(place.rejected_at_us / 1000);
    const sealed_bytes = seal(key, line.subarray(0, REJECTED_LINE_BYTES_MAX));
    const content_hash = createHmac('sha256', this.#hash_key).update(line).digest('hex').slice(0, 16);
    this.#bytes += sealed_bytes.length;
    this.#lines.push({
      ...place,
      reason,
      detail,
      bytes_length: line_bytes,
      content_hash,
      sealed_until,
      sealed_bytes,
    });
  }

  /** Gives the lines away. */
  take(): Rejected[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    return lines;
  }
}
