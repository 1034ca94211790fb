import { countText } from '../../cli/present/figures.js';
import { tableLines } from '../../cli/present/text.js';
import { type TableRow, TOLERANCE } from './measure-method.js';

/** The table for people: a block for each pair, soonest first, rows without a delay last with their reason. */
export function detectorTableLines(rows: readonly TableRow[], target: number): string[] {
  const pairs = [...new Set(rows.map(({ pair }) => pair))];
  return pairs.flatMap((pair) => [
    `${pair}`,
    ...block(
      rows.filter((row) => row.pair === pair),
      target,
    ),
    '',
  ]);
}

function block(rows: readonly TableRow[], target: number): string[] {
  const ordered = [...rows].sort(
    (left, right) =>
      Number(right.calibrated) - Number(left.calibrated) ||
      (left.delay ?? Number.POSITIVE_INFINITY) - (right.delay ?? Number.POSITIVE_INFINITY),
  );
  return tableLines(
    ordered.map((row) => [
      row.detector,
      row.calibrated ? 'calibrated' : 'as shipped',
      row.arl === null ? '-' : interval(row.arl, row.arl_low!, row.arl_high!),
      row.delay === null ? '-' : interval(row.delay, row.delay_low!, row.delay_high!),
      row.ratio === null ? '-' : row.ratio.toFixed(2),
      [row.reason, note(row, target)].filter((part) => part !== undefined).join('; '),
    ]),
    ['left', 'left', 'right', 'right', 'right', 'left'],
  ).map((line) => `  ${line}`);
}

function interval(mean: number, low: number, high: number): string {
  return `${countText(mean)} (${countText(low)} to ${countText(high)})`;
}

function note({ calibrated, arl }: TableRow, target: number): string | undefined {
  return calibrated && arl !== null && Math.abs(arl / target - 1) > TOLERANCE
    ? 'run length off by more than the bar'
    : undefined;
}
