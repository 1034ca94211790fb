import type { SourceChunk } from '../contracts/source.js';

/** What the loop of a live run goes by. */

/** How often a live run looks at ages, idle inputs and what sinks have not taken. */
export const TICK_MS = 250;

export interface OpenInput {
  name: string;
  readonly iterator: AsyncIterator<SourceChunk>;
}

/** When an input last brought something, and when it was last told to be quiet; wall clock, microseconds. */
export interface Arrival {
  readonly at_us: number;
  told_us: number;
}

export type Happening =
  | { readonly kind: 'aborted' | 'tick' }
  | { readonly kind: 'came'; readonly input: OpenInput; readonly next: IteratorResult<SourceChunk> }
  | { readonly kind: 'failed'; readonly error: unknown };
