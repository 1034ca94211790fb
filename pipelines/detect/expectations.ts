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

/** One version of the baselines, in columns by stream and local hour of the week. */
export class Expectations {
  readonly version: string;
  readonly log_threshold: number;
  readonly relationship_log_threshold: number;
  readonly #levels = new Map<string, Levels>();
  readonly #relationships = new Map<string, ExpectedRelationship>();
  readonly #mixes = new Map<string, Map<string, number>>();
  readonly #hours: LocalHours;

  private constructor(version: string, log_threshold: number, relationship_log_threshold: number, hours: LocalHours) {
    this.version = version;
    this.log_threshold = log_threshold;
    this.relationship_log_threshold = relationship_log_threshold;
    this.#hours = hours;
  }

  /** Reads a version back from the store; null when there is none yet. */
  static async load(store: Store, hours: LocalHours): Promise<Expectations | null> {
    const newest = (await store.rows('baselines/newest_version'))[0];
    if (newest === undefined) return null;
    const version = newest.version as string;
    const expectations = new Expectations(
      version,
      newest.log_threshold as number,
      newest.relationship_log_threshold as number,
      hours,
    );
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
