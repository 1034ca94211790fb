import type { Batch } from '../contracts/batch.js';
import { EVENT_COLUMNS } from '../contracts/event-columns.js';
import { CHUNK_ROWS, copyColumn, copyNumber, copySequence, type VectorWriting } from './vector-columns.js';

/** How frames of the log become rows of the store: frame by frame, up to 2,048 rows at a time. */

export interface LoggedFrame {
  readonly ordinal: number;
  readonly batch: Batch;
}

/** What is scanned of a log. */
export interface LogSource {
  /** Frames whose rows lie in the log itself. */
  frames(): Iterable<LoggedFrame>;
  /** Parquet files with the rows of all others. */
  archiveFiles(): readonly string[];
}

/** Rows [at, at + rows) of a frame. */
export interface LogPart {
  readonly frame: LoggedFrame;
  readonly at: number;
  readonly rows: number;
}

export function* partsOf(frames: Iterable<LoggedFrame>): Generator<LogPart, undefined> {
  for (const frame of frames)
    for (let at = 0; at < frame.batch.rows; at += CHUNK_ROWS)
      yield { frame, at, rows: Math.min(CHUNK_ROWS, frame.batch.rows - at) };
}

/** One column of a part: 0 is the ordinal of the frame, 1 that of the event, then those of the contract. */
export function copyPart<Vector>(to: VectorWriting<Vector>, target: Vector, part: LogPart, column: number): void {
  const { ordinal, batch } = part.frame;
  if (column === 0) copyNumber(to, target, ordinal, part.rows);
  else if (column === 1) copySequence(to, target, batch.first_seq + part.at, part.rows);
  else {
    const { name, form } = EVENT_COLUMNS[column - 2]!;
    copyColumn(to, target, form, batch.columns.get(name), part.at, part.rows);
  }
}
