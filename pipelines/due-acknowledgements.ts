import type { Acknowledgement } from './policy/engine.js';
import type { Store } from './store.js';

type DueAcknowledgement = Acknowledgement & { readonly seq: number };

/** Acknowledgements in memory at a time: some 0.5 MB. No key: more of them in memory would make nothing faster. */
export const PAGE_ROWS_MAX = 4_096;

/**
 * Acknowledgements as event time comes to them, in the order of their time and of the log. They wait in the store, however
 * many lie ahead of the watermark: which are still to be taken follows from the watermark alone.
 */
export class DueAcknowledgements {
  readonly #store: Store;
  readonly #until_us: number;
  #page: readonly DueAcknowledgement[] = [];
  #next = 0;
  #is_last = false;
  #after_us: number;
  #after_seq = -1;

  /** Those from the watermark before, up to (and without) the one that event time comes to; microseconds. */
  constructor(store: Store, from_us: number, until_us: number) {
    this.#store = store;
    this.#after_us = from_us;
    this.#until_us = until_us;
  }

  /** Makes sure that there is something at hand, if anything is left; gives the event time up to which all are at hand. */
  async reach(): Promise<number> {
    if (this.#next >= this.#page.length && !this.#is_last) {
      this.#page = (await this.#store.rows('staging/due_acknowledgements', {
        after_us: this.#after_us,
        after_seq: this.#after_seq,
        until_us: this.#until_us,
        rows_max: PAGE_ROWS_MAX,
      })) as unknown as DueAcknowledgement[];
      this.#next = 0;
      this.#is_last = this.#page.length < PAGE_ROWS_MAX;
      const last = this.#page.at(-1);
      if (last !== undefined) [this.#after_us, this.#after_seq] = [last.at_us, last.seq];
    }
    return this.#is_last ? this.#until_us : this.#after_us;
  }

  /** Takes those at hand of before a time. */
  *before(at_us: number): Generator<Acknowledgement> {
    for (let next = this.#page[this.#next]; next !== undefined && next.at_us < at_us; next = this.#page[this.#next]) {
      this.#next++;
      yield next;
    }
  }
}
