import type { Settings } from '../../contracts/config.js';
import type { SignalKind } from '../../contracts/signal.js';
import { clampProportion } from '../../detectors/stats/bernoulli-log-ratio.js';
import type { LeafCounts } from '../../detectors/stats/shared-shift.js';
import { INHERITING } from '../detect/expectations.js';
import { LocalHours } from '../local-hours.js';
import type { Row, Store } from '../store.js';

const MS_PER_MINUTE = 60_000;

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

function countsOfSegment(segment: string, kind: SignalKind, rows: readonly Row[]): SegmentCounts {
  let [n, size, total, before_size] = [0, 0, 0, 0];
  const judged = { n: 0, size: 0, total: 0, expected: 0, chance_variance: 0, level_error: 0, value_variance: 0 };
  const before = { size: 0, expected: 0 };
  for (const row of rows) {
    const units = sizeOf(kind, row.n as number, row.exposure_ms as number);
    const units_before =
      sizeOf(kind, row.before_n as number, row.before_exposure_ms as number) * (row.minutes as number);
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

function sizeOf(kind: SignalKind, n: number, exposure_ms: number): number {
  return kind === 'rate' ? exposure_ms / MS_PER_MINUTE : n;
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
