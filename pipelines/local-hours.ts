import type { Config } from '../contracts/config.js';
import { parseSegmentKey } from '../contracts/signal.js';

const QUARTER_US = 900_000_000;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/** Quarters of an hour remembered per zone: a month of them. */
const REMEMBERED_MAX = 4_096;
/** Segments whose zone is remembered. */
const SEGMENTS_MAX = 100_000;

/** The local hour of the week of an instant; 0 is Monday 00:00. */
export class LocalHours {
  readonly #config: Pick<Config, 'time_zone' | 'time_zones'>;
  readonly #formats = new Map<string, Intl.DateTimeFormat>();
  readonly #remembered = new Map<string, Map<number, number>>();
  readonly #zones = new Map<string, string>();

  constructor(config: Pick<Config, 'time_zone' | 'time_zones'>) {
    this.#config = config;
  }

  hourOfWeek(segment: string, at_us: number): number {
    const zone = this.zoneOf(segment);
    const quarter = Math.floor(at_us / QUARTER_US);
    let remembered = this.#remembered.get(zone);
    if (remembered === undefined || remembered.size >= REMEMBERED_MAX) {
      remembered = new Map();
      this.#remembered.set(zone, remembered);
    }
    let hour = remembered.get(quarter);
    if (hour === undefined) {
      hour = this.#read(zone, quarter * QUARTER_US);
      remembered.set(quarter, hour);
    }
    return hour;
  }

  /** The zone of a segment: the last configured one whose values the segment has, else the default. */
  zoneOf(segment: string): string {
    if (this.#config.time_zones.length === 0) return this.#config.time_zone;
    let zone = this.#zones.get(segment);
    if (zone === undefined) {
      const values = parseSegmentKey(segment) as Record<string, string>;
      zone = this.#config.time_zones.findLast((one) =>
        Object.entries(one.segment).every(([dimension, value]) => values[dimension] === value),
      )?.time_zone;
      zone ??= this.#config.time_zone;
      if (this.#zones.size >= SEGMENTS_MAX) this.#zones.clear();
      this.#zones.set(segment, zone);
    }
    return zone;
  }

  #read(zone: string, at_us: number): number {
    let format = this.#formats.get(zone);
    if (format === undefined) {
      format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        weekday: 'short',
        hour: '2-digit',
        hourCycle: 'h23',
      });
      this.#formats.set(zone, format);
    }
    const parts = Object.fromEntries(
      format.formatToParts(new Date(at_us / 1000)).map(({ type, value }) => [type, value]),
    );
    return WEEKDAYS.indexOf(parts.weekday!) * 24 + Number(parts.hour);
  }
}
