import type { Settings } from '../../contracts/config.js';
import { parseSegmentKey, type SignalKind, segmentKey } from '../../contracts/signal.js';
import { clampProportion } from '../../detectors/stats/bernoulli-log-ratio.js';
import { expit, logit } from '../../detectors/stats/logit.js';
import { isWeighable, type LeafCounts, sharedShift } from '../../detectors/stats/shared-shift.js';
import { INHERITING } from '../detect/expectations.js';
import { sizeOf } from '../detect/window.js';
import { LocalHours } from '../local-hours.js';
import type { Row, Store } from '../store.js';

/** What is counted of an episode's signal. */
export interface LeafQuestion {
  readonly signal: string;
  readonly kind: SignalKind;
  readonly version: string;
  readonly from_us: number;
  readonly to_us: number;
  /** Windows that had not closed by then are left out. */
  readonly known_us: number;
}

/** One segment over the span, in the unit of the integer statistics. */
export interface SegmentCounts {
  readonly segment: string;
  readonly n: number;
  /** Over the hours for which a level is known. */
  readonly judged: LeafCounts;
  readonly judged_n: number;
  /** Everything, level or not. */
  readonly size: number;
  readonly total: number;
  /** Size in the same hours of the history behind the baseline, each counted as much as the span has of it. */
  readonly before_size: number;
  /** Level expected over `before_size`; null where none is known: what a segment without units now would have had. */
  readonly before_level: number | null;
}

/** Counts of every segment in which the signal is counted, in the order of their keys; each by its own local hours. */
export async function segmentCounts(
  store: Store,
  settings: Pick<Settings, 'time_zone' | 'time_zones'>,
  { kind, ...asked }: LeafQuestion,
): Promise<SegmentCounts[]> {
  const hours = new LocalHours(settings);
  const zones = new Set([settings.time_zone, ...settings.time_zones.map(({ time_zone }) => time_zone)]);
  const bySegment = new Map<string, Row[]>();
  for (const time_zone of zones) {
    const rows = await store.rows('checks/leaf_hours', { ...asked, time_zone, inheriting: INHERITING.source });
    for (const row of rows) {
      const segment = row.segment as string;
      if (hours.zoneOf(segment) !== time_zone) continue;
      const known = bySegment.get(segment);
      if (known === undefined) bySegment.set(segment, [row]);
      else known.push(row);
    }
  }
  const keys = [...bySegment.keys()].sort((left, right) => (left < right ? -1 : 1));
  return keys.map((segment) => countsOfSegment(segment, kind, bySegment.get(segment)!));
}

/**
 * A part of a segment that is not watched by itself is held against the level of the segment, moved as far as the part lay
 * from it over the whole history: seasons are the segment's, the distance is the part's own.
 */
const PART_INFORMATION_MIN = 25;

/**
 * Counts of the parts of a segment by dimensions that no configured grouping crosses with its own, from the calls as they
 * are now. Calls that do not name them stand under the segment's own key. A part whose history holds less than
 * PART_INFORMATION_MIN (the distance known to a fifth of a log odds, log rate or standard deviation) has no level.
 */
export async function dividedCounts(
  store: Store,
  settings: Pick<Settings, 'time_zone' | 'time_zones'>,
  { kind, signal, version, from_us, to_us }: Omit<LeafQuestion, 'known_us'>,
  segment: string,
  dimensions: readonly string[],
): Promise<SegmentCounts[]> {
  const time_zone = new LocalHours(settings).zoneOf(segment);
  const own = Object.keys(parseSegmentKey(segment));
  const added = dimensions.filter((name) => !own.includes(name));
  const asked = { signal, version, from_us, to_us, time_zone, inheriting: INHERITING.source };
  /** Rows of each part, with levels of its own. */
  const partsOf = async (whole: string, names: readonly string[]): Promise<Map<string, Row[]>> => {
    const own_dimensions = Object.keys(parseSegmentKey(whole)).join(',');
    const parameters = { ...asked, segment: whole, own_dimensions, dimensions: names.join(',') };
    const bySegment = new Map<string, Row[]>();
    for (const row of await store.rows('checks/divided_hours', parameters)) {
      const known = bySegment.get(row.segment as string);
      if (known === undefined) bySegment.set(row.segment as string, [row]);
      else known.push(row);
    }
    // A new version starts from the level of the whole that it is a part of, as it does where it is watched.
    const is_inherited = added.join() === 'agent_version';
    for (const [part, rows] of bySegment) bySegment.set(part, movedLevels(kind, rows, is_inherited));
    return bySegment;
  };
  const parts = await partsOf(segment, dimensions);
  const fleet = INHERITING.test(segment) ? await partsOf('all', added) : new Map<string, Row[]>();
  return [...parts].map(([part, rows]) => {
    const values = parseSegmentKey(part) as Record<string, string>;
    const heritage = fleet.get(segmentKey(Object.fromEntries(added.map((name) => [name, values[name]]))));
    return countsOfSegment(part, kind, heritage === undefined ? rows : inherited(rows, heritage));
  });
}

