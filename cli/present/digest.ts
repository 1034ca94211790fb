import type { DigestReport } from '../../contracts/reports.js';
import { countText } from './figures.js';
import { printable, tableLines } from './text.js';

export function digestLines({ relations, digest }: DigestReport): string[] {
  const rows = relations.map(({ relation, rows, digest }) => [printable(relation), countText(rows), digest]);
  return [...tableLines(rows, ['left', 'right', 'left'], 80), `everything  ${digest}`];
}
