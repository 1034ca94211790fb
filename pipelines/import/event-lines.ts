import { createHash } from 'node:crypto';
import { instantText } from '../../contracts/duration.js';
import type { Row } from '../store.js';
import type { Conversion, EventColumn } from './columns.js';

/** So much of a file's name goes into the ids that are made of it. */
const NAME_LENGTH_MAX = 80;
const HASH_LENGTH = 16;
/** What must not be found again by trying: it stays out of what ids are made of. */
const PRIVATE_FIELDS: ReadonlySet<string> = new Set(['callee', 'text']);
/** JavaScript has no date beyond this, microseconds on either side of 1970. */
const DATE_US_MAX = 8_640_000_000_000_000_000;

/** Where events come from, for their `source` and the ids that are made for them. */
export interface EventOrigin {
  readonly source: string;
  readonly file_name: string;
}

/**
 * One row of a mapping as the JSON text of a CloudEvent. What is null is left out, so a row that lacks something required
 * is rejected where every event is checked, and counted. A row without an id gets one of the file's name, its ordinal
 * and its content: the same row gets the same id again.
 */
export function eventLine(row: Row, columns: readonly EventColumn[], { source, file_name }: EventOrigin): string {
  const envelope: Record<string, unknown> = {};
  const data: Record<string, unknown> = {};
  for (const { name, is_envelope, conversion } of columns) {
    const value = row[name];
    if (value === null || value === undefined) continue;
    (is_envelope ? envelope : data)[name] = jsonValue(value, conversion);
  }
  const { type, time } = envelope;
  const id = envelope.id ?? madeId([type, time, data], row.ordinal as number, file_name);
  return JSON.stringify({ specversion: '1.0', id, source: envelope.source ?? source, type, time, data });
}

function madeId(content: readonly unknown[], ordinal: number, file_name: string): string {
  const text = JSON.stringify(content, (name, value: unknown) => (PRIVATE_FIELDS.has(name) ? undefined : value));
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
  return `${file_name.slice(-NAME_LENGTH_MAX)}:${ordinal}:${hash}`;
}

function jsonValue(value: unknown, conversion: Conversion): unknown {
  if (conversion === 'to_text') return String(value);
  // What is no number is not "not measured" either: as a word it is refused at the door, with its row.
  if (conversion === 'to_number') return Number.isFinite(Number(value)) ? Number(value) : String(value);
  if (conversion === 'to_instant' && typeof value === 'number')
    return Math.abs(value) <= DATE_US_MAX ? instantText(value) : String(value);
  return value;
}
