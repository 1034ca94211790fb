import { z } from 'zod';

/** Which streams to look at, and how much of what is told may be wrong. */
export const reviewRequestSchema = z.strictObject({
  /** A day, days or local times, as `plumbline compare` takes them. */
  during: z.string().min(1).max(64),
  false_share: z.number().positive().max(0.5),
});
export type ReviewRequest = z.infer<typeof reviewRequestSchema>;

const count = z.number().int().min(0);

const reviewedStreamSchema = z.strictObject({
  signal: z.string(),
  segment: z.record(z.string(), z.string()),
  direction: z.enum(['up', 'down']),
  is_harmful: z.boolean(),
  unit: z.string(),
  /** Calls, turns, or minutes of a dense signal, at hours whose level is known; levels in the unit. */
  n: count,
  observed: z.number(),
  expected: z.number(),
  /** Log odds, log rate, or standard deviations of one value. */
  shift: z.number(),
  /** Natural logarithm of the e-value of the period. */
  log_evidence: z.number(),
  /** Episodes of this very stream, or into which it was folded, that were open in the period. */
  episodes: z.array(z.string()),
});
export type ReviewedStream = z.infer<typeof reviewedStreamSchema>;

/** All watched streams over one period, looked at once: those whose level lay elsewhere than expected. */
export const reviewReportSchema = z.strictObject({
  from_at: z.iso.datetime(),
  to_at: z.iso.datetime(),
  /** Learnt from nothing of the period. */
  baseline_version: z.string(),
  false_share: z.number(),
  /** Streams with a level to be held against. */
  streams: count,
  /** Natural logarithm of the evidence from which on a stream is told; null where none is. */
  log_threshold: z.number().nullable(),
  told_count: count,
  /** The strongest evidence first. */
  told: z.array(reviewedStreamSchema),
});
export type ReviewReport = z.infer<typeof reviewReportSchema>;
