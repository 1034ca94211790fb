import { instantText } from '../contracts/duration.js';
import type { DirectiveReport, EpisodeReport, LabelReport } from '../contracts/reports.js';
import type { ScenarioLabel } from '../contracts/scenario.js';
import { parseSegmentKey, type Segment, segmentKey, segmentsOverlap } from '../contracts/signal.js';
import { delayLimit } from '../detectors/stats/delay-limit.js';
import { bernoulliDivergence, poissonDivergence } from '../detectors/stats/kullback-leibler.js';

/** What was found of the drifts that a scenario planted, and which directives none of them explains. */

/** Calls of one minute, or units of a signal with their time at risk, in a segment. */
export interface MinuteVolume {
  readonly signal: string;
  /** Canonical key. */
  readonly segment: string;
  readonly at_us: number;
  readonly n: number;
  readonly exposure_ms: number;
}

/** The signal whose units are the calls of a segment. */
const CALLS = 'answer_rate';
/** Windows of a relationship in which its planted correlations are given, minutes. */
const RELATIONSHIP_WINDOW_MINUTES = 15;

export function compareLabels(
  labels: readonly ScenarioLabel[],
  episodes: readonly EpisodeReport[],
  volumes: readonly MinuteVolume[],
): LabelReport[] {
  return labels.map((label) => compareLabel(label, episodes, volumes));
}

function compareLabel(
  label: ScenarioLabel,
  episodes: readonly EpisodeReport[],
  volumes: readonly MinuteVolume[],
): LabelReport {
  const found = episodes
    .filter((episode) => finds(label, episode))
    .sort((left, right) => detectedUs(left) - detectedUs(right))
    .at(0);
  const segment = measuredSegment(label, volumes);
  const total = (signal: string, until_us: number, of: (volume: MinuteVolume) => number) =>
    sumOf(volumes, { signal, segment, from_us: label.onset_us, until_us }, of);
  const calls = (until_us: number) => total(CALLS, until_us, ({ n }) => n);
  const log_threshold = logThreshold(label, episodes);
  return {
    name: label.name,
    signal: label.signal,
    relationship: label.relationship,
    segment: { ...label.segment } as Record<string, string>,
    affects: [...label.affects],
    onset_at: instantText(label.onset_us),
    found: found !== undefined,
    delay_calls: found === undefined ? null : calls(detectedUs(found)),
    delay_minutes: found === undefined ? null : (detectedUs(found) - label.onset_us) / 60e6,
    d_star_calls:
      log_threshold === null
        ? null
        : leastDelay(label, Math.exp(log_threshold), {
            calls: calls(label.end_us),
            n: total(label.signal ?? CALLS, label.end_us, ({ n }) => n),
            exposure_minutes: total(label.signal ?? CALLS, label.end_us, ({ exposure_ms }) => exposure_ms) / 60e3,
          }),
  };
}

/** The observed segment that fits a label closest: the one with the fewest calls that holds all of its calls. */
function measuredSegment(label: ScenarioLabel, volumes: readonly MinuteVolume[]): string {
  const calls = new Map<string, number>();
  for (const { signal, segment, n } of volumes) if (signal === CALLS) calls.set(segment, (calls.get(segment) ?? 0) + n);
  const holding = [...calls].filter(([segment]) => holds(parseSegmentKey(segment), label.segment));
  return holding.sort(([, left], [, right]) => left - right).at(0)?.[0] ?? segmentKey(label.segment);
}

/** An episode finds a drift where it lies in the same segment, or one that holds it or that it holds. */
function finds(label: ScenarioLabel, episode: EpisodeReport): boolean {
  return moves(label, episode) && isWithin(label, episode) && isNested(label.segment, episode.segment);
}

function moves(label: ScenarioLabel, episode: EpisodeReport): boolean {
  const stream = streamOf(episode);
  return stream === (label.signal ?? label.relationship) || label.affects.includes(stream);
}

function isWithin(label: ScenarioLabel, episode: EpisodeReport): boolean {
  return detectedUs(episode) >= label.onset_us;
}

