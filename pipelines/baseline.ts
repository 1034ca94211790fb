import { createHash } from 'node:crypto';
import { type Relationship, relationshipSignals, type Settings } from '../contracts/config.js';
import { parseDurationMs } from '../contracts/duration.js';
import { DIMENSIONS } from '../contracts/event.js';
import { REST_PART } from '../contracts/verdict.js';
import { evidenceMin } from './evidence-min.js';
import type { LocalHours } from './local-hours.js';
import type { Store } from './store.js';

/**
 * The baseline job: reads the observations of the trailing history, writes one new version of every baseline, and
 * spreads the false-alarm budget over what is watched. The arithmetic stands in `sql/baselines/`; the constants of the
 * method stand here.
 */

/** Residuals beyond this many standard deviations are drawn in before they are squared (99 % point, two-sided). */
const RESIDUAL_MAX = 2.58;
/** Mean of a squared standard normal drawn in at RESIDUAL_MAX. */
const TRIM_MEAN = 0.982;
const CORRELATION_RESIDUAL_MAX = 3;
/** Relations with rows of a version; that of the versions themselves is the last. */
export const OF_VERSION = ['baselines', 'mix_baselines', 'relationship_baselines', 'baseline_versions'] as const;
/** Autocorrelation below this is taken for noise. */
const LAG1_MIN = 0.1;
/** With fewer blocks a segment's dispersion is not trusted below the fleet's. */
const BLOCKS_MIN = 100;
/** An upper limit on how strongly hours are drawn together, in units of the signal. */
const KAPPA_MAX = 1e7;
const WEEK_US = 7 * 86_400_000_000;
const MINUTE_US = 60_000_000;

export interface BaselineVersion {
  readonly version: string;
  readonly as_of_us: number;
  readonly log_threshold: number;
  readonly relationship_log_threshold: number;
}

/** Makes a new version as of an event time; null while there is too little history. The caller holds the transaction. */
export async function refreshBaselines(
  store: Store,
  config: Settings,
  hours: LocalHours,
  as_of_us: number,
): Promise<BaselineVersion | null> {
  const { baseline } = config;
  const to_us = as_of_us - parseDurationMs(baseline.guard) * 1000;
  const from_us = to_us - parseDurationMs(baseline.history) * 1000;
  const first = (await store.rows('baselines/first_observation'))[0]?.first_us as number | null;
  if (first === null || as_of_us - first < parseDurationMs(baseline.history_min) * 1000) return null;

  await makePieces(store, config, hours, Math.max(from_us, first), to_us);
  const learned = { from_us, to_us, leave_out_episodes: !baseline.learn_from_episodes };
  await store.run('baselines/learned_pieces', learned);
  const span = (await store.rows('baselines/baseline_span'))[0]!;
  if (span.first_us === null) return null;
  const weeks = Math.max(to_us - Math.max(from_us, span.first_us as number), 86_400_000_000) / WEEK_US;
  const units_per_week = (span.units as number) / weeks;
  const { false_directives_per_week, relationship_share } = config.budget;
  const log_threshold = Math.log(units_per_week / (false_directives_per_week * (1 - relationship_share)));
  const version = versionOf(config, as_of_us);

  // Somebody may ask for a refresh twice while no event comes: it is the same version, and must not be there twice.
  for (const relation of OF_VERSION) await store.run(`staging/${relation}_superseded`, { version });
  await store.run('baselines/baseline_cells');
  await store.run('baselines/baseline_dispersions', {
    residual_max: RESIDUAL_MAX,
    trim_mean: TRIM_MEAN,
    lag1_min: LAG1_MIN,
    blocks_min: BLOCKS_MIN,
  });
  await store.run('baselines/baselines', {
    version,
    evidence_min: evidenceMin(log_threshold),
    has_history: true,
    kappa_max: KAPPA_MAX,
  });
  for (const relationship of config.relationships) await relate(store, relationship, version, learned);
  const windows = (await store.rows('baselines/relationship_span', { version }))[0]!.windows as number;
  const windows_per_week = windows / weeks;
  const relationship_log_threshold = Math.log(
    Math.max(windows_per_week / (false_directives_per_week * Math.max(relationship_share, 0.01)), Math.E),
  );
  await store.append('baseline_versions', [
    { type: 'text', values: [version] },
    { type: 'timestamp', values: [as_of_us] },
    { type: 'timestamp', values: [from_us] },
    { type: 'timestamp', values: [to_us] },
    { type: 'integer', values: [span.days] },
    { type: 'integer', values: [span.streams] },
    { type: 'double', values: [units_per_week] },
    { type: 'double', values: [log_threshold] },
    { type: 'double', values: [windows_per_week] },
    { type: 'double', values: [relationship_log_threshold] },
  ]);
  await emptyWorkTables(store);
  return { version, as_of_us, log_threshold, relationship_log_threshold };
}

