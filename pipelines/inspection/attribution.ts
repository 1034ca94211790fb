import type { AttributedGrouping, AttributedLeaf, Attribution } from '../../contracts/attribution.js';
import type { Settings } from '../../contracts/config.js';
import { instantText } from '../../contracts/duration.js';
import type { Episode } from '../../contracts/episode.js';
import { DIMENSIONS } from '../../contracts/event.js';
import { parseSegmentKey, type SignalKind } from '../../contracts/signal.js';
import { bestGrouping } from '../../detectors/stats/best-grouping.js';
import { bestSubset } from '../../detectors/stats/best-subset.js';
import { chiSquareTail } from '../../detectors/stats/chi-square-tail.js';
import { rateAndMix } from '../../detectors/stats/rate-and-mix.js';
import { sharedOrLocal } from '../../detectors/stats/shared-or-local.js';
import { leafEvidence, sharedShift } from '../../detectors/stats/shared-shift.js';
import { surprise } from '../../detectors/stats/surprise.js';
import { Z95 } from '../../detectors/stats/z95.js';
import type { Store } from '../store.js';
import { dividedCounts, type LeafQuestion, type SegmentCounts, segmentCounts } from './leaf-counts.js';
import { goneBeforeUs } from './rows-left.js';

/** Below this chance leaves are said to differ, and the rest to have moved as well. */
const CHANCE_MIN = 0.01;
/** Leaves that are listed for each grouping; all of them are counted. */
const LEAVES_MAX = 50;

export interface AttributedSpan {
  readonly from_us: number;
  readonly to_us: number;
  /** Windows that had not closed by then are left out. */
  readonly known_us: number;
  /**
   * Whether dimensions that are not watched together with the segment's own are counted too, from the calls as they are
   * now: what has come late is in them, so the answer may differ from what could be known then.
   */
  readonly counts_calls: boolean;
}

/** What a signal is, as far as its parts add up to the whole. */
interface Traits {
  readonly kind: SignalKind;
  readonly is_dense: boolean;
  readonly scale: number;
  readonly side: 1 | -1;
  readonly explained_share_min: number;
}

/**
 * Where the excess of an episode comes from: its segment divided by each configured grouping that divides it, and, when
 * calls are counted too, by each other dimension that is watched. By groupings it follows from the observations of the
 * span as detectors saw them and the baseline that the episode was held against: the same at any time.
 */
export async function attributionOf(
  store: Store,
  settings: Settings,
  episode: Episode,
  span: AttributedSpan,
): Promise<Attribution> {
  const { from_us, to_us, known_us, counts_calls } = span;
  const nothing = (unavailable: string) => notAttributed(span, unavailable);
  if (episode.signal === null) return nothing('not available for relationships');
  const signal = (await store.rows('checks/registered_signals')).find((row) => row.signal === episode.signal);
  if (signal === undefined) return nothing(`the signal ${episode.signal} is not registered any more`);
  const { kind, is_dense, scale } = signal as { kind: SignalKind; is_dense: boolean; scale: number };
  if (is_dense && kind === 'proportion')
    return nothing('not available for silence: a whole is not silent because one of its parts is');
  const traits: Traits = {
    kind,
    is_dense,
    scale,
    side: episode.direction === 'up' ? 1 : -1,
    explained_share_min: settings.policy.explained_share,
  };
  const question = { signal: episode.signal, kind, version: episode.baseline_version, from_us, to_us, known_us };
  const watched = dividing(settings, episode.segment);
  const attributed = await attributeWatched(store, settings, episode.segment, watched, question, traits);
  // A dense signal is counted by the minute, in what is watched alone.
  if (counts_calls && !is_dense)
    for (const dimensions of unwatched(settings, episode.segment, watched))
      attributed.push(await attributeCounted(store, settings, episode.segment, dimensions, question, traits));
  if (attributed.length === 0) return nothing('no grouping of observe.groupings divides it');
  const found = bestGrouping(
    attributed.map(({ subset, common, rest }) => ({
      explained_share: subset.explained_share ?? 0,
      chance_share: rest?.chance_share ?? 0,
      surprise: subset.surprise,
      members: subset.members_count,
      is_common: common.is_common,
    })),
    traits.explained_share_min,
  );
  return {
    ...spanTexts(span),
    unavailable: null,
    groupings: attributed,
    best: found === null ? null : attributed[found]!.dimensions,
  };
}

/** No answer for a span, and why. */
export function notAttributed(span: Pick<AttributedSpan, 'from_us' | 'to_us'>, unavailable: string): Attribution {
  return { ...spanTexts(span), unavailable, groupings: [], best: null };
}

function spanTexts({ from_us, to_us }: Pick<AttributedSpan, 'from_us' | 'to_us'>) {
  return { from_at: instantText(from_us), to_at: instantText(to_us) };
}

