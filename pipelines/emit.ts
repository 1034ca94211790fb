import type { Directive } from '../contracts/directive.js';
import type { Fill } from '../contracts/fill.js';
import type { OpenSink } from '../contracts/sink.js';

/** One sink and how directives are handed to it. It never throws into the loop, whatever the sink does. */

export interface EmitLimits {
  /** Further attempts after the first before a run that waits for its sinks gives up. */
  readonly retries_max: number;
  /** How long the sink may take for one batch. A longer one counts as failed; the sink may still finish it. */
  readonly timeout_ms: number;
  /** Pause after the first failure in a row; it doubles with every further one. */
  readonly backoff_ms: number;
  readonly backoff_ms_max: number;
  /** Directives handed over at once. */
  readonly batch_directives_max: number;
  /** Directives in memory. */
  readonly outbox_directives_max: number;
  /** How long the end of a live run waits for all sinks together. */
  readonly drain_ms: number;
}

/** Pauses between attempts; a parameter so that the loop decides what waiting is. */
export type Wait = (ms: number) => Promise<void>;

/** What became of one attempt. */
export interface EmitOutcome {
  readonly sink: string;
  readonly delivered: readonly string[];
  /** Their lease had run out: not sent, and never to be sent. */
  readonly expired: readonly string[];
  /** How many were not taken. */
  readonly failed: number;
  /** Why the last batch was not taken; null when all were. */
  readonly reason: string | null;
}

const REASON_LENGTH_MAX = 512;

/**
 * Hands directives to one sink. What it does not take stays in the outbox and is given to a later attempt with the same
 * ids, so a sink may see a directive twice and must act once (contracts/sink.ts).
 */
export class Emitter {
  readonly name: string;
  readonly #sink: OpenSink;
  readonly #limits: Pick<EmitLimits, 'timeout_ms' | 'batch_directives_max'>;
  /** Since when the sink owes an answer that nobody waits for any more; wall clock, ms. */
  #unanswered_since_ms: number | null = null;

  constructor(name: string, sink: OpenSink, limits: Pick<EmitLimits, 'timeout_ms' | 'batch_directives_max'>) {
    this.name = name;
    this.#sink = sink;
    this.#limits = limits;
  }

  /**
   * One attempt; never rejects.
   *
   * @param directives oldest first; sent in this order, and none is sent before an earlier one was taken
   * @param at_us the time that leases are held against, microseconds
   */
  async send(directives: readonly Directive[], at_us: number): Promise<EmitOutcome> {
    const isLiving = ({ expires_at }: Directive) => Date.parse(expires_at) * 1000 > at_us;
    const living = directives.filter(isLiving);
    const expired = directives.filter((directive) => !isLiving(directive)).map(({ id }) => id);
    const delivered: string[] = [];
    const { batch_directives_max } = this.#limits;
    for (let at = 0; at < living.length; at += batch_directives_max) {
      const batch = living.slice(at, at + batch_directives_max);
      const reason = await this.#deliver(batch);
      if (reason !== null) return { sink: this.name, delivered, expired, failed: living.length - at, reason };
      delivered.push(...batch.map(({ id }) => id));
    }
    return { sink: this.name, delivered, expired, failed: 0, reason: null };
  }

  /** How full what the sink bounds is, under names of its outbox. */
  get fills(): readonly Fill[] {
    return (this.#sink.fills?.() ?? []).map((fill) => ({ ...fill, queue: `${fill.queue}_${this.name}` }));
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  /** Null when the sink took the batch; else why it did not. */
  #deliver(batch: readonly Directive[]): Promise<string | null> {
    // A sink that never ends would gather one batch more with each attempt.
    if (this.#unanswered_since_ms !== null) {
      const seconds = Math.round((performance.now() - this.#unanswered_since_ms) / 1000);
      return Promise.resolve(`it has not ended an earlier delivery for ${seconds} s`);
    }
    const { timeout_ms } = this.#limits;
    const given_up = new AbortController();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#unanswered_since_ms = performance.now();
        given_up.abort();
        resolve(`no answer within ${timeout_ms} ms`);
      }, timeout_ms);
      const settle = (reason: string | null) => {
        clearTimeout(timer);
        this.#unanswered_since_ms = null;
        resolve(reason);
      };
      // The call stands inside a promise, so that a sink that throws at once is contained like one that rejects.
      Promise.resolve()
        .then(() => this.#sink.deliver(batch, given_up.signal))
        .then(
          () => settle(null),
          (error: unknown) => settle(reasonOf(error)),
        );
    });
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, REASON_LENGTH_MAX);
}