/**
 * Makes the pieces of the history that are not there yet: observations older than the guard gap are read once, not at
 * every refresh.
 */
async function makePieces(
  store: Store,
  config: Settings,
  hours: LocalHours,
  first_us: number,
  to_us: number,
): Promise<void> {
  await emptyWorkTables(store);
  await store.append('exceptional_days', [{ type: 'date', values: config.baseline.exceptional_days }]);
  const done_us = (await store.rows('baselines/pieces_until'))[0]!.to_us as number | null;
  const from_us = Math.max(done_us ?? 0, Math.floor(first_us / MINUTE_US) * MINUTE_US);
  if (from_us >= to_us) return;
  if (config.time_zones.length > 0) {
    const segments = (await store.rows('baselines/segments')).map((row) => row.segment as string);
    const own = segments.filter((segment) => hours.zoneOf(segment) !== config.time_zone);
    await store.append('segment_zones', [
      { type: 'text', values: own },
      { type: 'text', values: own.map((segment) => hours.zoneOf(segment)) },
    ]);
  }
  const span = { from_us, to_us, time_zone: config.time_zone };
  await store.run('baselines/local_hours', span);
  await store.run('baselines/stream_pieces', { ...span, window_calls: config.detect.window_calls });
  for (const relationship of config.relationships)
    for (const grouping of relationship.groupings)
      await store.run('baselines/relationship_pieces', {
        ...span,
        relationship: relationship.name,
        signals: relationshipSignals(relationship).join(','),
        grouping: groupingName(grouping),
        window_us: parseDurationMs(relationship.window) * 1000,
      });
  await store.append('piece_days', [
    { type: 'timestamp', values: [from_us] },
    { type: 'timestamp', values: [to_us] },
  ]);
}

function groupingName(grouping: readonly string[]): string {
  const ordered = DIMENSIONS.filter((dimension) => grouping.includes(dimension));
  return ordered.length === 0 ? 'all' : ordered.join(',');
}

async function emptyWorkTables(store: Store): Promise<void> {
  for (const table of [
    'learned_pieces',
    'local_hours',
    'segment_zones',
    'exceptional_days',
    'baseline_cells',
    'baseline_dispersions',
  ])
    await store.run(`schema/${table}`);
}

async function relate(
  store: Store,
  { name, x, y, both, parts, window_calls_min }: Relationship,
  version: string,
  learned: { readonly from_us: number; readonly to_us: number; readonly leave_out_episodes: boolean },
): Promise<void> {
  const asked = { ...learned, version, relationship: name, window_calls_min };
  if (parts !== undefined) {
    await store.run('baselines/mix_baselines', {
      ...asked,
      parts: parts.join(','),
      rest: REST_PART,
      residual_max: RESIDUAL_MAX,
      trim_mean: TRIM_MEAN,
      lag1_min: LAG1_MIN,
    });
    return;
  }
  const pair = { ...asked, x: x!, y: y! };
  if (both !== undefined) await store.run('baselines/relationship_baselines_associated', { ...pair, both });
  else await store.run('baselines/relationship_baselines', { ...pair, residual_max: CORRELATION_RESIDUAL_MAX });
}

/** Names what a version depends on: the moment, and the settings that shape it. How much of it is looked at is not one. */
function versionOf(config: Settings, as_of_us: number): string {
  const { baseline, budget, relationships, time_zone, time_zones } = config;
  const { rows_keep: _, ...observe } = config.observe;
  const { streams_max: __, ...detect } = config.detect;
  const settings = JSON.stringify({ baseline, budget, detect, observe, relationships, time_zone, time_zones });
  const day = new Date(as_of_us / 1000).toISOString().slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-');
  return `${day}-${createHash('sha256').update(settings).digest('hex').slice(0, 6)}`;
}
