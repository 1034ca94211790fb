import type { SeriesEvaluation } from '../../contracts/evaluation-report.js';
import { countText } from './figures.js';
import { tableLines } from './text.js';

/** Scores on labelled series, for people: a row for each detector. */
export function seriesEvaluationLines({ layout, series, labels, rows }: SeriesEvaluation): string[] {
  const is_nab = layout === 'nab';
  const score = (value: number | null) => (value === null ? '-' : value.toFixed(is_nab ? 1 : 3));
  const heads = is_nab ? ['standard', 'low FP', 'low FN'] : ['F1', 'cover'];
  const body = rows.map((row) => [
    row.detector,
    ...(is_nab ? [row.standard, row.reward_low_fp, row.reward_low_fn] : [row.f1, row.cover]).map(score),
    countText(row.told),
  ]);
  const right = [...heads, 'drifts told'].map(() => 'right' as const);
  const what = is_nab ? `${labels} labelled windows` : `${labels} annotations`;
  return [
    `${series} series with ${what}, one setting for all`,
    ...tableLines([['detector', ...heads, 'drifts told'], ...body], ['left', ...right]).map((line) => `  ${line}`),
  ];
}
