import { EVENT_COLUMNS } from '../../../contracts/event-columns.js';
import type { Row } from '../../../pipelines/decode/row.js';

export interface ReadRow {
  readonly type: number;
  readonly event_time_us: number;
  readonly fingerprint: readonly number[];
  readonly columns: Readonly<Record<string, unknown>>;
  readonly callee: string | null;
  readonly text: string | null;
}

/** Everything a decoded row says, as plain values. */
export function readRow(row: Row): ReadRow {
  const span = (from: number, to: number) => Buffer.from(row.bytes.slice(from, to)).toString('utf8');
  const columns: Record<string, unknown> = {};
  for (let index = 0; index < row.count; index++) {
    const column = row.columns[index]!;
    const { name, form } = EVENT_COLUMNS[column]!;
    if (name in columns) throw new Error(`column ${name} was set twice`);
    if (form === 'key') columns[name] = [row.low[column], row.high[column]];
    else if (row.from[column]! >= 0 && (form === 'string' || form === 'dictionary'))
      columns[name] = span(row.from[column]!, row.to[column]!);
    else columns[name] = row.numbers[column];
  }
  return {
    type: row.type,
    event_time_us: row.event_time_us,
    fingerprint: [...row.fingerprint],
    columns: Object.fromEntries(Object.entries(columns).sort(([left], [right]) => (left < right ? -1 : 1))),
    callee: row.callee_from < 0 ? null : span(row.callee_from, row.callee_to),
    text: row.text_from < 0 ? null : span(row.text_from, row.text_to),
  };
}
