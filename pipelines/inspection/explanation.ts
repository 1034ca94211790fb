import type { Attribution } from '../../contracts/attribution.js';
import { type Config, relationshipSignals, settingsOf } from '../../contracts/config.js';
import { instantText } from '../../contracts/duration.js';
import { PlumblineError } from '../../contracts/errors.js';
import { DIMENSIONS } from '../../contracts/event.js';
import type { Explanation } from '../../contracts/reports.js';
import { parseSegmentKey } from '../../contracts/signal.js';
import { framesBetween } from '../land/landing-log.js';
import { LocalHours } from '../local-hours.js';
import { readStatement } from '../statements.js';
import type { Parameters, Row, Store } from '../store.js';
import { type AttributedSpan, attributionOf } from './attribution.js';
import { reportOf, type StoredEpisode, storedDirectives, storedEpisodes } from './episode-rows.js';
import { rowsFromUs } from './rows-left.js';
import { episodeSeries } from './series.js';

/**
 * Everything a directive rests on: rule, verdict, baseline, counts, the statement that counts again, contributing
 * segments, and where the events lie in the log.
 * @throws PlumblineError DIRECTIVE_UNKNOWN
 */
export async function explain(
  store: Store,
  config: Config,
  data_dir: string,
  directive_id: string,
): Promise<Explanation> {
  const directives = await storedDirectives(store);
  const directive = directives.find(({ id }) => id === directive_id);
  if (directive === undefined) {
    throw new PlumblineError('DIRECTIVE_UNKNOWN', `there is no directive "${directive_id}"`, {
      detail:
        directives.length === 0
          ? 'no directive has been issued here'
          : `the newest are ${directives
              .slice(-3)
              .map(({ id }) => id)
              .join(', ')}`,
      hint: 'plumbline sql "select id, action, target from directives" lists all.',
    });
  }
  const stored = (await storedEpisodes(store)).find(({ episode }) => episode.id === directive.episode_id)!;
  const { episode } = stored;
  const span = { from_us: Math.round(episode.began_us), to_us: Math.round(episode.detected_us) };
  const journal = await store.rows('checks/journal_of', { episode_id: episode.id, directive_id });
  const points = await episodeSeries(store, config, stored);
  const rows_from = await goneUntil(store, span);
  return {
    directive,
    rule: config.policy.rules.find(({ name }) => name === directive.rule) ?? null,
    episode: reportOf(stored),
    baseline: await baselineOf(store, config, stored),
    rows_from,
    counts: await countsOf(store, config, stored, span),
    contributing_segments: await contributors(store, config, stored, span),
    attribution: await attributedNow(store, config, stored, rows_from),
    attribution_at_detection: await recordedAttribution(store, episode.id),
    positions: await positionsOf(store, data_dir, episode.segment, span),
    observations: points.map(({ at_us, ...point }) => ({ at: instantText(at_us), ...point })),
    journal: journal.map((row) => ({
      ordinal: row.ordinal as number,
      at: instantText(row.at_us as number),
      kind: row.kind as string,
      subject: row.subject as string,
      hash: row.hash as string,
    })),
  };
}

/** Later than any event: year 2200, microseconds. */
const FOREVER_US = 7_258_118_400_000_000;

interface Span {
  readonly from_us: number;
  readonly to_us: number;
}

async function baselineOf(
  store: Store,
  config: Config,
  { episode, reading }: StoredEpisode,
): Promise<Explanation['baseline']> {
  const time_zone = new LocalHours(config).zoneOf(episode.segment);
  const { baseline_version: version, signal, segment, detected_us } = episode;
  const row = (
    await store.rows('checks/baseline_of', { version, signal, segment, at_us: Math.round(detected_us), time_zone })
  )[0];
  if (signal === null || row === undefined) {
    const { expected, expected_low, expected_high } = episode;
    return {
      version,
      level: expected,
      level_low: expected_low,
      level_high: expected_high,
      dispersion: null,
      n_effective: null,
      segment,
      history_from: null,
      history_to: null,
    };
  }
  return {
    version,
    segment: row.segment as string,
    level: (row.level as number) / reading.scale,
    level_low: (row.level_low as number) / reading.scale,
    level_high: (row.level_high as number) / reading.scale,
    dispersion: row.dispersion as number,
    n_effective: row.n_effective as number,
    history_from: instantText(row.history_from_us as number),
    history_to: instantText(row.history_to_us as number),
  };
}

