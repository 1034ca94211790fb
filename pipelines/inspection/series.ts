import type { Config } from '../../contracts/config.js';
import { parseDurationMs } from '../../contracts/duration.js';
import type { Episode } from '../../contracts/episode.js';
import type { SeriesPoint } from '../../contracts/series-point.js';
import { REST_PART } from '../../contracts/verdict.js';
import { LocalHours } from '../local-hours.js';
import type { Store } from '../store.js';
import { type StoredEpisode, storedEpisodes } from './episode-rows.js';

const HOUR_US = 3_600_000_000;
/** A picture shows this much before the start of the drift and after its end. */
const MARGIN_US = 4 * HOUR_US;
const SPAN_US_MAX = 36 * HOUR_US;
/** Windows behind each point of a relationship's picture. */
const CORRELATION_WINDOWS = 12;

/** Observed beside expected around an episode, in the unit that people read. */
export async function episodeSeries(
  store: Store,
  config: Config,
  { episode, reading }: StoredEpisode,
): Promise<SeriesPoint[]> {
  const until_us = (episode.closed_us ?? episode.detected_us + 2 * MARGIN_US) + MARGIN_US;
  const from_us = episode.began_us - MARGIN_US;
  const span = { from_us: Math.round(from_us), to_us: Math.round(Math.min(until_us, from_us + SPAN_US_MAX)) };
  const rows =
    episode.relationship === null
      ? await signalRows(store, config, episode, span)
      : await relationshipRows(store, config, episode, span);
  const scaled = (value: unknown) =>
    typeof value === 'number' && Number.isFinite(value) ? value / reading.scale : null;
  return rows.map((row) => ({
    at_us: row.at_us as number,
    n: row.n as number,
    observed: scaled(row.observed),
    expected: scaled(row.expected),
    expected_low: scaled(row.expected_low),
    expected_high: scaled(row.expected_high),
  }));
}

/** As `episodeSeries`, of an episode in the store; nothing of one that is not there. */
export async function storedSeries(store: Store, config: Config, episode_id: string): Promise<SeriesPoint[]> {
  const stored = (await storedEpisodes(store)).find(({ episode }) => episode.id === episode_id);
  return stored === undefined ? [] : episodeSeries(store, config, stored);
}

interface Span {
  readonly from_us: number;
  readonly to_us: number;
}

async function signalRows(store: Store, config: Config, episode: Episode, span: Span) {
  const parameters = {
    signal: episode.signal,
    segment: episode.segment,
    version: episode.baseline_version,
    time_zone: new LocalHours(config).zoneOf(episode.segment),
    ...span,
  };
  const own = await store.rows('checks/episode_series', { ...parameters, inherits: false });
  return own.length > 0 ? own : store.rows('checks/episode_series', { ...parameters, inherits: true });
}

async function relationshipRows(store: Store, config: Config, episode: Episode, span: Span) {
  const relationship = config.relationships.find(({ name }) => name === episode.relationship);
  if (relationship === undefined) return [];
  const { name, x, y, both, parts, window } = relationship;
  const asked = {
    relationship: name,
    segment: episode.segment,
    version: episode.baseline_version,
    window_us: parseDurationMs(window) * 1000,
    ...span,
  };
  const time_zone = new LocalHours(config).zoneOf(episode.segment);
  if (parts !== undefined) {
    const mix = { parts: parts.join(','), part: episode.part, rest: REST_PART };
    return store.rows('checks/mix_series', { ...asked, ...mix, time_zone });
  }
  const pair = { ...asked, x: x!, y: y!, windows: CORRELATION_WINDOWS };
  if (both !== undefined) return store.rows('checks/association_series', { ...pair, both });
  return store.rows('checks/relationship_series', { ...pair, time_zone });
}
