import { instantText } from '../../contracts/duration.js';
import type { LabelReport } from '../../contracts/reports.js';
import type { ScenarioLabel } from '../../contracts/scenario.js';
import { parseSegmentKey, type Segment, segmentKey, segmentsOverlap } from '../../contracts/signal.js';
import { delayLimit } from '../../detectors/stats/delay-limit.js';
import { bernoulliDivergence, poissonDivergence } from '../../detectors/stats/kullback-leibler.js';

/** What was found of the drifts that a scenario planted, and which directives none of them explains. */

/** An episode of drift as it is judged: its segment with all that it implies, a pool with its campaign. */
export interface JudgedEpisode {
  readonly id: string;
  readonly signal: string | null;
  readonly relationship: string | null;
  readonly segment: Segment;
  readonly direction: 'up' | 'down';
  readonly began_us: number;
  readonly detected_us: number;
}

/** The first directive of a rule for an episode: its renewals are the same directive. */
export interface JudgedDirective {
  readonly id: string;
  readonly rule: string;
  readonly episode_id: string;
  readonly issued_us: number;
}

/** A call that was initiated, with the dimensions that labels speak of. */
export interface CallStart {
  readonly at_us: number;
  readonly segment: Segment;
}

/** Units of a signal in one minute, with their time at risk, in an observed segment. */
export interface UnitVolume {
  readonly signal: string;
  /** Canonical key. */
  readonly segment: string;
  readonly at_us: number;
  readonly n: number;
  readonly exposure_ms: number;
}

/** What a run observed on the days with drifts, and the thresholds that its budget set there. */
export interface LiveRecord {
  readonly calls: readonly CallStart[];
  readonly units: readonly UnitVolume[];
  /** Natural logarithms; null before the first baselines. */
  readonly log_threshold: number | null;
  readonly relationship_log_threshold: number | null;
}

/** Windows of a relationship in which its planted correlations are given, minutes. */
const RELATIONSHIP_WINDOW_MINUTES = 15;

export function compareLabels(
  labels: readonly ScenarioLabel[],
  episodes: readonly JudgedEpisode[],
  live: LiveRecord,
): LabelReport[] {
  return labels.map((label) => compareLabel(label, episodes, live));
}

function compareLabel(label: ScenarioLabel, episodes: readonly JudgedEpisode[], live: LiveRecord): LabelReport {
  const found = finding(label, episodes);
  return {
    name: label.name,
    signal: label.signal,
    relationship: label.relationship,
    segment: { ...label.segment } as Record<string, string>,
    affects: [...label.affects],
    onset_at: instantText(label.onset_us),
    found: found !== undefined,
    delay_calls: found === undefined ? null : callsUntil(label, live, found.detected_us),
    delay_minutes: found === undefined ? null : (found.detected_us - label.onset_us) / 60e6,
    d_star_calls: leastDelay(label, live),
  };
}

/**
 * The episode that finds a drift: of the label's own signal or relationship, detected after the onset, begun before the
 * label ends. The first in the label's own segment; without one, the first in a segment that holds it or that it holds.
 */
function finding(label: ScenarioLabel, episodes: readonly JudgedEpisode[]): JudgedEpisode | undefined {
  const candidates = episodes
    .filter(
      (episode) =>
        streamOf(episode) === (label.signal ?? label.relationship) &&
        episode.detected_us >= label.onset_us &&
        episode.began_us <= label.end_us &&
        isNested(label.segment, episode.segment),
    )
    .sort((left, right) => left.detected_us - right.detected_us);
  const own = candidates.find(({ segment }) => segmentKey(segment) === segmentKey(label.segment));
  return own ?? candidates.at(0);
}

/** Whether every call of the inner segment belongs to the outer one. */
function holds(outer: Segment, inner: Segment): boolean {
  return Object.entries(outer).every(([dimension, value]) => inner[dimension as keyof Segment] === value);
}