/** Counts from the estimated start to the detection, per signal, with the statement that counts them again. */
async function countsOf(
  store: Store,
  config: Config,
  { episode }: StoredEpisode,
  span: Span,
): Promise<Explanation['counts']> {
  const relationship = config.relationships.find(({ name }) => name === episode.relationship);
  const related = relationship === undefined ? [] : relationshipSignals(relationship);
  const signals = episode.signal === null ? related : [episode.signal];
  const counts: Explanation['counts'] = [];
  for (const signal of signals) {
    const parameters = { signal, segment: episode.segment, ...span };
    const row = (await store.rows('checks/episode_counts', parameters))[0]!;
    counts.push({
      signal,
      windows: row.windows as number,
      n: (row.n as number | null) ?? 0,
      total: (row.total as number | null) ?? 0,
      exposure_ms: (row.exposure_ms as number | null) ?? 0,
      total_squares: (row.total_squares as number | null) ?? 0,
      sql: written('checks/episode_counts', parameters),
    });
  }
  return counts;
}

async function contributors(
  store: Store,
  config: Config,
  { episode, reading }: StoredEpisode,
  span: Span,
): Promise<Explanation['contributing_segments']> {
  if (episode.signal === null) return [];
  const time_zone = new LocalHours(config).zoneOf(episode.segment);
  const { signal, baseline_version: version } = episode;
  const rows = await store.rows('checks/contributing_segments', { signal, version, time_zone, ...span });
  return rows.map((row: Row) => ({
    segment: { ...parseSegmentKey(row.segment as string) } as Record<string, string>,
    n: row.n as number,
    observed: (row.observed as number) / reading.scale,
    expected: (row.expected as number) / reading.scale,
    excess: (row.excess as number) / reading.scale,
  }));
}

/** From when on there are rows, where those of a span have gone because of their age; else null. */
async function goneUntil(store: Store, { from_us }: Span): Promise<string | null> {
  const rows_from_us = await rowsFromUs(store);
  return rows_from_us !== null && from_us < rows_from_us ? instantText(rows_from_us) : null;
}

/** Of a part of the calls no answer would be true. */
async function attributedNow(
  store: Store,
  config: Config,
  stored: StoredEpisode,
  rows_from: string | null,
): Promise<Attribution> {
  const span = await attributedSpan(store, stored);
  if (rows_from === null) return attributionOf(store, settingsOf(config), stored.episode, span);
  const unavailable = `not available any more: rows of before ${rows_from} have left the store (observe.rows_keep)`;
  return { from_at: instantText(span.from_us), to_at: instantText(span.to_us), unavailable, groupings: [], best: null };
}

/** From the start of the drift to its close; to the newest window while it is open. */
async function attributedSpan(store: Store, { episode }: StoredEpisode): Promise<AttributedSpan> {
  const { signal, began_us, detected_us, closed_us } = episode;
  const newest = (await store.rows('checks/newest_window', { signal }))[0]?.until_us as number | null | undefined;
  const to_us = Math.round(closed_us ?? Math.max(detected_us, newest ?? 0));
  return { from_us: Math.round(began_us), to_us, known_us: FOREVER_US, counts_calls: true };
}

/** What was written beside the episode when it opened. */
async function recordedAttribution(store: Store, episode_id: string): Promise<Attribution | null> {
  const row = (await store.rows('checks/attribution_of', { episode_id }))[0];
  return row === undefined ? null : (JSON.parse(row.attribution as string) as Attribution);
}

async function positionsOf(
  store: Store,
  data_dir: string,
  segment: string,
  span: Span,
): Promise<Explanation['positions']> {
  const values = parseSegmentKey(segment);
  const wanted = Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, values[dimension] ?? null]));
  const row = (await store.rows('checks/episode_positions', { ...wanted, ...span }))[0]!;
  const { calls, first_seq, last_seq } = row as { calls: number; first_seq: number | null; last_seq: number | null };
  if (first_seq === null || last_seq === null) return { calls: 0, first_seq: null, last_seq: null, frames: [] };
  return { calls, first_seq, last_seq, frames: framesBetween(data_dir, first_seq, last_seq) };
}

/** A statement as a person can paste it: comments left out, parameters written in. */
function written(name: string, parameters: Parameters): string {
  const body = readStatement(name).replaceAll(/^--.*\n/gm, '');
  return body
    .replaceAll(/\$([a-z_]+)/g, (_, key: string) => {
      const value = parameters[key];
      return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
    })
    .trim();
}
