import type { Config } from '../../contracts/config.js';
import { instantText } from '../../contracts/duration.js';
import { PlumblineError } from '../../contracts/errors.js';
import type { ReviewedStream, ReviewReport, ReviewRequest } from '../../contracts/review-report.js';
import { parseSegmentKey, type Signal } from '../../contracts/signal.js';
import { eBenjaminiHochberg } from '../../detectors/stats/e-benjamini-hochberg.js';
import { type LevelEvidence, levelEvidence } from '../../detectors/stats/level-e-value.js';
import type { LevelFigures } from '../../detectors/stats/level-log-ratio.js';
import { INHERITING } from '../detect/expectations.js';
import { sizeOf } from '../detect/window.js';
import { LocalHours } from '../local-hours.js';
import type { Row, Store } from '../store.js';
import { type StoredEpisode, storedEpisodes } from './episode-rows.js';
import { spanOfPeriod } from './period.js';

/** Streams that are listed; all of them are counted. */
const TOLD_MAX = 200;

type SignalRow = Pick<Signal, 'kind' | 'unit' | 'scale' | 'harmful'> & { readonly upper: number | null };

interface Reviewed extends LevelEvidence {
  readonly signal: string;
  readonly segment: string;
  readonly traits: SignalRow;
  readonly parts: readonly LevelFigures[];
}

/**
 * Looks at every watched stream over one period at once, against a baseline that holds nothing of it, and tells those
 * whose evidence stands among so many: of what is told a share of at most `false_share` is wrong on average.
 * @throws PlumblineError COMMAND_ARGUMENT_INVALID for a period that cannot be read, or before which nothing was learnt
 */
export async function reviewPeriod(
  store: Store,
  config: Config,
  { during, false_share }: ReviewRequest,
): Promise<ReviewReport> {
  const span = await spanOfPeriod(store, during, config.time_zone);
  const version = (await store.rows('checks/version_before', { from_us: span.from_us }))[0]?.version as
    | string
    | undefined;
  if (version === undefined)
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${during}" cannot be reviewed: no baseline is older`, {
      detail: 'a period is held against what was learnt from before it, baseline.guard apart',
      hint: 'Name a later period; plumbline sql "select version, history_to from baseline_versions" lists baselines.',
    });
  const reviewed = await reviewedStreams(store, config, { ...span, version });
  const { told, log_threshold } = eBenjaminiHochberg(
    reviewed.map(({ log_evidence }) => log_evidence),
    false_share,
  );
  const episodes = await storedEpisodes(store);
  return {
    from_at: instantText(span.from_us),
    to_at: instantText(span.to_us),
    baseline_version: version,
    false_share,
    streams: reviewed.length,
    log_threshold,
    told_count: told.length,
    told: told.slice(0, TOLD_MAX).map((at) => describe(reviewed[at]!, episodes, span)),
  };
}

interface Span {
  readonly from_us: number;
  readonly to_us: number;
}

/** Every stream with its evidence, in the order of signals and segments. */
async function reviewedStreams(
  store: Store,
  config: Config,
  asked: Span & { readonly version: string },
): Promise<Reviewed[]> {
  const hours = new LocalHours(config);
  const signals = new Map(
    (await store.rows('checks/registered_signals')).map((row) => [row.signal as string, row as unknown as SignalRow]),
  );
  const is_watched = (signal: string) => config.detect.signals?.includes(signal) ?? true;
  const zones = new Set([config.time_zone, ...config.time_zones.map(({ time_zone }) => time_zone)]);
  const byStream = new Map<string, Row[]>();
  for (const time_zone of zones) {
    const rows = await store.rows('checks/reviewed_hours', { ...asked, time_zone, inheriting: INHERITING.source });
    for (const row of rows) {
      if (!is_watched(row.signal as string) || hours.zoneOf(row.segment as string) !== time_zone) continue;
      const key = `${row.signal}|${row.segment}`;
      const known = byStream.get(key);
      if (known === undefined) byStream.set(key, [row]);
      else known.push(row);
    }
  }
  const keys = [...byStream.keys()].sort((left, right) => (left < right ? -1 : 1));
  return keys.map((key) => {
    const rows = byStream.get(key)!;
    const { signal, segment } = rows[0]! as { signal: string; segment: string };
    const traits = signals.get(signal)!;
    const parts = rows.map(figuresOf);
    return { signal, segment, traits, parts, ...levelEvidence(traits, parts) };
  });
}

function figuresOf(row: Row): LevelFigures {
  const { n, total, exposure_ms, total_squares, level, standard_error, value_sd, dispersion } =
    row as unknown as LevelFigures;
  return { n, total, exposure_ms, total_squares, level, standard_error, value_sd, dispersion: Math.max(1, dispersion) };
}

function describe(
  { signal, segment, traits, parts, shift, log_evidence }: Reviewed,
  stored: readonly StoredEpisode[],
  span: Span,
): ReviewedStream {
  let [n, size, total, expected] = [0, 0, 0, 0];
  for (const part of parts) {
    const units = sizeOf(traits.kind, part);
    n += part.n;
    size += units;
    total += part.total;
    expected += units * part.level;
  }
  const direction = shift > 0 ? 'up' : 'down';
  return {
    signal,
    segment: { ...parseSegmentKey(segment) } as Record<string, string>,
    direction,
    is_harmful: traits.harmful === 'either' || traits.harmful === direction,
    unit: traits.unit,
    n,
    observed: size > 0 ? total / size / traits.scale : 0,
    expected: size > 0 ? expected / size / traits.scale : 0,
    shift,
    log_evidence,
    episodes: stored.filter((one) => isOfStream(one, signal, segment, span)).map(({ episode }) => episode.id),
  };
}

function isOfStream({ episode }: StoredEpisode, signal: string, segment: string, { from_us, to_us }: Span): boolean {
  if (episode.began_us >= to_us || (episode.closed_us ?? Number.POSITIVE_INFINITY) <= from_us) return false;
  if (episode.signal === signal && episode.segment === segment) return true;
  return episode.folded.some((drift) => drift.signal === signal && drift.segment === segment);
}
