import type { AttributedGrouping, Attribution } from '../../contracts/attribution.js';
import type { Explanation } from '../../contracts/reports.js';
import type { PresentOptions } from './episodes.js';
import { countText, localText, localTimeText, segmentText, valueText } from './figures.js';
import { printable, tableLines, wrapped } from './text.js';

/** Leaves of the best grouping that are shown, and members that are named in a line; `--json` has more. */
const LEAVES_MAX = 8;
const NAMED_MAX = 3;

/** Where an excess comes from, in words: rate or mix, which grouping, which of its segments, and what of the rest. */
export function attributionLines(explanation: Explanation, options: PresentOptions): string[] {
  const { attribution } = explanation;
  const row = (name: string, text: string) => wrapped(`  ${name.padEnd(10)}`, text, options.width);
  const { time_zone } = options;
  const span = `${localText(attribution.from_at, time_zone)} to ${localTimeText(attribution.to_at, attribution.from_at, time_zone)}`;
  if (attribution.unavailable !== null) return row('', attribution.unavailable);
  const best = bestOf(attribution);
  const shown = best ?? attribution.groupings[0]!;
  const others = attribution.groupings.filter((grouping) => grouping !== shown);
  return [
    ...row('counted', span),
    ...row('split', splitText(shown, explanation)),
    ...row('by', best === undefined ? nobodyText(shown) : subsetText(shown)),
    ...(best === undefined || shown.rest === null ? [] : row('the rest', restText(shown.rest, explanation))),
    ...others.flatMap((grouping, at) => row(at === 0 ? 'else' : '', otherText(grouping))),
    ...row('then', thenText(explanation, options)),
    ...unjudgedLines(shown, row),
    ...leafLines(shown, explanation),
  ];
}

/** What was known when the drift was detected, and written down then. */
function thenText({ attribution_at_detection: recorded }: Explanation, { time_zone }: PresentOptions): string {
  if (recorded === null) return 'nothing was written down when it was detected';
  const known = `what was known at ${localText(recorded.to_at, time_zone)}`;
  if (recorded.unavailable !== null) return `${known}: ${recorded.unavailable}`;
  const best = bestOf(recorded);
  return `${known}: ${best === undefined ? 'no part of it stood out' : subsetText(best)}`;
}

function bestOf({ groupings, best }: Attribution): AttributedGrouping | undefined {
  return groupings.find(({ dimensions }) => best !== null && dimensions.join() === best.join());
}

function nameOf({ dimensions }: AttributedGrouping): string {
  return dimensions.map(printable).join(' and ');
}

/** `94 % rate, 6 % mix of number_pool: from 50.1 % to 42.9 %`; where the two go against each other, both amounts. */
function splitText(grouping: AttributedGrouping, { episode }: Explanation): string {
  const { split, split_unavailable } = grouping;
  if (split === null) return `rate and mix cannot be told apart: ${split_unavailable}`;
  const { before, after, change, rate_effect, mix_effect } = split;
  const [rate, mix] = [rate_effect / change, mix_effect / change];
  const span = `from ${valueText(before, episode.unit)} to ${valueText(after, episode.unit)}`;
  const is_share = rate >= 0 && mix >= 0;
  const parts = is_share
    ? `the change is ${percent(rate)} rate, ${percent(mix)} mix`
    : `rates by themselves would have moved it by ${signed(rate_effect, episode.unit)}, the mix by ${signed(mix_effect, episode.unit)}`;
  return `${parts} of ${nameOf(grouping)} (${span})`;
}

/** `number_pool west_a explains 97 % of the excess (1 of 8)`. */
function subsetText({ subset, leaves_count, common }: AttributedGrouping): string {
  const { members, members_count, explained_share } = subset;
  const named = members.slice(0, NAMED_MAX).map(segmentText);
  const more = members_count > NAMED_MAX ? ` and ${countText(members_count - NAMED_MAX)} more` : '';
  const verb = members_count === 1 ? 'explains' : 'explain';
  const share = explained_share === null ? 'the excess' : `${percent(explained_share)} of the excess`;
  return `${named.join('; ')}${more} ${verb} ${share}, ${members_count} of ${countText(leaves_count)}; had all moved alike they would differ as much with a chance of ${chanceText(common.chance)}`;
}

function nobodyText(grouping: AttributedGrouping): string {
  const { common, leaves_count } = grouping;
  if (leaves_count < 2) return `there is no second ${nameOf(grouping)} to tell it from`;
  return common.is_common
    ? `no part of it: every ${nameOf(grouping)} has moved alike (they would differ as much with a chance of ${chanceText(common.chance)}); look for a cause of the whole`
    : `parts have moved apart, but no few of any grouping make up enough of the excess`;
}

function restText(rest: NonNullable<AttributedGrouping['rest']>, { episode }: Explanation): string {
  const { n, observed, expected, chance, is_as_expected } = rest;
  const figures = `${valueText(observed, episode.unit)} of ${countText(n)}, expected ${valueText(expected, episode.unit)}, chance ${chanceText(chance)}`;
  return is_as_expected ? `is as expected: ${figures}` : `has moved as well: ${figures}`;
}

function otherText(grouping: AttributedGrouping): string {
  const { common, subset, leaves_count } = grouping;
  const name = nameOf(grouping);
  if (leaves_count < 2) return `${name}: only one`;
  if (common.is_common) return `${name}: all have moved alike (chance ${chanceText(common.chance)})`;
  const share = subset.explained_share === null ? '' : ` with ${percent(subset.explained_share)} of the excess`;
  return `${name}: ${countText(subset.members_count)} of ${countText(leaves_count)} differ${share}`;
}

function unjudgedLines(grouping: AttributedGrouping, row: (name: string, text: string) => string[]): string[] {
  const { units, unjudged_units, segment_units } = grouping;
  const unknown = segment_units - units;
  return [
    ...(unjudged_units > 0
      ? row('not held', `against anything: ${countText(unjudged_units)} of ${countText(units)}, without a baseline`)
      : []),
    ...(unknown > 0
      ? row('in none', `${countText(unknown)} of ${countText(segment_units)} name no ${nameOf(grouping)}`)
      : []),
  ];
}

function leafLines(grouping: AttributedGrouping, { episode }: Explanation): string[] {
  const { unit } = episode;
  const value = (figure: number | null) => (figure === null ? '' : valueText(figure, unit));
  const rows = grouping.leaves
    .slice(0, LEAVES_MAX)
    .map(({ segment, n, observed, expected, excess, excess_share, evidence, share_before, share_after }) => [
      segmentText(segment),
      countText(n),
      value(observed),
      value(expected),
      excess === null ? '' : `${excess > 0 ? '+' : ''}${countText(excess)}`,
      excess_share === null ? '' : percent(excess_share),
      evidence.toFixed(1),
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

function signed(value: number, unit: string): string {
  return `${value > 0 ? '+' : ''}${valueText(value, unit)}`;
}

/** `0.43`, `2e-6`. */
function chanceText(chance: number): string {
  if (chance >= 0.001) return String(Number(chance.toPrecision(2)));
  return chance < 1e-15 ? 'less than 1e-15' : chance.toExponential(0);
}
