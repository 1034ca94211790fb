import { z } from 'zod';

/** One point of the picture of an episode: a span of event time, 15 minutes by default. */
export const seriesPointSchema = z.strictObject({
  /** Start of the span, microseconds since 1970, UTC. */
  at_us: z.number().int(),
  /** Units behind the point: calls, turns, or windows. */
  n: z.number().min(0),
  /** In the episode's unit; null where nothing was observed or expected. */
  observed: z.number().nullable(),
  expected: z.number().nullable(),
  expected_low: z.number().nullable(),
  expected_high: z.number().nullable(),
});
export type SeriesPoint = z.infer<typeof seriesPointSchema>;