/** As far as was known when the episode was detected. Nothing is said where rows of its span had left by then. */
export async function attributionAtDetection(store: Store, settings: Settings, episode: Episode): Promise<Attribution> {
  const [from_us, to_us] = [Math.round(episode.began_us), Math.round(episode.detected_us)];
  const rows_from_us = await goneBeforeUs(store, from_us);
  if (rows_from_us !== null) {
    const rows = `rows of before ${instantText(rows_from_us)}`;
    return notAttributed({ from_us, to_us }, `${rows} had left the store when it was detected (observe.rows_keep)`);
  }
  return attributionOf(store, settings, episode, { from_us, to_us, known_us: to_us, counts_calls: false });
}

/** By the groupings that are watched: each leaf against its own baseline, as detectors saw it. */
async function attributeWatched(
  store: Store,
  settings: Settings,
  segment: string,
  groupings: readonly string[][],
  question: LeafQuestion,
  traits: Traits,
): Promise<AttributedGrouping[]> {
  if (groupings.length === 0) return [];
  const counts = await segmentCounts(store, settings, question);
  const units = counts.find((one) => one.segment === segment)?.n ?? 0;
  return groupings.map((dimensions) => {
    const leaves = counts.filter((one) => isLeaf(one.segment, segment, dimensions));
    return attributeGrouping({ dimensions, counted_by: 'segments', segment_units: units }, leaves, traits);
  });
}

/** By one more dimension, counted from the calls. */
async function attributeCounted(
  store: Store,
  settings: Settings,
  segment: string,
  dimensions: string[],
  question: LeafQuestion,
  traits: Traits,
): Promise<AttributedGrouping> {
  const counts = await dividedCounts(store, settings, question, segment, dimensions);
  const units = counts.reduce((sum, { n }) => sum + n, 0);
  const leaves = counts.filter((one) => isLeaf(one.segment, segment, dimensions));
  return attributeGrouping({ dimensions, counted_by: 'calls', segment_units: units }, leaves, traits);
}

/** Groupings with all dimensions of the segment and more, coarser ones first. */
function dividing({ observe }: Settings, key: string): string[][] {
  const own = Object.keys(parseSegmentKey(key));
  return observe.groupings
    .filter((names) => names.length > own.length && own.every((name) => (names as string[]).includes(name)))
    .map((names) => DIMENSIONS.filter((name) => names.includes(name)) as string[])
    .sort((left, right) => left.length - right.length);
}

/** The segment's dimensions and one more of those that are watched at all, where that pair is not watched itself. */
function unwatched({ observe }: Settings, key: string, watched: readonly string[][]): string[][] {
  const own = Object.keys(parseSegmentKey(key));
  const known = new Set(watched.map((names) => names.join()));
  return DIMENSIONS.filter((name) => !own.includes(name) && observe.groupings.some((names) => names.includes(name)))
    .map((added) => DIMENSIONS.filter((name) => name === added || own.includes(name)) as string[])
    .filter((names) => !known.has(names.join()));
}

function isLeaf(key: string, parent: string, dimensions: readonly string[]): boolean {
  const values = parseSegmentKey(key) as Record<string, string>;
  const names = Object.keys(values);
  if (names.length !== dimensions.length || !dimensions.every((name) => name in values)) return false;
  return Object.entries(parseSegmentKey(parent)).every(([name, value]) => values[name] === value);
}

