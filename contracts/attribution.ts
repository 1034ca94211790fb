import { z } from 'zod';

/** Where the excess of an episode comes from: its segment divided by every grouping that divides it (its leaves). */

const segment = z.record(z.string(), z.string());
const share = z.number();

const leafSchema = z.strictObject({
  segment,
  /** Calls, turns, or minutes of a dense signal; `observed`, `expected` and `excess` as in `contributing_segments`. */
  n: z.number().int().min(0),
  observed: z.number().nullable(),
  expected: z.number().nullable(),
  excess: z.number().nullable(),
  /** Of the excess of all leaves; null where they sum to none in the direction of the episode. */
  excess_share: share.nullable(),
  /** Log-likelihood ratio against its own baseline, nats, divided by its dispersion. */
  evidence: z.number(),
  /** Of the units of all leaves: in the same hours of the history, and now; null where all are counted alike. */
  share_before: share.nullable(),
  share_after: share.nullable(),
});
export type AttributedLeaf = z.infer<typeof leafSchema>;

const groupingSchema = z.strictObject({
  dimensions: z.array(z.string()),
  /** `segments`: leaves are watched, with baselines of their own; `calls`: counted for the asking, from the calls as they are. */
  counted_by: z.enum(['segments', 'calls']),
  leaves_count: z.number().int().min(0),
  /** Units in leaves, those of leaves without a level to hold them against, and all of the segment's. */
  units: z.number().int().min(0),
  unjudged_units: z.number().int().min(0),
  segment_units: z.number().int().min(0),
  /** How the level of the whole has changed, in the episode's unit, and what of it the leaves' rates and shares did. */
  split: z
    .strictObject({
      before: z.number(),
      after: z.number(),
      change: z.number(),
      rate_effect: z.number(),
      mix_effect: z.number(),
    })
    .nullable(),
  /** Why there is no split; null where there is one. */
  split_unavailable: z.string().nullable(),
  excess: z.number(),
  /** One shift for all leaves, and whether it is enough: `chance` that leaves which share one differ as much. */
  common: z.strictObject({
    shift: z.number(),
    evidence: z.number(),
    statistic: z.number(),
    degrees: z.number().int().min(0),
    chance: z.number(),
    is_common: z.boolean(),
    /** Whether that one shift is more than chance. */
    is_shifted: z.boolean(),
  }),
  /** The set of leaves that one shift, of theirs alone, explains best. */
  subset: z.strictObject({
    members: z.array(segment),
    members_count: z.number().int().min(0),
    explained_share: share.nullable(),
    evidence: z.number(),
    surprise: z.number(),
  }),
  /** The other leaves together; null where there are none. */
  rest: z
    .strictObject({
      n: z.number().int().min(0),
      observed: z.number(),
      expected: z.number(),
      chance: z.number(),
      /** Share of the excess that they may have by chance alone, 95 %; null as `excess_share`. */
      chance_share: share.nullable(),
      is_as_expected: z.boolean(),
    })
    .nullable(),
  /** Those with the largest excess first. */
  leaves: z.array(leafSchema),
});
export type AttributedGrouping = z.infer<typeof groupingSchema>;

export const attributionSchema = z.strictObject({
  /** The span that was counted, from the start of the drift on. */
  from_at: z.iso.datetime(),
  to_at: z.iso.datetime(),
  /** Why there is nothing to say; null otherwise. */
  unavailable: z.string().nullable(),
  groupings: z.array(groupingSchema),
  /** Dimensions of the grouping that explains best; null where none does: then the cause lies in the whole. */
  best: z.array(z.string()).nullable(),
});
export type Attribution = z.infer<typeof attributionSchema>;
