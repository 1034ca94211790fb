import type { Directive } from '../contracts/directive.js';
import type { OpenSink } from '../contracts/sink.js';

/**
 * The outbox relay: takes directives that were decided and are on disk to the sinks. A slow or failing sink never
 * throws into the loop and never holds another sink up. What is not delivered stays in the outbox and is given to a
 * later relay, with the same ids, so a sink may see a directive twice and must act once (contracts/sink.ts).
 */

/** What one sink has not taken yet. */
export interface Outbox {
  readonly name: string;
  readonly sink: OpenSink;
  /** Oldest first; sent in this order, and none is sent before an earlier one was taken. */
  readonly undelivered: readonly Directive[];
}

export interface EmitLimits {
  /** Further attempts after the first, for one batch. */
  readonly retries_max: number;
  /** How long one attempt may take. A longer one counts as failed; the sink may still finish it. */
  readonly timeout_ms: number;
  /** Pause before the first retry; it doubles with every further one. */
  readonly backoff_ms: number;
  /** Directives handed to a sink at once. */
  readonly batch_directives_max: number;
}

export const EMIT_LIMITS: EmitLimits = {
  retries_max: 3,
  timeout_ms: 5_000,
  backoff_ms: 100,
  batch_directives_max: 256,
};

const REASON_LENGTH_MAX = 512;

export interface EmitReport {
  readonly delivered: readonly SinkDirectives[];
  /** Not taken, with the reason of the last attempt. */
  readonly failed: readonly (SinkDirectives & { readonly reason: string })[];
  /** Their lease had run out: not sent, and never to be sent. */
  readonly expired: readonly SinkDirectives[];
}

/** Only sinks with at least one directive are named. */
export interface SinkDirectives {
  readonly sink: string;
  readonly directive_ids: readonly string[];
}

/** Pauses between attempts; a parameter so that the loop decides what waiting is. */
export type Wait = (ms: number) => Promise<void>;

const waitMs: Wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends every outbox to its sink, all sinks at the same time. Never rejects. `at_us` is the event time now. */
export async function emit(
  outboxes: readonly Outbox[],
  at_us: number,
  limits: EmitLimits = EMIT_LIMITS,
  wait: Wait = waitMs,
): Promise<EmitReport> {
  const outcomes = await Promise.all(outboxes.map((outbox) => emptyOutbox(outbox, at_us, limits, wait)));
  const named = (pick: (outcome: Outcome) => readonly string[]) =>
    outcomes.flatMap((outcome) => {
      const directive_ids = pick(outcome);
      return directive_ids.length === 0 ? [] : [{ sink: outcome.sink, directive_ids, reason: outcome.reason }];
    });
  const withoutReason = ({ sink, directive_ids }: SinkDirectives): SinkDirectives => ({ sink, directive_ids });
  return {
    delivered: named((outcome) => outcome.delivered).map(withoutReason),
    failed: named((outcome) => outcome.failed),
    expired: named((outcome) => outcome.expired).map(withoutReason),
  };
}

interface Outcome {
  readonly sink: string;
  readonly delivered: readonly string[];
  readonly failed: readonly string[];
  readonly expired: readonly string[];
  readonly reason: string;
}

async function emptyOutbox(outbox: Outbox, at_us: number, limits: EmitLimits, wait: Wait): Promise<Outcome> {
  const living: Directive[] = [];
  const expired: string[] = [];
  for (const directive of outbox.undelivered) {
    if (Date.parse(directive.expires_at) * 1000 <= at_us) expired.push(directive.id);
    else living.push(directive);
  }
  const delivered: string[] = [];
  for (let at = 0; at < living.length; at += limits.batch_directives_max) {
    const batch = living.slice(at, at + limits.batch_directives_max);
    const reason = await deliverBatch(outbox.sink, batch, limits, wait);
    // Order is kept: what comes after a failed batch waits for the next relay too.
    if (reason !== null) {
      const failed = living.slice(at).map((directive) => directive.id);
      return { sink: outbox.name, delivered, failed, expired, reason };
    }
    delivered.push(...batch.map((directive) => directive.id));
  }
  return { sink: outbox.name, delivered, failed: [], expired, reason: '' };
}

/** Null when the sink took the batch; else why it did not. */
async function deliverBatch(
  sink: OpenSink,
  batch: readonly Directive[],
  limits: EmitLimits,
  wait: Wait,
): Promise<string | null> {
  let reason: string | null = null;
  for (let attempt = 0; attempt <= limits.retries_max; attempt++) {
    if (attempt > 0) await wait(limits.backoff_ms * 2 ** (attempt - 1));
    reason = await deliverOnce(sink, batch, limits.timeout_ms);
    if (reason === null) return null;
  }
  return reason;
}

function deliverOnce(sink: OpenSink, batch: readonly Directive[], timeout_ms: number): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`no answer within ${timeout_ms} ms`), timeout_ms);
    const settle = (reason: string | null) => {
      clearTimeout(timer);
      resolve(reason);
    };
    // The call stands inside a promise, so that a sink that throws at once is contained like one that rejects.
    Promise.resolve()
      .then(() => sink.deliver(batch))
      .then(
        () => settle(null),
        (error: unknown) => settle(reasonOf(error)),
      );
  });
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, REASON_LENGTH_MAX);
}
