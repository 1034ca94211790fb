import type { Scenario } from '../../contracts/scenario.js';

/** The calling minutes of a scenario: local in its time zone, and when they begin in UTC. */

export const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** One minute of calling. */
export interface CallingMinute {
  /** Start, milliseconds since 1970, UTC. */
  readonly start_ms: number;
  /** Local time of day in hours, 9.5 is half past nine. */
  readonly hour: number;
  /** 0 is Monday. */
  readonly weekday: number;
}

/** Days of the scenario: history, then live days. */
export function dayCount(scenario: Scenario): number {
  return scenario.calendar.history_days + scenario.calendar.live_days;
}

/** Minutes since local midnight of a time such as "09:30". */
export function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** The calling minutes of a day, 0 being the first of the scenario, in order. */
export function callingMinutes(scenario: Scenario, day: number): CallingMinute[] {
  const from = minuteOfDay(scenario.calendar.calling_from);
  const until = minuteOfDay(scenario.calendar.calling_until);
  const minutes: CallingMinute[] = [];
  for (let minute = from; minute < until; minute += 1) minutes.push(callingMinute(scenario, day, minute));
  return minutes;
}

/** A local minute of a day of the scenario. */
export function callingMinute(scenario: Scenario, day: number, minute: number): CallingMinute {
  const midnight = Date.parse(`${scenario.calendar.start_date}T00:00:00Z`) + day * DAY_MS;
  const local_ms = midnight + minute * MINUTE_MS;
  return {
    start_ms: utcOfLocal(scenario.calendar.time_zone, local_ms),
    hour: minute / 60,
    weekday: (new Date(midnight).getUTCDay() + 6) % 7,
  };
}

/**
 * UTC of a local wall-clock time, both as milliseconds since 1970. The offset is looked up for the full hour (no zone
 * changes its offset within one while people are called), twice, since the first guess may lie across a change.
 */
function utcOfLocal(timeZone: string, local_ms: number): number {
  const guess = local_ms - offsetAt(timeZone, local_ms);
  return local_ms - offsetAt(timeZone, guess);
}

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();
const OFFSETS_MAX = 100_000;

function offsetAt(timeZone: string, utc_ms: number): number {
  const hour = Math.floor(utc_ms / 3_600_000) * 3_600_000;
  const key = `${timeZone} ${hour}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  if (offsets.size >= OFFSETS_MAX) offsets.clear();
  const offset = computeOffset(timeZone, hour);
  offsets.set(key, offset);
  return offset;
}

function computeOffset(timeZone: string, utc_ms: number): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(utc_ms)) part[type] = Number(value);
  const local = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
  return local - utc_ms;
}
