import type { ComparedSide, ComparisonReport } from '../../contracts/comparison-report.js';
import type { PresentOptions } from './episodes.js';
import { countText, intervalText, magnitudeText, segmentText, valueText } from './figures.js';
import { printable, tableLines, wrapped } from './text.js';

/** Chances below this are spoken of as a difference: one such word in a thousand is wrong where nothing differs. */
const CLEAR_MAX = 0.001;
/** Up to here it is left open. */
const OPEN_MAX = 0.05;

const ENTITIES = { trial: 'trials', entity: 'entities', minute: 'minutes' } as const;

/** A comparison in plain words: what it comes to, both sides, and the figures behind the words. */
export function comparisonLines(
  report: ComparisonReport,
  { colors, width }: Pick<PresentOptions, 'colors' | 'width'>,
): string[] {
  return [
    colors.bold(printable(report.signal)),
    ...wrapped('  ', sentence(report), width),
    '',
    ...tableLines([
      [
        '',
        ENTITIES[report.per],
        'mean (95 %)',
        ...(report.per === 'trial' ? [] : ['quarter, half, three quarters below']),
      ],
      sideCells('first', report.first, report),
      sideCells('second', report.second, report),
    ]).map((line) => `  ${line}`),
    '',
    ...tableLines([
      ['comparison', 'statistic', 'effect', 'chance if alike'],
      ...report.comparisons.map(({ comparison, statistic, effect, effect_unit, p_value, is_usable }) => [
        comparison,
        figure(statistic),
        effect === null ? 'not defined' : `${figure(effect)} ${effect_unit}`,
        is_usable ? chanceText(p_value) : 'too few',
      ]),
    ]).map((line) => `  ${line}`),
    ...reasons(report).map((reason) => `  ${reason}`),
    '',
    ...wrapped(
      '  ',
      `Chances take ${ENTITIES[report.per]} as independent of each other, and this as the only look.`,
      width,
    ),
  ];
}

function sentence(report: ComparisonReport): string {
  const { difference, difference_low, difference_high, unit } = report;
  if (difference === null || difference_low === null || difference_high === null) {
    return 'One side has nothing to compare: name another period or segment.';
  }
  const usable = report.comparisons.filter(({ is_usable }) => is_usable).map(({ p_value }) => p_value);
  if (usable.length === 0) return 'There is too little on one side to tell whether they differ.';
  // Several comparisons look at the same data: the least chance counts for as many looks (Bonferroni).
  const chance = Math.min(1, Math.min(...usable) * usable.length);
  const word = difference === 0 ? 'no different in level' : difference > 0 ? 'higher' : 'lower';
  const by = `the second is ${word} by ${intervalText(Math.abs(difference), ...ordered(difference_low, difference_high, difference), unit)}`;
  const alike = `such a difference between sides that are alike: ${chanceText(chance)}`;
  if (chance <= CLEAR_MAX) return `They differ: ${by}; ${alike}.`;
  if (chance <= OPEN_MAX) return `They may differ: ${by}; ${alike}.`;
  return `No difference can be told: ${by}; ${alike}.`;
}

/** The interval of a difference, read in its own direction. */
function ordered(low: number, high: number, difference: number): [number, number] {
  return difference >= 0 ? [low, high] : [-high, -low];
}

function sideCells(name: string, side: ComparedSide, { unit, per }: ComparisonReport): string[] {
  const { level, level_low, level_high, quartiles, segment, from_at, to_at } = side;
  const to = to_at === null ? 'on' : `to ${to_at.slice(0, 16)}Z`;
  const span = from_at === null ? '' : `, ${from_at.slice(0, 16)}Z ${to}`;
  const where = `${name}: ${segmentText(segment)}${span}`;
  if (level === null || level_low === null || level_high === null || quartiles === null) return [where, '0', '', ''];
  const cells = [where, countText(side.n), intervalText(level, level_low, level_high, unit)];
  return per === 'trial' ? cells : [...cells, quartiles.map((value) => valueText(value, unit)).join(', ')];
}

function reasons({ comparisons }: ComparisonReport): string[] {
  return comparisons.flatMap(({ comparison, reason }) => (reason === null ? [] : [`${comparison}: ${reason}`]));
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function chanceText(chance: number): string {
  if (chance >= 0.01) return `${figure(chance * 100)} %`;
  return chance === 0 ? 'less than once in 10^300' : `once in ${magnitudeText(-Math.log(chance))}`;
}
