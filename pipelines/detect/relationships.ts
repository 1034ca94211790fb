import { isDeepStrictEqual } from 'node:util';
import type { Relationship, Settings } from '../../contracts/config.js';
import type { DetectionWindow, Detector, ExpectedLevel, StreamTraits } from '../../contracts/detector.js';
import { parseDurationMs } from '../../contracts/duration.js';
import { DIMENSIONS } from '../../contracts/event.js';
import type { Signal } from '../../contracts/signal.js';
import { correlationAtSize, exclusiveNoiseCovariance } from '../../detectors/stats/correlation-at-size.js';
import { readStreamKey, type Stream, type StreamVerdict, streamKey } from '../policy/stream.js';
import type { Expectations, ExpectedRelationship } from './expectations.js';
import { addObservation, type Counted, emptyWindow, expectedOf, type OpenWindow } from './window.js';

/** Windows of history below which a relationship is watched but nothing may rest on it. */
const WINDOWS_MIN = 200;
const Z95 = 1.959963984540054;

interface Bucket {
  readonly start_us: number;
  readonly x: OpenWindow;
  readonly y: OpenWindow;
}

interface RelationState {
  detector: unknown;
  log_threshold: number;
  /** Open windows, oldest first. */
  readonly buckets: Bucket[];
}

export type RelationshipsState = Record<string, RelationState>;

interface Prepared {
  readonly relationship: Relationship;
  readonly x: Signal;
  readonly y: Signal;
  readonly window_us: number;
  readonly maturity_us: number;
  readonly groupings: ReadonlySet<string>;
}

interface WatchedRelation {
  readonly prepared: Prepared;
  readonly stream: Stream;
  readonly state: RelationState;
}

/** Relationships: pairs of signals over aligned windows, each window judged once both signals are mature. */
export class Relationships {
  readonly #prepared: readonly Prepared[];
  readonly #bySignal = new Map<string, Prepared[]>();
  readonly #detector: Detector;
  readonly #options: unknown;
  readonly #watched = new Map<string, WatchedRelation>();
  #expectations: Expectations | null = null;

  constructor(config: Settings, signals: readonly Signal[], detectors: Readonly<Record<string, Detector>>) {
    this.#detector = detectors[config.detect.relationship_detector]!;
    this.#options = this.#detector.config.parse(config.detect.relationship_options);
    const find = (name: string) => signals.find(({ signal }) => signal === name);
    this.#prepared = config.relationships.flatMap((relationship) => {
      const x = find(relationship.x);
      const y = find(relationship.y);
      if (x === undefined || y === undefined) return [];
      return [
        {
          relationship,
          x,
          y,
          window_us: parseDurationMs(relationship.window) * 1000,
          maturity_us: Math.max(parseDurationMs(x.maturity), parseDurationMs(y.maturity)) * 1000,
          groupings: new Set(relationship.groupings.map(groupingKey)),
        },
      ];
    });
    for (const prepared of this.#prepared)
      for (const { signal } of [prepared.x, prepared.y])
        this.#bySignal.set(signal, [...(this.#bySignal.get(signal) ?? []), prepared]);
  }

  expect(expectations: Expectations): void {
    this.#expectations = expectations;
  }

  add(
    signal: Signal,
    segment: string,
    counted: Counted,
    span: { readonly start_us: number; readonly end_us: number },
    expected: ExpectedLevel,
  ): void {
    const pairs = this.#bySignal.get(signal.signal);
    if (pairs === undefined) return;
    for (const prepared of pairs) {
      if (!prepared.groupings.has(groupingOf(segment))) continue;
      const { state } = this.#watch(prepared, segment);
      const start_us = Math.floor(span.start_us / prepared.window_us) * prepared.window_us;
      let bucket = state.buckets.find((one) => one.start_us === start_us);
      if (bucket === undefined) {
        bucket = { start_us, x: emptyWindow(), y: emptyWindow() };
        state.buckets.push(bucket);
        state.buckets.sort((left, right) => left.start_us - right.start_us);
      }
      if (signal.signal === prepared.x.signal) addObservation(bucket.x, signal.kind, counted, span, expected);
      if (signal.signal === prepared.y.signal) addObservation(bucket.y, signal.kind, counted, span, expected);
    }
  }

  /** Verdicts of the windows that are due up to a time, grouped by the time at which each fell due. */
  due(upTo_us: number): StreamVerdict[][] {
    const ripe: { due_us: number; watched: WatchedRelation }[] = [];
    for (const watched of this.#watched.values()) {
      const { window_us, maturity_us } = watched.prepared;
      for (const bucket of watched.state.buckets) {
        const due_us = bucket.start_us + window_us + maturity_us;
        if (due_us > upTo_us) break;
        ripe.push({ due_us, watched });
      }
    }
    if (ripe.length === 0) return [];
    ripe.sort(
      (left, right) =>
        left.due_us - right.due_us || (streamKey(left.watched.stream) < streamKey(right.watched.stream) ? -1 : 1),
    );
    const groups: StreamVerdict[][] = [];
    let last_us = Number.NaN;
    for (const { due_us, watched } of ripe) {
      const verdict = this.#judge(watched, watched.state.buckets.shift()!, due_us);
      if (verdict === null) continue;
      if (due_us !== last_us) groups.push([]);
      last_us = due_us;
      groups.at(-1)!.push(verdict);
    }
    return groups;
  }

  /** The detector of a stream begins afresh. */
  begin(key: string): void {
    const watched = this.#watched.get(key);
    if (watched !== undefined) this.#begin(watched);
  }

  state(): RelationshipsState {
    return Object.fromEntries([...this.#watched].map(([key, { state }]) => [key, state]));
  }

  restore(states: RelationshipsState): void {
    for (const [key, stored] of Object.entries(states)) {
      const { name, segment } = readStreamKey(key);
      const prepared = this.#prepared.find(({ relationship }) => `~${relationship.name}` === name);
      if (prepared !== undefined) this.#watch(prepared, segment, stored);
    }
  }

  /** As that of `Detection`. */
  takeOver(before: Relationships): void {
    const isSame = before.#detector.name === this.#detector.name && isDeepStrictEqual(before.#options, this.#options);
    if (!isSame) return;
    for (const { prepared: was, stream, state } of before.#watched.values()) {
      const prepared = this.#prepared.find(({ relationship }) => isDeepStrictEqual(relationship, was.relationship));
      if (prepared !== undefined) this.#watch(prepared, stream.segment, state);
    }
  }

  #judge(watched: WatchedRelation, bucket: Bucket, due_us: number): StreamVerdict | null {
    const { prepared, stream, state } = watched;
    const { relationship } = prepared;
    const expected = this.#expectations!.relationship(relationship.name, stream.segment);
    const least = relationship.window_calls_min;
    if (expected === null || bucket.x.n < least || bucket.y.n < least) return null;
    const window = pairedWindow(bucket, prepared, expected);
    if (state.detector === null) this.#begin(watched);
    const step = this.#detector.step(state.detector, window);
    state.detector = step.state;
    const { verdict } = step;
    const r = verdict.details?.r;
    return {
      stream,
      window,
      closed_us: due_us,
      verdict,
      baseline_version: this.#expectations!.version,
      since_change:
        verdict.change_us === null || r === undefined
          ? null
          : {
              n: Math.round(verdict.units_since_change),
              observed: r,
              expected: window.expected_correlation!.correlation,
              expected_low: window.expected_correlation!.correlation_low,
              expected_high: window.expected_correlation!.correlation_high,
            },
    };
  }

  #watch(prepared: Prepared, segment: string, stored?: RelationState): WatchedRelation {
    const stream: Stream = {
      signal: null,
      relationship: prepared.relationship.name,
      segment,
      kind: 'relationship',
      harmful: 'either',
      detector: this.#detector.name,
      sides: { x: prepared.x.kind, y: prepared.y.kind },
    };
    const key = streamKey(stream);
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      watched = { prepared, stream, state: stored ?? { detector: null, log_threshold: 0, buckets: [] } };
      this.#watched.set(key, watched);
    }
    return watched;
  }

  #begin({ stream, state }: WatchedRelation): void {
    state.log_threshold = this.#expectations!.relationship_log_threshold;
    const traits: StreamTraits = {
      kind: 'relationship',
      sides: stream.sides,
      harmful: 'either',
      log_threshold: state.log_threshold,
    };
    state.detector = this.#detector.init(this.#options, traits);
  }
}

