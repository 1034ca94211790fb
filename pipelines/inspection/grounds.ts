import { relationshipSignals, type Settings } from '../../contracts/config.js';
import { parseDurationMs } from '../../contracts/duration.js';
import type { Episode } from '../../contracts/episode.js';
import { DIMENSIONS } from '../../contracts/event.js';
import type { SeriesPoint } from '../../contracts/series-point.js';
import { parseSegmentKey } from '../../contracts/signal.js';
import { INHERITING } from '../detect/expectations.js';
import { LocalHours } from '../local-hours.js';
import type { Row, Store } from '../store.js';
import { pointsAtDetection } from './series.js';

/**
 * What an episode rested on when it was detected. It is written down with the episode, so that it is told all the same
 * when observations, calls and baselines have left the store. It follows from what was known by then in event time: the
 * same however the log was cut into batches. Figures are in the unit of the integer statistics.
 */
export interface Grounds {
  /** The level that was expected at that hour of the week; null for a relationship, and where none is its own. */
  readonly level: GroundLevel | null;
  /** What the version of the baselines was learnt from, microseconds. */
  readonly history_from_us: number | null;
  readonly history_to_us: number | null;
  /** Of a mix, what it is divided into; null for anything else. */
  readonly parts: readonly string[] | null;
  /** Its calls that had settled, and the ordinals of their events in the log; null where there are none. */
  readonly calls: number;
  readonly first_seq: number | null;
  readonly last_seq: number | null;
  /** From the estimated start to the detection, of each signal. */
  readonly counts: readonly GroundCount[];
  /** Segments of the signal, the episode's own among them, that differ most; empty for a relationship. */
  readonly segments: readonly GroundSegment[];
  /** Observed beside expected up to the detection. */
  readonly points: readonly SeriesPoint[];
}

interface GroundLevel {
  /** Whose level it is: a new agent version starts with that of everything. */
  readonly segment: string;
  readonly level: number;
  readonly standard_error: number;
  readonly dispersion: number;
  readonly n_effective: number;
}

interface GroundCount {
  readonly signal: string;
  readonly windows: number;
  readonly n: number;
  readonly total: number;
  readonly exposure_ms: number;
  readonly total_squares: number;
}

interface GroundSegment {
  readonly segment: string;
  readonly n: number;
  readonly observed: number;
  readonly expected: number;
  readonly excess: number;
}

const SEGMENTS_MAX = 12;
/** Points that are kept: of signals eight hours, in quarters. */
const POINTS_MAX = 32;
/** Of the figures of a point, which is drawn and not reckoned with. */
const POINT_DIGITS = 6;

/** What an episode rests on that is being detected. The caller holds the transaction, with what has closed by then. */
export async function groundsAtDetection(store: Store, settings: Settings, episode: Episode): Promise<Grounds> {
  const span = spanOf(episode);
  return {
    ...(await baselineAt(store, settings, episode)),
    ...(await positionsOf(store, settings, episode.segment, span)),
    counts: await countsOf(store, settings, episode),
    segments: await segmentsOf(store, settings, episode, span),
    points: (await pointsAtDetection(store, settings, episode, POINTS_MAX)).map((point) => ({
      ...point,
      observed: rounded(point.observed),
      expected: rounded(point.expected),
      expected_low: rounded(point.expected_low),
      expected_high: rounded(point.expected_high),
    })),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(POINT_DIGITS));
}

type PointRow = [number, number, number | null, number | null, number | null, number | null];

/** Points as they are kept: without names, which would be most of the text. */
export function pointsText(points: readonly SeriesPoint[]): string {
  const rows = points.map(({ at_us, n, observed, expected, expected_low, expected_high }): PointRow => {
    return [at_us, n, observed, expected, expected_low, expected_high];
  });
  return JSON.stringify(rows);
}

function pointsIn(text: string): SeriesPoint[] {
  const rows = JSON.parse(text) as PointRow[];
  return rows.map(([at_us, n, observed, expected, expected_low, expected_high]) => {
    return { at_us, n, observed, expected, expected_low, expected_high };
  });
}

