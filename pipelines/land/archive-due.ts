import { archivedHeads } from './archive-files.js';
import { batchOf } from './arrow-batch.js';
import { liveSegmentFiles, segmentNumber } from './segment-files.js';
import { type FoundFrame, foundIn, isHole, payloadOf } from './segment-frames.js';

/** The oldest segment of a log, when it is closed. */
export interface DueSegment {
  readonly file: string;
  /** Arrival of its first event, wall clock, microseconds; 0 when no event can be read of it. */
  readonly begun_us: number;
  /** Ordinal of its last frame. */
  readonly last_frame: number;
}

/**
 * The segment that is archived next; null when there is none. Only a segment that another follows is taken: that one's
 * first frame tells where it ends, without reading all of it.
 */
export function archiveDue(data_dir: string, open_segment: number | null): DueSegment | null {
  const archived = archivedHeads(data_dir).map(segmentNumber).at(-1) ?? -1;
  const [file, next] = liveSegmentFiles(data_dir).filter((one) => segmentNumber(one) > archived);
  if (file === undefined || next === undefined || segmentNumber(file) === open_segment) return null;
  const first_after = firstFrame(next, () => true);
  if (first_after === null) return null;
  const first_rows = firstFrame(file, ({ rows }) => rows > 0);
  return { file, begun_us: arrivalOf(first_rows), last_frame: first_after.metadata.ordinal - 1 };
}

function firstFrame(file: string, isWanted: (frame: FoundFrame) => boolean): FoundFrame | null {
  for (const found of foundIn(file)) if (!isHole(found) && isWanted(found)) return found;
  return null;
}

function arrivalOf(frame: FoundFrame | null): number {
  const payload = frame === null ? null : payloadOf(frame);
  if (frame === null || payload === null) return 0;
  const arrived = batchOf({ ...frame, payload }).columns.get('arrived_at')!.values as BigInt64Array;
  return Number(arrived[0]!);
}
