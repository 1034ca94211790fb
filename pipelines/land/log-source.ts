import type { LoggedFrame, LogSource } from '../log-scan.js';
import { archivedHeads, parquetFiles } from './archive-files.js';
import { batchOf } from './arrow-batch.js';
import { SetAsideFrames } from './damage.js';
import { liveSegmentFiles, segmentFiles, segmentNumber } from './segment-files.js';
import { findFrames, readFrame } from './stored-frames.js';

/** What queries see of the log of a data directory. */
export function logSource(data_dir: string): LogSource {
  return {
    frames: () => liveFrames(data_dir),
    archiveFiles: () => archivedHeads(data_dir).flatMap(parquetFiles),
  };
}

/** Frames that are not archived, from the first on. @throws PlumblineError LOG_FRAME_DAMAGED */
function* liveFrames(data_dir: string): Generator<LoggedFrame> {
  const live = new Set(liveSegmentFiles(data_dir));
  const first = segmentFiles(data_dir).find((file) => live.has(file));
  if (first === undefined) return;
  yield* framesOf(data_dir, first, Number.POSITIVE_INFINITY);
}

/** Frames with rows, from a segment on, up to one of a number. @throws PlumblineError LOG_FRAME_DAMAGED */
export function* framesOf(data_dir: string, first_file: string, last_number: number): Generator<LoggedFrame> {
  const set_aside = SetAsideFrames.of(data_dir);
  for (const found of findFrames(data_dir, first_file)) {
    if (segmentNumber(found.file) > last_number) return;
    const batch = batchOf(readFrame(found, set_aside));
    if (batch.rows > 0) yield { ordinal: found.metadata.ordinal, batch };
  }
}