/** Rows without a level take that of the same part of the fleet: who inherits the level of the whole, its parts do too. */
function inherited(rows: readonly Row[], heritage: readonly Row[]): Row[] {
  const byHour = new Map(heritage.map((row) => [row.hour_of_week, row]));
  return rows.map((row) => {
    const { level, standard_error, value_sd, dispersion } = (row.level === null && byHour.get(row.hour_of_week)) || row;
    return { ...row, level, standard_error, value_sd, dispersion } as Row;
  });
}

/** The rows of one part with levels of its own; where its history is too thin with those of the whole, or with none. */
function movedLevels(kind: SignalKind, rows: readonly Row[], is_inherited: boolean): Row[] {
  const history = rows.flatMap((row): LeafCounts[] => {
    if (row.level === null) return [];
    const size = sizeBefore(kind, row);
    const value_sd = row.value_sd as number;
    const level = heldLevel(kind, row.level as number, row.before_n as number, size);
    const variance = size * unitVariance(kind, level, value_sd) * (row.dispersion as number);
    return [{ size, total: row.before_total as number, expected: size * level, variance, value_sd }];
  });
  const { shift } = sharedShift(kind, history);
  const information = shiftInformation(kind, history.filter(isWeighable), shift);
  if (!(information >= PART_INFORMATION_MIN)) return rows.map((row) => (is_inherited ? row : { ...row, level: null }));
  const error = 1 / Math.sqrt(information);
  return rows.map((row) => {
    if (row.level === null) return row;
    const value_sd = row.value_sd as number;
    const level = movedLevel(kind, row.level as number, shift, value_sd);
    // How fast the level goes with the shift is the variance of a unit, but for means.
    const slope = kind === 'mean' ? value_sd : unitVariance(kind, level, value_sd);
    return { ...row, level, standard_error: slope * error };
  });
}

function movedLevel(kind: SignalKind, level: number, shift: number, value_sd: number): number {
  if (kind === 'proportion') return expit(logit(clampProportion(level)) + shift);
  return kind === 'rate' ? level * Math.exp(shift) : level + shift * value_sd;
}

/** Of the shift, from counts whose level has moved by it, divided by their dispersion. */
function shiftInformation(kind: SignalKind, parts: readonly LeafCounts[], shift: number): number {
  let information = 0;
  for (const { size, expected, variance, value_sd } of parts) {
    const level = movedLevel(kind, expected / size, shift, value_sd);
    const dispersion = variance / (size * unitVariance(kind, expected / size, value_sd));
    information += (size * (kind === 'mean' ? 1 : unitVariance(kind, level, value_sd))) / dispersion;
  }
  return information;
}

function countsOfSegment(segment: string, kind: SignalKind, rows: readonly Row[]): SegmentCounts {
  let [n, size, total, before_size] = [0, 0, 0, 0];
  const judged = { n: 0, size: 0, total: 0, expected: 0, chance_variance: 0, level_error: 0, value_variance: 0 };
  const before = { size: 0, expected: 0 };
  for (const row of rows) {
    const units = sizeOf(kind, { n: row.n as number, exposure_ms: row.exposure_ms as number });
    const units_before = sizeBefore(kind, row) * (row.minutes as number);
    n += row.n as number;
    size += units;
    total += row.total as number;
    before_size += units_before;
    if (row.level === null) continue;
    const level = heldLevel(kind, row.level as number, row.n as number, units);
    judged.n += row.n as number;
    judged.size += units;
    judged.total += row.total as number;
    judged.expected += units * level;
    judged.level_error += units * (row.standard_error as number);
    judged.value_variance += units * (row.value_sd as number) ** 2;
    judged.chance_variance += units * unitVariance(kind, level, row.value_sd as number) * (row.dispersion as number);
    before.size += units_before;
    before.expected += units_before * level;
  }
  return {
    segment,
    n,
    size,
    total,
    before_size,
    judged_n: judged.n,
    judged: {
      size: judged.size,
      total: judged.total,
      expected: judged.expected,
      // Errors of one segment's levels go together: they lean on each other. Means without spread weigh nothing.
      variance: judged.chance_variance > 0 ? judged.chance_variance + judged.level_error ** 2 : 0,
      value_sd: judged.size > 0 ? Math.sqrt(judged.value_variance / judged.size) : 0,
    },
    before_level: before.size > 0 ? before.expected / before.size : null,
  };
}

function sizeBefore(kind: SignalKind, row: Row): number {
  return sizeOf(kind, { n: row.before_n as number, exposure_ms: row.before_exposure_ms as number });
}

/** Held off the edges as detectors hold it. */
function heldLevel(kind: SignalKind, level: number, n: number, size: number): number {
  if (kind === 'proportion') return clampProportion(level);
  return kind === 'rate' && size > 0 ? Math.max(level, (1e-4 * n) / size) : level;
}

function unitVariance(kind: SignalKind, level: number, value_sd: number): number {
  if (kind === 'proportion') return level * (1 - level);
  return kind === 'rate' ? level : value_sd * value_sd;
}
