import type { Attribution } from '../../contracts/attribution.js';
import { type Config, settingsOf } from '../../contracts/config.js';
import { instantText } from '../../contracts/duration.js';
import { PlumblineError } from '../../contracts/errors.js';
import type { Explanation } from '../../contracts/reports.js';
import type { SeriesPoint } from '../../contracts/series-point.js';
import { parseSegmentKey } from '../../contracts/signal.js';
import { Z95 } from '../../detectors/stats/z95.js';
import { framesBetween } from '../land/landing-log.js';
import { readStatement } from '../statements.js';
import type { Parameters, Store } from '../store.js';
import { type AttributedSpan, attributionOf, notAttributed } from './attribution.js';
import { reportOf, type StoredEpisode, storedDirectives, storedEpisodes } from './episode-rows.js';
import { countParameters, type Grounds, storedGrounds } from './grounds.js';
import { goneBeforeUs } from './rows-left.js';
import { episodeSeries, FOREVER_US, scaledPoints } from './series.js';

/**
 * Everything a directive rests on: rule, verdict, baseline, counts, the statement that counts again, contributing
 * segments, and where the events lie in the log. It was written down when the drift was detected, and does not change when
 * rows leave the store; only what the excess is attributed to now, and the picture around it, are counted from them.
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
  const { episode, reading } = stored;
  const { scale } = reading;
  const grounds = await storedGrounds(store, episode.id);
  const journal = await store.rows('checks/journal_of', { episode_id: episode.id, directive_id });
  const rows_from_us = await goneBeforeUs(store, episode.began_us);
  const rows_from = rows_from_us === null ? null : instantText(rows_from_us);
  return {
    directive,
    rule: config.policy.rules.find(({ name }) => name === directive.rule) ?? null,
    episode: reportOf(stored),
    baseline: baselineOf(stored, grounds),
    rows_from,
    counts: grounds.counts.map((counted) => ({
      ...counted,
      sql: written('checks/episode_counts', countParameters(episode, counted.signal)),
    })),
    contributing_segments: grounds.segments.map(({ segment, n, observed, expected, excess }) => ({
      segment: { ...parseSegmentKey(segment) } as Record<string, string>,
      n,
      observed: observed / scale,
      expected: expected / scale,
      excess: excess / scale,
    })),
    attribution: await attributedNow(store, config, stored, rows_from),
    attribution_at_detection: await recordedAttribution(store, episode.id),
    positions: positionsOf(data_dir, grounds),
    observations: await observationsOf(store, config, stored, grounds, rows_from),
    journal: journal.map((row) => ({
      ordinal: row.ordinal as number,
      at: instantText(row.at_us as number),
      kind: row.kind as string,
      subject: row.subject as string,
      hash: row.hash as string,
    })),
  };
}

function baselineOf({ episode, reading }: StoredEpisode, grounds: Grounds): Explanation['baseline'] {
  const { baseline_version: version, segment, expected, expected_low, expected_high } = episode;
  const { level: found, history_from_us, history_to_us } = grounds;
  const history = {
    history_from: history_from_us === null ? null : instantText(history_from_us),
    history_to: history_to_us === null ? null : instantText(history_to_us),
  };
  if (found === null)
    return {
      version,
      segment,
      level: expected,
      level_low: expected_low,
      level_high: expected_high,
      dispersion: null,
      n_effective: null,
      ...history,
    };
  const { level, standard_error, dispersion, n_effective } = found;
  return {
    version,
    segment: found.segment,
    level: level / reading.scale,
    level_low: (level - Z95 * standard_error) / reading.scale,
    level_high: (level + Z95 * standard_error) / reading.scale,
    dispersion,
    n_effective,
    ...history,
  };
}

/** What was written down at the detection, and around it what there are rows of. */
async function observationsOf(
  store: Store,
  config: Config,
  stored: StoredEpisode,
  { points }: Grounds,
  rows_from: string | null,
): Promise<Explanation['observations']> {
  const told = (is_recorded: boolean) => (point: SeriesPoint) => {
    const { at_us, ...figures } = point;
    return { at: instantText(at_us), ...figures, is_recorded };
  };
  const recorded = scaledPoints(points, stored.reading.scale);
  const counted = rows_from === null ? await episodeSeries(store, settingsOf(config), stored) : [];
  const [from_us, to_us] = [recorded[0]?.at_us ?? FOREVER_US, recorded.at(-1)?.at_us ?? FOREVER_US];
  return [
    ...counted.filter(({ at_us }) => at_us < from_us).map(told(false)),
    ...recorded.map(told(true)),
    ...counted.filter(({ at_us }) => at_us > to_us).map(told(false)),
  ];
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
  return notAttributed(span, unavailable);
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

/** The log has frames for as long as it is there, whatever has left the store. */
function positionsOf(data_dir: string, { calls, first_seq, last_seq }: Grounds): Explanation['positions'] {
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
