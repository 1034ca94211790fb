import { instantText } from '../../contracts/duration.js';
import { PlumblineError } from '../../contracts/errors.js';
import type { Store } from '../store.js';
import { goneBeforeUs } from './rows-left.js';

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/;

/** A day, or two local times with `..` between; a day at the end counts whole. */
function readPeriod(period: string): { from_local: string; to_local: string; days: number } {
  const [from_local, to_local = from_local, ...rest] = period.split('..') as [string, string?, ...string[]];
  if (rest.length > 0 || !isReadable(from_local) || !isReadable(to_local)) throw badPeriod(period, 'it cannot be read');
  return { from_local, to_local, days: to_local.includes('T') ? 0 : 1 };
}

/** Whether it is written as a local time, of a day that there is: Date itself takes 31 February for 3 March. */
function isReadable(text: string): boolean {
  if (!LOCAL_TIME.test(text)) return false;
  const instant = new Date(`${text.padEnd(16, 'T00:00')}Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text.slice(0, 10));
}

function badPeriod(period: string, why: string): PlumblineError {
  return new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${period}" is no period: ${why}`, {
    hint: 'Write a day (2025-10-06), days (2025-10-06..2025-10-08, the last one counts whole) or local times (2025-10-06T09:00..2025-10-06T12:30).',
  });
}

/** Half a period would be counted for the whole. */
function goneSince(period: string, rows_from_us: number): PlumblineError {
  const from = instantText(rows_from_us);
  return new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${period}" begins before the rows of this store`, {
    detail: `rows of before ${from} have left it, as observe.rows_keep says`,
    hint: `Name a period from ${from.slice(0, 16)}Z on; the log holds what the rows were made of.`,
  });
}

/**
 * The span of event time, microseconds, that a period written by a person bounds in a time zone.
 * @throws PlumblineError COMMAND_ARGUMENT_INVALID, also where rows of its beginning have left the store
 */
export async function spanOfPeriod(
  store: Store,
  period: string,
  time_zone: string,
): Promise<{ readonly from_us: number; readonly to_us: number }> {
  const row = (await store.rows('checks/compared_span', { ...readPeriod(period), time_zone }))[0]!;
  const { from_us, to_us } = row as { from_us: number; to_us: number };
  if (from_us >= to_us) throw badPeriod(period, 'it ends before it begins');
  const rows_from_us = await goneBeforeUs(store, from_us);
  if (rows_from_us !== null) throw goneSince(period, rows_from_us);
  return { from_us, to_us };
}
