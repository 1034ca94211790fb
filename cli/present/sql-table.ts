import type { SqlDocument } from '../../contracts/reports.js';
import { countText } from './figures.js';
import { type Colors, printable, tableLines } from './text.js';

/** Rows that are shown; `--json` has them all. */
const ROWS_MAX = 200;

/** The answer of a query as a table: numbers to the right, no value as an empty cell. */
export function sqlLines({ columns, rows }: SqlDocument, colors: Colors): string[] {
  const shown = rows.slice(0, ROWS_MAX);
  const is_number = columns.map((_, at) => shown.length > 0 && shown.every((row) => isNumber(row[at])));
  const cells = shown.map((row) => row.map(cellText));
  const [head, ...lines] = tableLines(
    [columns.map(printable), ...cells],
    is_number.map((is) => (is ? 'right' : 'left')),
    60,
  );
  const count = `${countText(rows.length)} ${rows.length === 1 ? 'row' : 'rows'}`;
  const more = rows.length > ROWS_MAX ? `; the first ${ROWS_MAX} are shown, --json has all` : '';
  return [colors.bold(head), ...lines, colors.dim(`${count}${more}`)];
}

function isNumber(value: unknown): boolean {
  return value === null || typeof value === 'number';
}

function cellText(value: SqlDocument['rows'][number][number]): string {
  if (value === null) return '';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