function isNested(left: Segment, right: Segment): boolean {
  return holds(left, right) || holds(right, left);
}

/**
 * Episodes that no planted drift explains. A drift explains what it moves, from its onset on, in every segment that may
 * hold its calls.
 */
export function unexplained<E extends JudgedEpisode>(labels: readonly ScenarioLabel[], episodes: readonly E[]): E[] {
  return episodes.filter((episode) => !labels.some((label) => explains(label, episode)));
}

function explains(label: ScenarioLabel, episode: JudgedEpisode): boolean {
  const stream = streamOf(episode);
  const is_moved = stream === (label.signal ?? label.relationship) || label.affects.includes(stream);
  return (
    is_moved &&
    episode.detected_us >= label.onset_us &&
    episode.began_us <= label.end_us &&
    segmentsOverlap(label.segment, episode.segment)
  );
}

export function streamOf({ signal, relationship }: Pick<JudgedEpisode, 'signal' | 'relationship'>): string {
  return signal ?? relationship ?? '';
}

/** Calls that were initiated in the label's segment from its onset on. */
function callsUntil(label: ScenarioLabel, { calls }: LiveRecord, until_us: number): number {
  let count = 0;
  for (const { at_us, segment } of calls)
    if (at_us >= label.onset_us && at_us < until_us && holds(label.segment, segment)) count++;
  return count;
}

/**
 * Least mean delay in calls of a rule that is told both levels and alarms falsely once in as many units as the budget
 * allows (`delayLimit`), times the overdispersion of the windows. Null where the segment had no calls.
 */
function leastDelay(label: ScenarioLabel, live: LiveRecord): number | null {
  const calls = callsUntil(label, live, label.end_us);
  const log_threshold = label.truth === null ? live.relationship_log_threshold : live.log_threshold;
  if (calls === 0 || log_threshold === null) return null;
  const g = Math.exp(log_threshold);
  if (label.truth !== null) {
    const { n, exposure_ms } = unitsOf(label, live);
    if (n === 0) return null;
    const { p0, p1, dispersion } = label.truth;
    const minutes = exposure_ms / 60e3 / n;
    const divergence = (a: number, b: number) =>
      minutes > 0 ? poissonDivergence(a, b) * minutes : bernoulliDivergence(a, b);
    return dispersion * delayLimit(g, divergence(p0, p1), divergence(p1, p0)) * (calls / n);
  }
  if (label.coupling === null) return null;
  const { r0, r1 } = label.coupling;
  const windows = delayLimit(g, correlationDivergence(r0, r1), correlationDivergence(r1, r0));
  const minutes = (label.end_us - label.onset_us) / 60e6;
  return windows * (calls / (minutes / RELATIONSHIP_WINDOW_MINUTES));
}

/** Units of the label's signal from its onset to its end, in the observed segment that fits it closest. */
function unitsOf(label: ScenarioLabel, { units }: LiveRecord): { n: number; exposure_ms: number } {
  const sums = new Map<string, { n: number; exposure_ms: number }>();
  for (const { signal, segment, at_us, n, exposure_ms } of units) {
    if (signal !== label.signal || at_us < label.onset_us || at_us >= label.end_us) continue;
    if (!holds(parseSegmentKey(segment), label.segment)) continue;
    const sum = sums.get(segment) ?? { n: 0, exposure_ms: 0 };
    sum.n += n;
    sum.exposure_ms += exposure_ms;
    sums.set(segment, sum);
  }
  // Of segments that hold all of the label's calls, the one with the fewest units.
  return [...sums.values()].sort((left, right) => left.n - right.n).at(0) ?? { n: 0, exposure_ms: 0 };
}

/** Divergence in nats per pair of standard normals, correlation `a` against `b`. */
function correlationDivergence(a: number, b: number): number {
  return 0.5 * Math.log((1 - b * b) / (1 - a * a)) + (1 - a * b) / (1 - b * b) - 1;
}