/** What was written down with an episode. */
export async function storedGrounds(store: Store, episode_id: string): Promise<Grounds> {
  const row = (await store.rows('checks/grounds_of', { episode_id }))[0]!;
  const { parts, counts, segments, points } = row;
  return {
    ...levelOf(row),
    ...positionsIn(row),
    parts: partsIn(parts),
    counts: JSON.parse(counts as string) as GroundCount[],
    segments: JSON.parse(segments as string) as GroundSegment[],
    points: pointsIn(points as string),
  };
}

interface Span {
  readonly from_us: number;
  readonly to_us: number;
}

/** The parameters of the statement that counts an episode's signal from its estimated start to the detection. */
export function countParameters(episode: Episode, signal: string) {
  return { signal, segment: episode.segment, ...spanOf(episode) };
}

/** From the estimated start to the detection. */
function spanOf({ began_us, detected_us }: Episode): Span {
  return { from_us: Math.round(began_us), to_us: Math.round(detected_us) };
}

async function baselineAt(store: Store, settings: Settings, episode: Episode) {
  const { baseline_version: version, signal, relationship, segment, detected_us } = episode;
  const row = (
    await store.rows('checks/baseline_of', {
      version,
      signal,
      relationship,
      segment,
      at_us: Math.round(detected_us),
      time_zone: new LocalHours(settings).zoneOf(segment),
      inheriting: INHERITING.source,
    })
  )[0]!;
  return { ...levelOf(row), parts: partsIn(row.parts) };
}

function levelOf(row: Row): Pick<Grounds, 'level' | 'history_from_us' | 'history_to_us'> {
  const { level_segment, level, standard_error, dispersion, n_effective, history_from_us, history_to_us } = row;
  const found = { segment: level_segment, level, standard_error, dispersion, n_effective } as unknown as GroundLevel;
  return {
    level: level === null ? null : found,
    history_from_us: history_from_us as number | null,
    history_to_us: history_to_us as number | null,
  };
}

function partsIn(parts: unknown): readonly string[] | null {
  return parts === null ? null : (parts as string).split(',');
}

async function countsOf(store: Store, settings: Settings, episode: Episode): Promise<GroundCount[]> {
  const counts: GroundCount[] = [];
  for (const signal of countedSignals(settings, episode)) {
    const row = (await store.rows('checks/episode_counts', countParameters(episode, signal)))[0]!;
    counts.push({
      signal,
      windows: row.windows as number,
      n: (row.n as number | null) ?? 0,
      total: (row.total as number | null) ?? 0,
      exposure_ms: (row.exposure_ms as number | null) ?? 0,
      total_squares: (row.total_squares as number | null) ?? 0,
    });
  }
  return counts;
}

function countedSignals({ relationships }: Settings, { signal, relationship }: Episode): readonly string[] {
  if (signal !== null) return [signal];
  const related = relationships.find(({ name }) => name === relationship);
  return related === undefined ? [] : relationshipSignals(related);
}

async function segmentsOf(
  store: Store,
  settings: Settings,
  { signal, segment, baseline_version: version }: Episode,
  span: Span,
): Promise<GroundSegment[]> {
  if (signal === null) return [];
  const time_zone = new LocalHours(settings).zoneOf(segment);
  const rows = await store.rows('checks/contributing_segments', {
    signal,
    version,
    ...span,
    known_us: span.to_us,
    time_zone,
    inheriting: INHERITING.source,
    segments_max: SEGMENTS_MAX,
  });
  return rows as unknown as GroundSegment[];
}

async function positionsOf(store: Store, { observe }: Settings, segment: string, span: Span) {
  const values = parseSegmentKey(segment);
  const wanted = Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, values[dimension] ?? null]));
  const settle_us = parseDurationMs(observe.settle) * 1000;
  return positionsIn((await store.rows('checks/episode_positions', { ...wanted, ...span, settle_us }))[0]!);
}

function positionsIn({ calls, first_seq, last_seq }: Row): Pick<Grounds, 'calls' | 'first_seq' | 'last_seq'> {
  return { calls: calls as number, first_seq: first_seq as number | null, last_seq: last_seq as number | null };
}
