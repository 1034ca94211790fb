import type { ExpectedLevel } from '../../contracts/detector.js';
import type { RelationshipHistory } from '../../detectors/stats/correlation-at-size.js';
import type { LocalHours } from '../local-hours.js';
import type { Store } from '../store.js';

/** Hours of a week. */
export const HOURS = 168;
/** Segments of these dimensions start with what is expected of everything: a new agent version inherits. */
export const INHERITING = /^agent_version=[^,]*$/;

/** What a version knows of one stream, by hour of the week. */
export interface LevelsOfStream {
  readonly signal: string;
  readonly segment: string;
  /** Size in the history: trials, minutes of exposure, values. */
  readonly size: Float64Array;
  readonly is_sufficient: Uint8Array;
}

interface Levels extends LevelsOfStream {
  readonly level: Float64Array;
  readonly standard_error: Float64Array;
  readonly value_sd: Float64Array;
  readonly dispersion: Float64Array;
}

export interface ExpectedRelationship extends RelationshipHistory {
  readonly windows: number;
  readonly lag1: number;
  /** Of Fisher's z, where the windows alone do not tell it: associations within calls. */
  readonly standard_error: number | null;
}

interface Newest {
  readonly version: string;
  readonly history_from_us: number;
  readonly log_threshold: number;
  readonly relationship_log_threshold: number;
}

/**
 * Writes down which streams of the newest version there is no room for; what it knows of them is not read. Streams with
 * an open episode come first, then those that are watched, then the largest of each signal in turn. It follows from the
 * store as it stands at this frame, and stays until the next version or configuration: a restart finds the same.
 * @param at_us event time that has been come to
 */
export async function leaveOut(store: Store, streams_max: number, at_us: number): Promise<void> {
  const newest = (await store.rows('baselines/newest_version'))[0];
  await store.run('staging/unwatched_streams_emptied');
  if (newest === undefined) return;
  await store.run('staging/unwatched_streams', { version: newest.version as string, streams_max, at_us });
}

/** One version of the baselines, in columns by stream and local hour of the week. */
export class Expectations {
  readonly version: string;
  readonly log_threshold: number;
  readonly relationship_log_threshold: number;
  /** Start of the history that it was learnt from, microseconds. */
  readonly history_from_us: number;
  readonly #is_full: boolean;
  readonly #levels = new Map<string, Levels>();
  readonly #relationships = new Map<string, ExpectedRelationship>();
  readonly #mixes = new Map<string, Map<string, number>>();
  readonly #hours: LocalHours;

  private constructor(newest: Newest, is_full: boolean, hours: LocalHours) {
    this.version = newest.version;
    this.log_threshold = newest.log_threshold;
    this.relationship_log_threshold = newest.relationship_log_threshold;
    this.history_from_us = newest.history_from_us;
    this.#is_full = is_full;
    this.#hours = hours;
  }

  /** Reads a version back from the store, without the streams that `leaveOut` left out; null when there is none yet. */
  static async load(store: Store, hours: LocalHours): Promise<Expectations | null> {
    const newest = (await store.rows('baselines/newest_version'))[0] as unknown as Newest | undefined;
    if (newest === undefined) return null;
    const { version } = newest;
    const { signals_without_level } = (await store.rows('checks/unwatched_counts'))[0]!;
    const expectations = new Expectations(newest, Number(signals_without_level) > 0, hours);
    const columns = await store.columns('baselines/levels_of_version', { version });
    const count = columns.signal!.length;
    for (let row = 0; row < count; row++) expectations.#take(columns, row);
    for (const row of await store.rows('baselines/relationships_of_version', { version })) {
      expectations.#relationships.set(`${row.relationship}|${row.segment}`, row as unknown as ExpectedRelationship);
    }
    for (const { relationship, segment, part, dispersion } of await store.rows('baselines/mixes_of_version', {
      version,
    })) {
      const key = `${relationship}|${segment}`;
      const mix = expectations.#mixes.get(key) ?? new Map<string, number>();
      expectations.#mixes.set(key, mix.set(part as string, dispersion as number));
    }
    return expectations;
  }

  #take(columns: Record<string, unknown[]>, row: number): void {
    const signal = columns.signal![row] as string;
    const segment = columns.segment![row] as string;
    const key = `${signal}|${segment}`;
    let levels = this.#levels.get(key);
    if (levels === undefined) {
      levels = {
        signal,
        segment,
        size: new Float64Array(HOURS),
        level: new Float64Array(HOURS).fill(Number.NaN),
        standard_error: new Float64Array(HOURS),
        value_sd: new Float64Array(HOURS),
        dispersion: new Float64Array(HOURS),
        is_sufficient: new Uint8Array(HOURS),
      };
      this.#levels.set(key, levels);
    }
    const hour = columns.hour_of_week![row] as number;
    levels.level[hour] = columns.level![row] as number;
    levels.standard_error[hour] = columns.standard_error![row] as number;
    levels.value_sd[hour] = columns.value_sd![row] as number;
    levels.size[hour] = columns.size![row] as number;
    levels.dispersion[hour] = columns.dispersion![row] as number;
    levels.is_sufficient[hour] = columns.is_sufficient![row] === true ? 1 : 0;
  }

  /** What is expected of a signal in a segment at an instant; null when nothing is known of that hour. */
  at(signal: string, segment: string, at_us: number): ExpectedLevel | null {
    const hour = this.hourOfWeek(segment, at_us);
    const own = read(this.#levels.get(`${signal}|${segment}`), hour);
    if (own?.is_sufficient === true || !INHERITING.test(segment)) return own;
    if (this.leavesOut(signal, segment)) return null;
    return read(this.#levels.get(`${signal}|all`), hour) ?? own;
  }

  /** The local hour of the week of a segment; 0 is Monday 00:00. */
  hourOfWeek(segment: string, at_us: number): number {
    return this.#hours.hourOfWeek(segment, at_us);
  }

  /** Every stream that has a level in some hour. */
  streams(): Iterable<LevelsOfStream> {
    return this.#levels.values();
  }

  /**
   * Whether a stream may be one that there was no room for: nothing is known of it, and some were left out. Then it does
   * not begin with what is expected of everything either, for it may have a level of its own.
   */
  leavesOut(signal: string, segment: string): boolean {
    return this.#is_full && !this.#levels.has(`${signal}|${segment}`);
  }

  get streams_count(): number {
    return this.#levels.size;
  }

  get relationships_count(): number {
    return this.#relationships.size + this.#mixes.size;
  }

  relationship(name: string, segment: string): ExpectedRelationship | null {
    return this.#relationships.get(`${name}|${segment}`) ?? null;
  }

  /** Dispersions of the parts of a mix in its windows; null where the history had none. */
  mix(name: string, segment: string): ReadonlyMap<string, number> | null {
    return this.#mixes.get(`${name}|${segment}`) ?? null;
  }
}

function read(levels: Levels | undefined, hour: number): ExpectedLevel | null {
  if (levels === undefined || Number.isNaN(levels.level[hour]!)) return null;
  return {
    level: levels.level[hour]!,
    standard_error: levels.standard_error[hour]!,
    value_sd: levels.value_sd[hour]!,
    dispersion: levels.dispersion[hour]!,
    is_sufficient: levels.is_sufficient[hour] === 1,
  };
}
