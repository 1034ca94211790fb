import type { Config } from '../../contracts/config.js';
import { parseDurationMs } from '../../contracts/duration.js';
import { INSTANT_US_MIN } from '../decode/instant.js';
import type { Refusal } from '../decode/row.js';

/** Why an event time cannot be right, given when the event came; null when it can. */
export function timeRefusal(
  event_time_us: number,
  arrived_us: number,
  { future_max }: Pick<Config['land'], 'future_max'>,
): Refusal | null {
  if (event_time_us < INSTANT_US_MIN)
    return { reason: 'time_implausible', detail: 'event time lies before 2000-01-01' };
  // Most have happened by then: no bound need be read for them.
  if (event_time_us > arrived_us && event_time_us > arrived_us + parseDurationMs(future_max) * 1000)
    return { reason: 'time_in_future', detail: `event time lies more than ${future_max} after its arrival` };
  return null;
}
