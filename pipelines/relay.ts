import type { Config } from '../contracts/config.js';
import type { Directive } from '../contracts/directive.js';
import { parseDurationMs } from '../contracts/duration.js';
import type { Fill } from '../contracts/fill.js';
import type { OpenSink } from '../contracts/sink.js';
import { type EmitLimits, type EmitOutcome, Emitter, type Wait } from './emit.js';
import { growingPauseMs } from './growing-pause.js';

/** The outbox relay: brings directives that were decided and are on disk to the sinks, beside the loop. */

export interface RelayOptions {
  readonly sinks: ReadonlyMap<string, OpenSink>;
  readonly limits: EmitLimits;
  readonly wait?: Wait | undefined;
  /** The time that leases are held against, microseconds. */
  nowUs(): number;
  /** What a sink has not taken yet, oldest first, at most so many. */
  undelivered(sink: string, directives_max: number): Promise<readonly Directive[]>;
  /** Puts what became of directives into the log; what is undelivered is asked for again only after it. */
  record(outcome: EmitOutcome): Promise<void>;
  warn(line: string): void;
}

interface Outbox {
  readonly emitter: Emitter;
  may_hold: boolean;
  /** In memory. */
  in_hand: number;
  /** An attempt that is under way; never rejects. */
  sending: Promise<void> | null;
  outcome: EmitOutcome | null;
  failures: number;
  /** Not tried before; monotonic, ms. */
  due_ms: number;
}

const waitMs: Wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function emitLimits(config: Config['emit']): EmitLimits {
  return {
    retries_max: config.retries_max,
    timeout_ms: parseDurationMs(config.timeout),
    backoff_ms: parseDurationMs(config.backoff),
    backoff_ms_max: parseDurationMs(config.backoff_max),
    batch_directives_max: config.batch_directives_max,
    outbox_directives_max: config.outbox_directives_max,
    drain_ms: parseDurationMs(config.drain),
  };
}

/**
 * Each sink has its own outbox, pace and failures: none waits for another, and the loop waits for none while it runs.
 * The loop calls `step` now and then, and `drain` where directives are to be out before it goes on.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #outboxes: readonly Outbox[];

  constructor(options: RelayOptions) {
    this.#options = options;
    // What the process before has decided and not sent waits in the store.
    this.#outboxes = [...options.sinks].map(([name, sink]) => ({
      emitter: new Emitter(name, sink, options.limits),
      may_hold: true,
      in_hand: 0,
      sending: null,
      outcome: null,
      failures: 0,
      due_ms: 0,
    }));
  }

  /** Directives were issued. */
  notice(): void {
    for (const outbox of this.#outboxes) outbox.may_hold = true;
  }

  get sinks(): readonly string[] {
    return this.#outboxes.map(({ emitter }) => emitter.name);
  }

  /** Of each outbox, how much of its place in memory is taken; and what its sink tells. */
  get fills(): readonly Fill[] {
    const max = this.#options.limits.outbox_directives_max;
    return this.#outboxes.flatMap(({ emitter, in_hand }) => [
      { queue: `outbox_${emitter.name}`, filled: in_hand, max },
      ...emitter.fills,
    ]);
  }

  /** Records what has come of earlier attempts and begins those that are due. Waits for no sink. */
  async step(): Promise<void> {
    await this.#record();
    await this.#begin(this.#outboxes, performance.now());
  }

  /**
   * Waits until each outbox is empty or its sink has failed so often in a row as is allowed.
   *
   * @param ms_max how long at the most; what is not out by then stays in the store
   */
  async drain(ms_max: number): Promise<void> {
    const { wait = waitMs, warn, limits } = this.#options;
    const until_ms = performance.now() + ms_max;
    for (const outbox of this.#outboxes) outbox.failures = 0;
    let open = this.#outboxes;
    while (open.length > 0 && performance.now() <= until_ms) {
      await this.#begin(open, Number.POSITIVE_INFINITY);
      open = open.filter(({ sending }) => sending !== null);
      await within(until_ms - performance.now(), Promise.all(open.map(({ sending }) => sending)));
      await this.#record();
      open = open.filter(({ failures }) => failures <= limits.retries_max);
      const failing = open.filter(({ failures }) => failures > 0);
      if (failing.length > 0) await wait(Math.min(...failing.map(({ failures }) => this.#pauseMs(failures))));
    }
    for (const { emitter, sending, may_hold } of this.#outboxes)
      if (sending !== null || may_hold)
        warn(`sink ${emitter.name}: what it has not taken is sent when it can be, at the latest at the next start`);
  }

  /** Waits for no sink longer than an attempt may take. */
  async close(): Promise<void> {
    const { timeout_ms } = this.#options.limits;
    await within(timeout_ms, Promise.all(this.#outboxes.map(({ emitter }) => emitter.close())));
  }

  async #begin(outboxes: readonly Outbox[], now_ms: number): Promise<void> {
    const { limits, undelivered, nowUs } = this.#options;
    for (const outbox of outboxes) {
      if (!outbox.may_hold || outbox.sending !== null || outbox.due_ms > now_ms) continue;
      outbox.may_hold = false;
      const directives = await undelivered(outbox.emitter.name, limits.outbox_directives_max);
      if (directives.length === 0) continue;
      outbox.in_hand = directives.length;
      outbox.sending = outbox.emitter.send(directives, nowUs()).then((outcome) => {
        outbox.outcome = outcome;
      });
    }
  }

  async #record(): Promise<void> {
    const { record, warn, limits } = this.#options;
    for (const outbox of this.#outboxes) {
      const { outcome } = outbox;
      if (outcome === null) continue;
      outbox.outcome = null;
      outbox.sending = null;
      outbox.in_hand = 0;
      // There may be more than was in hand, and what failed is still there.
      outbox.may_hold = true;
      if (outcome.reason === null) outbox.failures = 0;
      else {
        outbox.failures++;
        const pause_ms = this.#pauseMs(outbox.failures);
        outbox.due_ms = performance.now() + pause_ms;
        if (outbox.failures === 1 || pause_ms === limits.backoff_ms_max)
          warn(`sink ${outcome.sink} did not take ${outcome.failed} directives: ${outcome.reason}`);
      }
      await record(outcome);
    }
  }

  /** Doubles with each failure in a row, up to its bound. */
  #pauseMs(failures: number): number {
    const { backoff_ms, backoff_ms_max } = this.#options.limits;
    return growingPauseMs(failures, backoff_ms, backoff_ms_max);
  }
}

/** Resolves with the work, or when the time is up. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  if (!Number.isFinite(ms)) return void (await work);
  let timer: NodeJS.Timeout | undefined;
  const up = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, up]).finally(() => clearTimeout(timer));
}
