import { mean } from 'simple-statistics';
import { printable, tableLines } from '../../cli/present/text.js';
import type { SeriesScores, TcpdEvaluation } from './tcpd-evaluation.js';

/** An evaluation as people read it. */
export function tcpdLines({ f1, cover, per_series, per_method }: TcpdEvaluation): string[] {
  const right = (columns: number) => ['left', ...new Array<'right'>(columns).fill('right')] as const;
  const figure = (value: number) => value.toFixed(3);
  return [
    `TCPD, ${per_series.length} series: F1 ${figure(f1)}, cover ${figure(cover)}`,
    ...tableLines(
      [
        ['series', 'n', 'F1', 'cover', 'known after', 'changes'],
        ...per_series.map((one) => [
          printable(one.name),
          String(one.n),
          figure(one.f1),
          figure(one.cover),
          knownAfter(one),
          one.changes.map(({ at, known_at }) => `${at} (${known_at})`).join(', '),
        ]),
      ],
      [...right(4), 'left'],
      80,
    ).map((line) => `  ${line}`),
    '  changes: first row of the new level as estimated, and in brackets the row at which it was known',
    '',
    'Beside others, mean over the series that they have an answer for',
    ...tableLines(
      [
        ['method', 'series', 'F1', 'cover', 'ours: F1', 'cover'],
        ...per_method.map((one) => [
          one.source === 'river' ? `${one.method} (River)` : `${one.method} (published)`,
          String(one.series),
          ...[one.f1, one.cover, one.ours_f1, one.ours_cover].map(figure),
        ]),
      ],
      right(5),
    ).map((line) => `  ${line}`),
  ];
}

/** Mean rows from a change to its being known. */
function knownAfter({ changes }: SeriesScores): string {
  return changes.length === 0 ? '' : mean(changes.map(({ at, known_at }) => known_at - at)).toFixed(1);
}
