import type { z } from 'zod';
import type { Directive } from './directive.js';
import type { Fill } from './fill.js';

/** A sink: where directives go. Delivering one twice has the effect of delivering it once (same id). */
export interface Sink<Config = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly config: z.ZodType<Config>;
  open(config: Config, context: SinkContext): Promise<OpenSink>;
}

export interface SinkContext {
  readonly base_dir: string;
  readonly data_dir: string;
  /** Where a sink that speaks to people writes; a promise, when it is one, says when the line is taken. */
  write(line: string): unknown;
}

export interface OpenSink {
  /**
   * Resolves when the directives are taken. `signal` aborts when nobody waits for the answer any more: end soon after it,
   * for until then nothing further is handed over.
   */
  deliver(directives: readonly Directive[], signal: AbortSignal): Promise<void>;
  /** How full what it bounds is. */
  fills?(): readonly Fill[];
  close(): Promise<void>;
}
