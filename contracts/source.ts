import type { z } from 'zod';
import type { Fill } from './fill.js';

/** Bytes of whole NDJSON lines from one input, with where they stand. */
export interface SourceChunk {
  /** The input whose watermark these events move. */
  readonly input: string;
  readonly partition: string;
  /** Ordinal of the first line in the partition (files: line number, from 1). */
  readonly first_offset: number;
  /** Whole lines, each ended by LF (the last may lack it at the end of the input). */
  readonly bytes: Uint8Array;
  /**
   * Given when the chunk is the beginning of one line that is too long for the source to pass on: how many bytes the line
   * has. It is rejected as too long.
   */
  readonly line_bytes?: number;
  /** Called once the events are on disk (fsync done). */
  acknowledge?(): void;
}

export interface SourceContext {
  readonly signal: AbortSignal;
  /** Where to resume: the next offset of a partition, or undefined to begin. */
  resume(input: string, partition: string): number | undefined;
  /** Tells people of something that the source passes over, or waits for. */
  warn(line: string): void;
  /** Tells how full something is that the source bounds; the latest of each name stands. */
  filled(fill: Fill): void;
  /** Directory that relative paths of the configuration start from. */
  readonly base_dir: string;
}

/**
 * A source: where events come from. It delivers chunks and knows nothing of retry, landing or watermarks. The iterable
 * ends when the input ends; a following source ends when the signal aborts.
 */
export interface Source<Config = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly config: z.ZodType<Config>;
  open(config: Config, context: SourceContext): AsyncIterable<SourceChunk>;
}
