import { z } from 'zod';
import { conservationSchema } from './conservation.js';
import { REJECTION_REASONS } from './event.js';

/** What `plumbline rejected` tells of lines that were kept out. Counts are integers. */

const count = z.number().int().min(0);

/** A line that was kept out. */
export const rejectedLineSchema = z.strictObject({
  /** Its frame in the log, and its place among the rejected lines of that frame: `12.0`. */
  id: z.string().regex(/^\d+\.\d+$/),
  input: z.string(),
  partition: z.string(),
  /** Line number, or ordinal, in the partition. */
  offset: z.number().int(),
  reason: z.enum(REJECTION_REASONS),
  detail: z.string(),
  /** Length of the whole line; 0 of an event that has landed. Of one over 65,536 bytes the beginning is kept. */
  bytes_length: count,
  /** Null when it was rejected by a version that did not note it. */
  rejected_at: z.iso.datetime().nullable(),
  /** Last day (UTC) on which its bytes can be read; null: for as long as the key of the store is there. */
  readable_until: z.iso.date().nullable(),
});
export type RejectedLine = z.infer<typeof rejectedLineSchema>;

export const rejectedDocumentSchema = z.strictObject({
  what: z.enum(['list', 'show', 'replay']),
  /** All lines that the log has kept out, whatever is listed here. */
  rejected: count,
  by_reason: z.partialRecord(z.enum(REJECTION_REASONS), count),
  /** Those that were asked for, newest first. */
  lines: z.array(rejectedLineSchema),
  /** `show`: the bytes that are kept; null when they cannot be read any more, and for the others. */
  base64: z.base64().nullable(),
  /** `show`: the bytes as text, when they are UTF-8. */
  text: z.string().nullable(),
  /** `replay`: what became of the lines; null for the others. */
  replayed: conservationSchema.nullable(),
});
export type RejectedDocument = z.infer<typeof rejectedDocumentSchema>;
