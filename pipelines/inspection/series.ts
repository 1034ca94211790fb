import type { Settings } from '../../contracts/config.js';
import { parseDurationMs } from '../../contracts/duration.js';
import type { Episode } from '../../contracts/episode.js';
import type { SeriesPoint } from '../../contracts/series-point.js';
import { REST_PART } from '../../contracts/verdict.js';
import { INHERITING } from '../detect/expectations.js';
import { LocalHours } from '../local-hours.js';
import type { Row, Store } from '../store.js';
import type { StoredEpisode } from './episode-rows.js';

const HOUR_US = 3_600_000_000;
/** A picture shows this much before the start of the drift and after its end. */
const MARGIN_US = 4 * HOUR_US;
const SPAN_US_MAX = 36 * HOUR_US;
/** Windows behind each point of a relationship's picture. */
const CORRELATION_WINDOWS = 12;
/** Later than any event: year 2200, microseconds. */
export const FOREVER_US = 7_258_118_400_000_000;

/** Observed beside expected around an episode, in the unit that people read. */
export async function episodeSeries(
  store: Store,
  settings: Settings,
  { episode, reading }: StoredEpisode,
): Promise<SeriesPoint[]> {
  const until_us = (episode.closed_us ?? episode.detected_us + 2 * MARGIN_US) + MARGIN_US;
  const from_us = episode.began_us - MARGIN_US;
  const to_us = Math.min(until_us, from_us + SPAN_US_MAX);
  const points = await pointsOf(store, settings, episode, { from_us, to_us, known_us: FOREVER_US });
  return scaledPoints(points, reading.scale);
}

/** What was known when an episode was detected of the time before, not more than a number of points, the newest. */
export async function pointsAtDetection(
  store: Store,
  settings: Settings,
  episode: Episode,
  points_max: number,
): Promise<SeriesPoint[]> {
  const { began_us, detected_us } = episode;
  const from_us = Math.max(began_us - MARGIN_US, detected_us - SPAN_US_MAX);
  const points = await pointsOf(store, settings, episode, { from_us, to_us: detected_us, known_us: detected_us });
  return points.slice(-points_max);
}

export function scaledPoints(points: readonly SeriesPoint[], scale: number): SeriesPoint[] {
  const scaled = (value: number | null) => (value === null ? null : value / scale);
  return points.map(({ at_us, n, observed, expected, expected_low, expected_high }) => ({
    at_us,
    n,
    observed: scaled(observed),
    expected: scaled(expected),
    expected_low: scaled(expected_low),
    expected_high: scaled(expected_high),
  }));
}

interface Span {
  readonly from_us: number;
  readonly to_us: number;
  /** Windows that had not closed by then are left out. */
  readonly known_us: number;
}

/** In the unit of the integer statistics. */
async function pointsOf(store: Store, settings: Settings, episode: Episode, span: Span): Promise<SeriesPoint[]> {
  const asked = {
    from_us: Math.round(span.from_us),
    to_us: Math.round(span.to_us),
    known_us: Math.round(span.known_us),
  };
  const rows =
    episode.relationship === null
      ? await signalRows(store, settings, episode, asked)
      : await relationshipRows(store, settings, episode, asked);
  const finite = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
  return rows.map((row) => ({
    at_us: row.at_us as number,
    n: row.n as number,
    observed: finite(row.observed),
    expected: finite(row.expected),
    expected_low: finite(row.expected_low),
    expected_high: finite(row.expected_high),
  }));
}

function signalRows(store: Store, settings: Settings, episode: Episode, span: Span): Promise<Row[]> {
  return store.rows('checks/episode_series', {
    signal: episode.signal,
    segment: episode.segment,
    version: episode.baseline_version,
    time_zone: new LocalHours(settings).zoneOf(episode.segment),
    inheriting: INHERITING.source,
    ...span,
  });
}

async function relationshipRows(store: Store, settings: Settings, episode: Episode, span: Span): Promise<Row[]> {
  const relationship = settings.relationships.find(({ name }) => name === episode.relationship);
  if (relationship === undefined) return [];
  const { name, x, y, both, parts, window } = relationship;
  const asked = {
    relationship: name,
    segment: episode.segment,
    version: episode.baseline_version,
    window_us: parseDurationMs(window) * 1000,
    ...span,
  };
  const time_zone = new LocalHours(settings).zoneOf(episode.segment);
  if (parts !== undefined) {
    const mix = { parts: parts.join(','), part: episode.part, rest: REST_PART };
    return store.rows('checks/mix_series', { ...asked, ...mix, time_zone });
  }
  const pair = { ...asked, x: x!, y: y!, windows: CORRELATION_WINDOWS };
  if (both !== undefined) return store.rows('checks/association_series', { ...pair, both });
  return store.rows('checks/relationship_series', { ...pair, time_zone });
}
