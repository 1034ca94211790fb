import { createTask } from 'node-cron';

const MINUTE_MS = 60_000;
/** The offset of every time zone in use is a multiple of this: a minute of an hour comes up in UTC at one of four. */
const OFFSET_MINUTES = 15;
const MINUTES_A_DAY = 1_440;
/** A schedule that does not come up within this never does (a cron expression for 30 February, say). */
const SEARCH_DAYS_MAX = 400;

/**
 * The first time strictly after `after_us` at which a cron expression comes up in a time zone, microseconds; null when
 * there is none within 400 days. The same expression drives the clock of a live run and the event time of a replay.
 */
export function nextScheduled(expression: string, timeZone: string, after_us: number): number | null {
  const task = createTask(expression, () => undefined, { timezone: timeZone, suppressMissedWarning: true });
  try {
    const first = Math.floor(after_us / 1000 / MINUTE_MS) + 1;
    const end = first + SEARCH_DAYS_MAX * MINUTES_A_DAY;
    // Most schedules name one minute of the hour; looking at every minute of a day takes a start a while.
    const named = /^(\d+)( \S+){4}$/.exec(expression)?.[1];
    const step = named === undefined ? 1 : OFFSET_MINUTES;
    const ahead = named === undefined ? 0 : (((Number(named) - first) % step) + step) % step;
    for (let minute = first + ahead; minute < end; minute += step)
      if (task.match(new Date(minute * MINUTE_MS))) return minute * MINUTE_MS * 1000;
    return null;
  } finally {
    void task.destroy();
  }
}
