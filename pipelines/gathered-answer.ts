import { PlumblineError } from '../contracts/errors.js';
import { readableValue } from './plain-rows.js';

/** Rows times columns that one query of a person may give: they are in memory before they are answered. */
const QUERY_VALUES_MAX = 1_000_000;
/** Bytes of texts among them, where nothing else is said: what a client takes. */
const ANSWER_BYTES_MAX = 268_435_456;

/** Rows of a query of a person as they are answered. @throws PlumblineError SQL_FAILED when they are more than may be */
export async function gatherAnswer(
  columns: number,
  chunks: AsyncIterable<readonly (readonly unknown[])[]>,
  bytes_max = ANSWER_BYTES_MAX,
): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  let bytes = 0;
  for await (const some of chunks) {
    if ((rows.length + some.length) * columns > QUERY_VALUES_MAX)
      throw answerTooLarge(`${Math.floor(QUERY_VALUES_MAX / columns)} rows of ${columns} columns`);
    for (const row of some) {
      const readable = row.map(readableValue);
      for (const value of readable) bytes += bytesOf(value);
      if (bytes > bytes_max) throw answerTooLarge(`${bytes_max} bytes`);
      rows.push(readable);
    }
  }
  return rows;
}

/** Bytes that a readable value takes in an answer, at least: characters of texts, of lists and structs as JSON. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return value.length;
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 1;
}

/** @param than what it has more of than may be */
function answerTooLarge(than: string): PlumblineError {
  return new PlumblineError('SQL_FAILED', 'the answer is too large', {
    detail: `it has more than ${than}`,
    hint: 'Ask for fewer rows (limit 1000), fewer columns, or sums of them.',
  });
}
