import { z } from 'zod';

/** What to compare: a signal on two sides, each a segment over a period. */
export const comparisonRequestSchema = z.strictObject({
  signal: z.string().min(1).max(128),
  first: z.strictObject({ segment: z.string().min(1).max(1024), period: z.string().max(64).nullable() }),
  second: z.strictObject({ segment: z.string().min(1).max(1024), period: z.string().max(64).nullable() }),
});
export type ComparisonRequest = z.infer<typeof comparisonRequestSchema>;

const count = z.number().int().min(0);

const comparedSideSchema = z.strictObject({
  segment: z.record(z.string(), z.string()),
  /** The span of event time; null on a side without a bound. */
  from_at: z.iso.datetime().nullable(),
  to_at: z.iso.datetime().nullable(),
  /** Entities (calls, trials) or minutes behind the figures, as `per` says. */
  n: count,
  /** Mean with its 95 % interval, and quartiles, in the unit; null where there is nothing. */
  level: z.number().nullable(),
  level_low: z.number().nullable(),
  level_high: z.number().nullable(),
  quartiles: z.tuple([z.number(), z.number(), z.number()]).nullable(),
});

/** A signal on two sides, and whether they differ. */
export const comparisonReportSchema = z.strictObject({
  signal: z.string(),
  kind: z.enum(['proportion', 'rate', 'mean']),
  unit: z.string(),
  /** What one value is of: a trial, an entity (a call, mostly), or a minute. */
  per: z.enum(['trial', 'entity', 'minute']),
  first: comparedSideSchema,
  second: comparedSideSchema,
  /** Second less first, with its 95 % interval; null where a side has nothing. */
  difference: z.number().nullable(),
  difference_low: z.number().nullable(),
  difference_high: z.number().nullable(),
  /** Each comparison of the registry that fits the signal. Distances on the scale are in the unit. */
  comparisons: z.array(
    z.strictObject({
      comparison: z.string(),
      statistic: z.number(),
      p_value: z.number().min(0).max(1),
      effect: z.number().nullable(),
      effect_unit: z.string(),
      sizes: z.strictObject({ first: count, second: count }),
      is_usable: z.boolean(),
      reason: z.string().nullable(),
    }),
  ),
});
export type ComparisonReport = z.infer<typeof comparisonReportSchema>;
export type ComparedSide = ComparisonReport['first'];
