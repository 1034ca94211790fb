import { createTask } from 'node-cron';

const MINUTE_MS = 60_000;
/** A schedule that does not come up within this never does (a cron expression for 30 February, say). */
const SEARCH_DAYS_MAX = 400;

/**
 * The first time strictly after `after_us` at which a cron expression comes up in a time zone, microseconds; null when
 * there is none within 400 days. The same expression drives the clock of a live run and the event time of a replay.
 */
export function nextScheduled(expression: string, timeZone: string, after_us: number): number | null {
  const task = createTask(expression, () => undefined, { timezone: timeZone, suppressMissedWarning: true });
  try {
    let minute = Math.floor(after_us / 1000 / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
    const end = minute + SEARCH_DAYS_MAX * 86_400_000;
    for (; minute < end; minute += MINUTE_MS) if (task.match(new Date(minute))) return minute * 1000;
    return null;
  } finally {
    void task.destroy();
  }
}
