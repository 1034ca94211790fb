import type { LoggedFrame, LogSource } from '../log-scan.js';
import { archivedHeads, parquetFiles } from './archive-files.js';
import { batchOf } from './arrow-batch.js';
import { SetAsideFrames } from './damage.js';
import { liveSegmentFiles, segmentFiles } from './segment-files.js';
import { findFrames, readFrame } from './stored-frames.js';

/** What queries see of the log of a data directory. */
export function logSource(data_dir: string): LogSource {
  return {
    frames: () => liveFrames(data_dir),
    archiveFiles: () => archivedHeads(data_dir).flatMap(parquetFiles),
  };
}

/** Frames with rows that are not archived. @throws PlumblineError LOG_FRAME_DAMAGED */
function* liveFrames(data_dir: string): Generator<LoggedFrame> {
  const live = new Set(liveSegmentFiles(data_dir));
  const first = segmentFiles(data_dir).find((file) => live.has(file));
  if (first === undefined) return;
  const set_aside = SetAsideFrames.of(data_dir);
  for (const found of findFrames(data_dir, first)) {
    const batch = batchOf(readFrame(found, set_aside));
    if (batch.rows > 0) yield { ordinal: found.metadata.ordinal, batch };
  }
}
