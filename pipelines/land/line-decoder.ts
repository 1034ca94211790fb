import type { Config } from '../../contracts/config.js';
import { CarefulDecoder } from '../decode/careful-decoder.js';
import { FastDecoder } from '../decode/fast-decoder.js';
import type { Refusal, Row } from '../decode/row.js';
import { timeRefusal } from './time-refusal.js';

/** Lines into a row, by the fast decoder where it can and by the careful one where it cannot. */
export class LineDecoder {
  readonly #config: Config['land'];
  readonly #row: Row;
  readonly #fast = new FastDecoder();
  readonly #careful: CarefulDecoder;

  /** @param row is filled with each line */
  constructor(config: Config['land'], row: Row) {
    this.#config = config;
    this.#row = row;
    this.#careful = new CarefulDecoder(config);
  }

  /**
   * Bytes [from, to) are in the row; or why they are no event that can be taken.
   * @param line_bytes what the line has; of one that its source has cut more than are here
   */
  decode(bytes: Uint8Array, from: number, to: number, line_bytes: number, arrived_us: number): Refusal | null {
    if (to === from) return { reason: 'empty_line', detail: 'an empty line is no event' };
    const bytes_max = Math.min(this.#config.line_bytes_max, to - from);
    if (line_bytes > bytes_max)
      return { reason: 'line_too_long', detail: `${line_bytes} bytes; ${bytes_max} are taken` };
    try {
      if (!this.#fast.decode(bytes, from, to, this.#row)) {
        const refusal = this.#careful.decode(bytes, from, to, this.#row);
        if (refusal !== null) return refusal;
      }
    } catch (error) {
      // An error of ours. One record must not stop all others; its text may repeat what the line holds.
      return {
        reason: 'processing_failed',
        detail: `the decoder failed (${error instanceof Error ? error.name : typeof error})`,
      };
    }
    return timeRefusal(this.#row.event_time_us, arrived_us, this.#config);
  }
}
