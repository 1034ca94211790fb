/** What the best subset of the leaves of one grouping comes to. */
export interface ExplainedByGrouping {
  /** Share of the excess that lies in the subset; above 1 where the other leaves make up for some of it. */
  readonly explained_share: number;
  /** Share of the excess that the other leaves may have by chance alone, 95 %. */
  readonly chance_share: number;
  /** Of the subset, nats: see `surprise`. */
  readonly surprise: number;
  /** Leaves in the subset. */
  readonly members: number;
  /** Whether one shift for all leaves is enough. */
  readonly is_common: boolean;
}

/** Groupings whose surprise is within this share of the largest are taken as equally surprising. */
const SURPRISE_SLACK = 0.1;

/**
 * Which grouping tells best where an excess comes from, as its position; null where none does. After Adtributor (Bhagwan
 * et al. 2014, NSDI): of the groupings whose subset holds at least `explained_share_min` of the excess, as far as chance
 * lets that be told, and whose leaves have not all moved alike, the most surprising one. A finer grouping tends to be more surprising than a coarser one
 * by chance alone; so of those within SURPRISE_SLACK of the largest the one with the fewest leaves is taken, then the
 * one that came first.
 */
export function bestGrouping(groupings: readonly ExplainedByGrouping[], explained_share_min: number): number | null {
  const usable = groupings
    .map((grouping, at) => ({ at, ...grouping }))
    .filter(
      ({ is_common, members, explained_share, chance_share }) =>
        !is_common && members > 0 && explained_share > 0 && explained_share + chance_share >= explained_share_min,
    );
  let most = 0;
  for (const { surprise } of usable) most = Math.max(most, surprise);
  const near = usable.filter(({ surprise }) => surprise >= (1 - SURPRISE_SLACK) * most);
  near.sort((left, right) => left.members - right.members || left.at - right.at);
  return near[0]?.at ?? null;
}