/** The window of a pair, beside the relationship to be expected in windows of just these sizes. */
function pairedWindow(
  bucket: Bucket,
  { window_us, relationship: { outcomes } }: Prepared,
  relationship: ExpectedRelationship,
): DetectionWindow {
  const { x, y } = bucket;
  const [x_expected, y_expected] = [expectedOf(x), expectedOf(y)];
  const noise = outcomes === 'exclusive' ? exclusiveNoiseCovariance(x_expected.level, y_expected.level) : 0;
  const at_size = correlationAtSize(relationship, x.size, y.size, noise);
  return {
    start_us: bucket.start_us,
    end_us: bucket.start_us + window_us,
    n: x.n,
    total: x.total,
    exposure_ms: x.exposure_ms,
    total_squares: x.total_squares,
    expected: x_expected,
    paired: {
      n: y.n,
      total: y.total,
      exposure_ms: y.exposure_ms,
      total_squares: y.total_squares,
      expected: y_expected,
    },
    expected_correlation: {
      ...at_size,
      ...interval({ ...relationship, correlation: at_size.correlation }),
      is_sufficient: relationship.windows >= WINDOWS_MIN,
    },
  };
}

/** 95 % interval by Fisher's z; windows that follow each other count for less when their products are correlated. */
function interval({ correlation, windows, lag1 }: ExpectedRelationship): {
  correlation_low: number;
  correlation_high: number;
} {
  const a = Math.min(Math.max(lag1, 0), 0.9);
  const effective = Math.max((windows * (1 - a)) / (1 + a), 5);
  const z = Math.atanh(Math.min(Math.max(correlation, -0.999), 0.999));
  const half = Z95 / Math.sqrt(effective - 3);
  return { correlation_low: Math.tanh(z - half), correlation_high: Math.tanh(z + half) };
}

function groupingKey(dimensions: readonly string[]): string {
  return DIMENSIONS.filter((dimension) => dimensions.includes(dimension)).join(',');
}

const groupings = new Map<string, string>();

/** The dimensions of a segment key, joined: `campaign=a,number_pool=b` is of `campaign,number_pool`. */
function groupingOf(segment: string): string {
  let grouping = groupings.get(segment);
  if (grouping === undefined) {
    grouping =
      segment === 'all'
        ? ''
        : segment
            .split(',')
            .map((part) => part.slice(0, part.indexOf('=')))
            .join(',');
    if (groupings.size > 100_000) groupings.clear();
    groupings.set(segment, grouping);
  }
  return grouping;
}