function attributeGrouping(
  head: Pick<AttributedGrouping, 'dimensions' | 'counted_by' | 'segment_units'>,
  all: readonly SegmentCounts[],
  traits: Traits,
): AttributedGrouping {
  const { kind, side, scale } = traits;
  const leaves = all.filter(({ n, before_size }) => n > 0 || before_size > 0);
  const judged = leaves.map((leaf) => leaf.judged);
  const sum = (of: (leaf: SegmentCounts) => number) => leaves.reduce((total, leaf) => total + of(leaf), 0);
  const excess = sum((leaf) => excessOf(leaf));
  const shareOf = (part: number) => (side * excess > 0 ? part / excess : null);
  const { shift, evidence } = sharedShift(kind, judged);
  const test = sharedOrLocal(kind, judged);
  const is_shifted = chiSquareTail(2 * evidence, 1) < CHANCE_MIN;
  const subset = bestSubset(kind, judged, side > 0 ? 'up' : 'down');
  const members = subset.members.map((at) => leaves[at]!);
  const [expected, total] = [sum((leaf) => leaf.judged.expected), sum((leaf) => leaf.judged.total)];
  const surprising = ({ judged: one }: SegmentCounts) =>
    expected > 0 && total > 0 ? surprise(one.expected / expected, one.total / total) : 0;
  const shares = sharesOf(leaves, traits);
  const listed = leaves.map((leaf, at): AttributedLeaf & { readonly size: number } => ({
    ...describe(leaf, traits),
    excess_share: leaf.judged.size > 0 ? shareOf(excessOf(leaf)) : null,
    share_before: shares?.[at]?.share_before ?? null,
    share_after: shares?.[at]?.share_after ?? null,
    size: Math.abs(excessOf(leaf)),
  }));
  listed.sort((left, right) => right.size - left.size);
  const units = sum(({ n }) => n);
  return {
    ...head,
    leaves_count: leaves.length,
    units,
    unjudged_units: units - sum(({ judged_n }) => judged_n),
    split: shares === null ? null : splitOf(leaves, shares, scale),
    split_unavailable:
      shares !== null ? null : traits.is_dense ? 'every segment is counted in every minute' : 'no history of its parts',
    excess: excess / scale,
    common: { shift, evidence, ...test, is_common: test.chance >= CHANCE_MIN, is_shifted },
    subset: {
      members: members.slice(0, LEAVES_MAX).map(({ segment }) => segmentObject(segment)),
      members_count: members.length,
      explained_share: shareOf(members.reduce((part, leaf) => part + excessOf(leaf), 0)),
      evidence: subset.evidence,
      surprise: members.reduce((part, leaf) => part + surprising(leaf), 0),
    },
    rest: restOf(
      leaves.filter((leaf) => !members.includes(leaf)),
      side * excess > 0 ? Math.abs(excess) : null,
      scale,
    ),
    leaves: listed.slice(0, LEAVES_MAX).map(({ size, ...leaf }) => leaf),
  };
}

function excessOf({ judged }: SegmentCounts): number {
  return judged.total - judged.expected;
}

function segmentObject(key: string): Record<string, string> {
  return { ...parseSegmentKey(key) } as Record<string, string>;
}

function describe(leaf: SegmentCounts, { kind, scale }: Traits) {
  const { segment, n, size, total, judged } = leaf;
  const is_judged = judged.size > 0;
  return {
    segment: segmentObject(segment),
    n,
    observed: size > 0 ? total / size / scale : null,
    expected: is_judged ? judged.expected / judged.size / scale : null,
    excess: is_judged ? excessOf(leaf) / scale : null,
    evidence: leafEvidence(kind, judged),
  };
}

interface Shares {
  readonly share_before: number;
  readonly share_after: number;
}

/** Of the units of all leaves; null where all are counted alike, or nothing is known of before or since. */
function sharesOf(leaves: readonly SegmentCounts[], { is_dense }: Traits): Shares[] | null {
  let [before, after] = [0, 0];
  for (const { before_size, size } of leaves) {
    before += before_size;
    after += size;
  }
  if (is_dense || !(before > 0 && after > 0)) return null;
  return leaves.map(({ before_size, size }) => ({ share_before: before_size / before, share_after: size / after }));
}

/**
 * The rate before is the baseline's, at the hours of the span. A leaf without units since has its rate of before, so that
 * its going is a change of the mix; so is the coming of one that no level is known of.
 */
function splitOf(leaves: readonly SegmentCounts[], shares: readonly Shares[], scale: number) {
  const parts = leaves.map(({ judged, size, total, before_level }, at) => {
    const known = judged.size > 0 ? judged.expected / judged.size : before_level;
    const rate_after = size > 0 ? total / size : (known ?? 0);
    return { ...shares[at]!, rate_before: known ?? rate_after, rate_after };
  });
  const { change, rate_effect, mix_effect } = rateAndMix(parts);
  const before = parts.reduce((sum, { share_before, rate_before }) => sum + share_before * rate_before, 0);
  return {
    before: before / scale,
    after: (before + change) / scale,
    change: change / scale,
    rate_effect: rate_effect / scale,
    mix_effect: mix_effect / scale,
  };
}

/** Leaves that are not in the subset, as one: a leaf that moved the other way counts against one that moved along. */
function restOf(leaves: readonly SegmentCounts[], excess: number | null, scale: number): AttributedGrouping['rest'] {
  let [n, size, total, expected, variance] = [0, 0, 0, 0, 0];
  for (const { judged, judged_n } of leaves) {
    n += judged_n;
    size += judged.size;
    total += judged.total;
    expected += judged.expected;
    variance += judged.variance;
  }
  if (!(size > 0)) return null;
  const chance = variance > 0 ? chiSquareTail((total - expected) ** 2 / variance, 1) : 1;
  return {
    n,
    observed: total / size / scale,
    expected: expected / size / scale,
    chance,
    chance_share: excess === null ? null : (Z95 * Math.sqrt(variance)) / excess,
    is_as_expected: chance >= CHANCE_MIN,
  };
}
