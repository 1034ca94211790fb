import type { AttributedGrouping, Attribution } from '../../contracts/attribution.js';
import type { Explanation } from '../../contracts/reports.js';
import type { PresentOptions } from './episodes.js';
import { countText, localText, localTimeText, segmentText, valueText } from './figures.js';
import { tableLines, wrapped } from './text.js';

/** Leaves of the best grouping that are shown, and members that are named in a line; `--json` has more. */
const LEAVES_MAX = 8;
const NAMED_MAX = 3;

/** Where an excess comes from, in words: rate or mix, which grouping, which of its segments, and what of the rest. */
export function attributionLines(explanation: Explanation, options: PresentOptions): string[] {
  const { attribution } = explanation;
  const row = (name: string, text: string) => wrapped(`  ${name.padEnd(10)}`, text, options.width);
  const then = thenText(explanation, options).flatMap((text) => row('then', text));
  if (attribution.unavailable !== null) return [...row('', attribution.unavailable), ...then];
  const { groupings } = attribution;
  const best = bestOf(attribution);
  const shown = best ?? groupings.find(({ common }) => common.degrees > 0) ?? groupings[0]!;
  const others = groupings.filter((grouping) => grouping !== shown);
  return [
    ...row('counted', countedText(shown, explanation, options)),
    ...row('split', splitText(shown, explanation)),
    ...row('by', best === undefined ? nobodyText(shown, explanation) : subsetText(shown, explanation)),
    ...(best === undefined || shown.rest === null ? [] : row('the rest', restText(shown.rest, explanation))),
    ...others.flatMap((grouping, at) => row(at === 0 ? 'else' : '', otherText(grouping, explanation))),
    ...then,
    ...unjudgedLines(shown, explanation, row),
    ...leafLines(shown, explanation),
  ];
}

function countedText({ counted_by }: AttributedGrouping, { attribution }: Explanation, { time_zone }: PresentOptions) {
  const { from_at, to_at } = attribution;
  const span = `${localText(from_at, time_zone)} to ${localTimeText(to_at, from_at, time_zone)}`;
  return counted_by === 'calls' ? `${span}, from the calls: these parts are not watched by themselves` : span;
}

/** What was known when the drift was detected, and written down then; nothing where it had not been divided. */
function thenText(explanation: Explanation, { time_zone }: PresentOptions): string[] {
  const recorded = explanation.attribution_at_detection;
  if (recorded === null || recorded.unavailable !== null) return [];
  const best = bestOf(recorded);
  const text = best === undefined ? 'no part of it stood out' : subsetText(best, explanation);
  return [`what was known at ${localText(recorded.to_at, time_zone)}: ${text}`];
}

function bestOf({ groupings, best }: Attribution): AttributedGrouping | undefined {
  return groupings.find(({ dimensions }) => best !== null && dimensions.join() === best.join());
}

/** The dimensions by which the episode's segment is divided. */
function nameOf({ dimensions }: AttributedGrouping, { episode }: Explanation): string {
  return dimensions.filter((name) => !(name in episode.segment)).join(' and ');
}

/** A leaf, by what it adds to the episode's segment. */
function leafText(segment: Readonly<Record<string, string>>, { episode }: Explanation): string {
  return segmentText(Object.fromEntries(Object.entries(segment).filter(([name]) => !(name in episode.segment))));
}

/** `the change is 94 % rate, 6 % mix of number_pool`; where the two go against each other, both amounts. */
function splitText(grouping: AttributedGrouping, explanation: Explanation): string {
  const { split, split_unavailable } = grouping;
  const { unit } = explanation.episode;
  if (split === null) return `rate and mix cannot be told apart: ${split_unavailable}`;
  const { before, after, change, rate_effect, mix_effect } = split;
  const rate = Math.round((100 * rate_effect) / change);
  const name = nameOf(grouping, explanation);
  const parts =
    rate >= 0 && rate <= 100
      ? `the change is ${rate} % rate, ${100 - rate} % mix of ${name}`
      : `rates by themselves would have moved it by ${amountText(rate_effect, unit)}, the mix of ${name} by ${amountText(mix_effect, unit)}`;
  return `${parts} (from ${valueText(before, unit)} to ${valueText(after, unit)})`;
}

/** `number_pool west_a explains 97 % of the excess, 1 of 8`. */
function subsetText({ subset, leaves_count, common }: AttributedGrouping, explanation: Explanation): string {
  const { members, members_count, explained_share } = subset;
  const named = members.slice(0, NAMED_MAX).map((segment) => leafText(segment, explanation));
  const more = members_count > NAMED_MAX ? ` and ${countText(members_count - NAMED_MAX)} more` : '';
  const verb = members_count === 1 ? 'explains' : 'explain';
  const share = explained_share === null ? 'the excess' : `${percent(explained_share)} of the excess`;
  return `${named.join('; ')}${more} ${verb} ${share}, ${members_count} of ${countText(leaves_count)}; had all moved alike they would differ as much with a chance of ${chanceText(common.chance)}`;
}

