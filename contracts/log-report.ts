import { z } from 'zod';

/** What `plumbline log verify` tells of a log. Counts are integers. */

const count = z.number().int().min(0);

/** A place where a log is not what was written. */
export const logDamageSchema = z.strictObject({
  /** File, by its path in the data directory, and the first byte in it. */
  file: z.string(),
  byte: count,
  /** Ordinal of the first frame that cannot be relied on; null where no frame is touched. */
  frame: count.nullable(),
  what: z.string(),
});
export type LogDamage = z.infer<typeof logDamageSchema>;

export const logDocumentSchema = z.strictObject({
  log: z.string(),
  /** Nothing is damaged; what had been set aside before does not count. */
  is_whole: z.boolean(),
  segments: count,
  frames: count,
  events: count,
  bytes: count,
  /** Bytes at the end of a log that is being written to, or of one whose process has ended at once: no frame yet. */
  torn_bytes: count,
  /** Of these segments, the ones that lie in the archive; their Parquet files, and the bytes of those. */
  archived: z.strictObject({ segments: count, files: count, bytes: count }),
  /** Frames that were set aside before, and the events they held as far as that is known. */
  set_aside: z.strictObject({ frames: count, events: count }),
  /** Whole notes of events that the store could not take, and how many events they leave out. */
  left_out: z.strictObject({ notes: count, events: count }),
  /** Whole notes of frames that are passed over. */
  passed_over: count,
  /** The first 1,000 places, in the order of the log. */
  damages: z.array(logDamageSchema).max(1_000),
  /** All of them. */
  damages_count: count,
});
export type LogDocument = z.infer<typeof logDocumentSchema>;

/**
 * What is not done with a frame that is passed over, the least first. Of `decisions` no detector and no policy sees what closes
 * with it: events are derived and counted all the same. Of a `frame` nothing is applied.
 */
export const PASSED_OVER = ['decisions', 'frame'] as const;

/** What `plumbline pass-over` has passed over of a frame. */
export const passOverDocumentSchema = z.strictObject({
  frame: count,
  /** `decisions`: events are derived and counted, no detector and no policy sees what closes with them. `frame`: nothing is applied. */
  passed_over: z.enum(PASSED_OVER),
  /** Events that the frame holds. */
  events: count,
  what: z.string(),
  note: z.string(),
});
export type PassOverDocument = z.infer<typeof passOverDocumentSchema>;