/** Whether every call of the inner segment belongs to the outer one. */
function holds(outer: Segment, inner: Segment): boolean {
  return Object.entries(outer).every(([dimension, value]) => inner[dimension as keyof Segment] === value);
}

function isNested(left: Segment, right: Segment): boolean {
  return holds(left, right) || holds(right, left);
}

/**
 * Directives that no planted drift explains, one for each rule and episode: renewals are the same directive. A drift
 * explains what it moves in every segment that may hold its calls.
 */
export function falseDirectives(
  labels: readonly ScenarioLabel[],
  episodes: readonly EpisodeReport[],
  directives: readonly DirectiveReport[],
): DirectiveReport[] {
  const unexplained = new Set(
    episodes.filter((episode) => !labels.some((label) => explains(label, episode))).map(({ id }) => id),
  );
  const first = new Map<string, DirectiveReport>();
  for (const directive of directives) {
    const key = `${directive.rule} ${directive.episode_id}`;
    if (unexplained.has(directive.episode_id) && !first.has(key)) first.set(key, directive);
  }
  return [...first.values()];
}

function explains(label: ScenarioLabel, episode: EpisodeReport): boolean {
  if (!isWithin(label, episode)) return false;
  return moves(label, episode) && segmentsOverlap(label.segment, episode.segment);
}

function streamOf(episode: EpisodeReport): string {
  return episode.signal ?? episode.relationship ?? '';
}

function detectedUs(episode: EpisodeReport): number {
  return Date.parse(episode.detected_at) * 1000;
}

/** The threshold that the budget gives to streams of the label's kind, as an episode of this run shows it. */
function logThreshold(label: ScenarioLabel, episodes: readonly EpisodeReport[]): number | null {
  const is_signal = label.signal !== null;
  const same = episodes.filter((episode) => (episode.signal !== null) === is_signal);
  const own = same.find((episode) => streamOf(episode) === (label.signal ?? label.relationship));
  return (own ?? same.at(0))?.evidence.log_threshold ?? null;
}

interface Span {
  readonly signal: string;
  readonly segment: string;
  readonly from_us: number;
  readonly until_us: number;
}

function sumOf(volumes: readonly MinuteVolume[], span: Span, of: (volume: MinuteVolume) => number): number {
  let sum = 0;
  for (const volume of volumes) {
    const is_in =
      volume.signal === span.signal &&
      volume.segment === span.segment &&
      volume.at_us >= span.from_us &&
      volume.at_us < span.until_us;
    if (is_in) sum += of(volume);
  }
  return sum;
}

/** What the day brought after the onset, in the label's segment: to come from units of a signal to calls. */
interface DayVolume {
  readonly calls: number;
  readonly n: number;
  readonly exposure_minutes: number;
}

/**
 * Least mean delay in calls of a rule that is told both levels and alarms falsely once in `g` units (detection.md,
 * D*); overdispersion multiplies it. Null where the segment had no calls.
 */
function leastDelay(label: ScenarioLabel, g: number, day: DayVolume): number | null {
  if (day.calls === 0) return null;
  if (label.truth !== null) {
    if (day.n === 0) return null;
    const { p0, p1, dispersion } = label.truth;
    const minutes = day.exposure_minutes / day.n;
    const divergence = (a: number, b: number) =>
      minutes > 0 ? poissonDivergence(a, b) * minutes : bernoulliDivergence(a, b);
    const units = delayLimit(g, divergence(p0, p1) / dispersion, divergence(p1, p0) / dispersion);
    return units * (day.calls / day.n);
  }
  if (label.coupling === null) return null;
  const { r0, r1 } = label.coupling;
  const windows = delayLimit(g, correlationDivergence(r0, r1), correlationDivergence(r1, r0));
  const day_minutes = (label.end_us - label.onset_us) / 60e6;
  return windows * (day.calls / (day_minutes / RELATIONSHIP_WINDOW_MINUTES));
}

/** Divergence in nats per pair of standard normals, correlation `a` against `b`. */
function correlationDivergence(a: number, b: number): number {
  return 0.5 * Math.log((1 - b * b) / (1 - a * a)) + (1 - a * b) / (1 - b * b) - 1;
}