function nobodyText(grouping: AttributedGrouping, explanation: Explanation): string {
  const { common } = grouping;
  if (common.degrees < 1) return undividedText(grouping, explanation);
  if (common.is_common && !common.is_shifted) return stillText(grouping, explanation);
  return common.is_common
    ? `no part of it: every ${nameOf(grouping, explanation)} has moved alike, they differ no more than by chance (${chanceText(common.chance)}); look for a cause of the whole`
    : 'parts have moved apart, but no few of them make up enough of the excess';
}

/** Nothing has moved by itself: what is left is the mix, where that is known. */
function stillText(grouping: AttributedGrouping, explanation: Explanation): string {
  const { split } = grouping;
  const is_mix = split !== null && Math.abs(split.mix_effect) > Math.abs(split.rate_effect);
  const still = `no part of it: every ${nameOf(grouping, explanation)} lies where it is expected`;
  return is_mix ? `${still}; what has changed is how much each of them brings` : still;
}

function undividedText(grouping: AttributedGrouping, explanation: Explanation): string {
  const name = nameOf(grouping, explanation);
  return grouping.leaves_count < 2 ? `there is one ${name} only` : `no two of ${name} have a baseline`;
}

function restText(rest: NonNullable<AttributedGrouping['rest']>, { episode }: Explanation): string {
  const { n, observed, expected, chance, is_as_expected } = rest;
  const figures = `${valueText(observed, episode.unit)} of ${countText(n)}, expected ${valueText(expected, episode.unit)}, chance ${chanceText(chance)}`;
  return is_as_expected ? `is as expected: ${figures}` : `has moved as well: ${figures}`;
}

function otherText(grouping: AttributedGrouping, explanation: Explanation): string {
  const { common, subset, leaves_count } = grouping;
  const name = nameOf(grouping, explanation);
  if (common.degrees < 1) return `${name}: ${undividedText(grouping, explanation)}`;
  if (common.is_common) return `${name}: all have moved alike (chance ${chanceText(common.chance)})`;
  const share = subset.explained_share === null ? '' : ` with ${percent(subset.explained_share)} of the excess`;
  return `${name}: ${countText(subset.members_count)} of ${countText(leaves_count)} stand out${share}`;
}

function unjudgedLines(
  grouping: AttributedGrouping,
  explanation: Explanation,
  row: (name: string, text: string) => string[],
): string[] {
  const { units, unjudged_units, segment_units } = grouping;
  const unknown = segment_units - units;
  return [
    ...(unjudged_units > 0
      ? row('left out', `${countText(unjudged_units)} of ${countText(units)}, without a baseline`)
      : []),
    ...(unknown > 0
      ? row('in none', `${countText(unknown)} of ${countText(segment_units)} name no ${nameOf(grouping, explanation)}`)
      : []),
  ];
}

function leafLines(grouping: AttributedGrouping, explanation: Explanation): string[] {
  const { unit } = explanation.episode;
  const value = (figure: number | null) => (figure === null ? '' : valueText(figure, unit));
  const rows = grouping.leaves
    .slice(0, LEAVES_MAX)
    .map(({ segment, n, observed, expected, excess, excess_share, evidence, share_before, share_after }) => [
      leafText(segment, explanation),
      countText(n),
      value(observed),
      value(expected),
      excess === null ? '' : `${excess > 0 ? '+' : ''}${countText(excess)}`,
      excess_share === null ? '' : percent(excess_share),
      excess === null ? '' : evidence.toFixed(1),
      share_before === null || share_after === null ? '' : `${percent(share_before)} to ${percent(share_after)}`,
    ]);
  const head = ['in', 'n', 'observed', 'expected', 'excess', 'of it', 'nats', 'share of n'];
  return tableLines(
    [head, ...rows],
    head.map((_, at) => (at === 0 ? 'left' : 'right')),
  ).map((line) => `  ${line}`);
}

/** `97 %`, `0.4 %`. */
function percent(share: number): string {
  const value = share * 100;
  return `${Math.abs(value) >= 1 || value === 0 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** `-4.7 points` of a ratio, `+0.3 per minute`. */
function amountText(value: number, unit: string): string {
  const text = unit === 'ratio' ? `${(value * 100).toFixed(1)} points` : valueText(value, unit);
  return value > 0 ? `+${text}` : text;
}

/** `0.43`, `2e-6`. */
function chanceText(chance: number): string {
  if (chance >= 0.001) return String(Number(chance.toPrecision(2)));
  return chance < 1e-15 ? 'less than 1e-15' : chance.toExponential(0);
}
