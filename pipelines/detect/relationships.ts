import { isDeepStrictEqual } from 'node:util';
import type { Relationship, Settings } from '../../contracts/config.js';
import type { DetectionWindow, Detector, ExpectedLevel, OutcomeTable, StreamTraits } from '../../contracts/detector.js';
import { parseDurationMs } from '../../contracts/duration.js';
import type { Signal } from '../../contracts/signal.js';
import { correlationAtSize, exclusiveNoiseCovariance } from '../../detectors/stats/correlation-at-size.js';
import { Z95 } from '../../detectors/stats/z95.js';
import { readStreamKey, type Stream, type StreamVerdict, streamKey } from '../policy/stream.js';
import type { Expectations, ExpectedRelationship } from './expectations.js';
import { groupingKey, groupingOf } from './segment-grouping.js';
import { addObservation, type Counted, emptyWindow, expectedOf, type OpenWindow } from './window.js';

/** Windows of history below which a relationship is watched but nothing may rest on it. */
const WINDOWS_MIN = 200;
/** The same for a relationship whose standard error is known: as sure as that many windows are of a correlation. */
const STANDARD_ERROR_MAX = 1 / Math.sqrt(WINDOWS_MIN - 3);
interface Bucket {
  readonly start_us: number;
  readonly x: OpenWindow;
  readonly y: OpenWindow;
  /** Calls with both outcomes; empty where the relationship is not one within calls. */
  readonly both: OpenWindow;
}

interface RelationState {
  detector: unknown;
  log_threshold: number;
  /** Open windows, oldest first. */
  readonly buckets: Bucket[];
}

export type RelationshipsState = Record<string, RelationState>;

interface Watcher {
  readonly detector: Detector;
  readonly options: unknown;
}

interface Prepared {
  readonly relationship: Relationship;
  readonly x: Signal;
  readonly y: Signal;
  readonly both: Signal | null;
  readonly watcher: Watcher;
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
  readonly #watched = new Map<string, WatchedRelation>();
  #expectations: Expectations | null = null;

  constructor(config: Settings, signals: readonly Signal[], detectors: Readonly<Record<string, Detector>>) {
    const { relationship_detector, relationship_options, association_detector, association_options } = config.detect;
    const watcher = (name: string, options: unknown): Watcher => {
      const detector = detectors[name]!;
      return { detector, options: detector.config.parse(options) };
    };
    const apart = watcher(relationship_detector, relationship_options);
    const within = watcher(association_detector, association_options);
    const find = (name: string) => signals.find(({ signal }) => signal === name);
    this.#prepared = config.relationships.flatMap((relationship) => {
      const x = find(relationship.x);
      const y = find(relationship.y);
      const both = relationship.both === undefined ? null : find(relationship.both);
      if (x === undefined || y === undefined || both === undefined) return [];
      const parts = both === null ? [x, y] : [x, y, both];
      return [
        {
          relationship,
          x,
          y,
          both,
          watcher: both === null ? apart : within,
          window_us: parseDurationMs(relationship.window) * 1000,
          maturity_us: Math.max(...parts.map(({ maturity }) => parseDurationMs(maturity))) * 1000,
          groupings: new Set(relationship.groupings.map(groupingKey)),
        },
      ];
    });
    for (const prepared of this.#prepared)
      for (const { signal } of [prepared.x, prepared.y, ...(prepared.both === null ? [] : [prepared.both])])
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
        bucket = { start_us, x: emptyWindow(), y: emptyWindow(), both: emptyWindow() };
        state.buckets.push(bucket);
        state.buckets.sort((left, right) => left.start_us - right.start_us);
      }
      if (signal.signal === prepared.x.signal) addObservation(bucket.x, signal.kind, counted, span, expected);
      if (signal.signal === prepared.y.signal) addObservation(bucket.y, signal.kind, counted, span, expected);
      if (signal.signal === prepared.both?.signal) addObservation(bucket.both, signal.kind, counted, span, expected);
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
    for (const { prepared: was, stream, state } of before.#watched.values()) {
      const prepared = this.#prepared.find(
        ({ relationship, watcher }) =>
          isDeepStrictEqual(relationship, was.relationship) &&
          watcher.detector.name === was.watcher.detector.name &&
          isDeepStrictEqual(watcher.options, was.watcher.options),
      );
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
    const step = prepared.watcher.detector.step(state.detector, window);
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
      detector: prepared.watcher.detector.name,
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

  #begin({ prepared, stream, state }: WatchedRelation): void {
    state.log_threshold = this.#expectations!.relationship_log_threshold;
    const traits: StreamTraits = {
      kind: 'relationship',
      sides: stream.sides,
      harmful: 'either',
      log_threshold: state.log_threshold,
    };
    state.detector = prepared.watcher.detector.init(prepared.watcher.options, traits);
  }
}

/** The window of a pair, beside the relationship to be expected in windows of just these sizes. */
function pairedWindow(
  bucket: Bucket,
  { window_us, both, relationship: { outcomes } }: Prepared,
  relationship: ExpectedRelationship,
): DetectionWindow {
  const { x, y } = bucket;
  const [x_expected, y_expected] = [expectedOf(x), expectedOf(y)];
  const noise = outcomes === 'exclusive' ? exclusiveNoiseCovariance(x_expected.level, y_expected.level) : 0;
  const at_size = correlationAtSize(relationship, x.size, y.size, noise);
  const { windows, standard_error } = relationship;
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
    ...(both === null ? {} : { table: tableOf(bucket) }),
    expected_correlation: {
      ...at_size,
      ...interval({ ...relationship, correlation: at_size.correlation }),
      is_sufficient: standard_error === null ? windows >= WINDOWS_MIN : standard_error <= STANDARD_ERROR_MAX,
    },
  };
}

/** Calls by both outcomes. Signals that do not count the same calls give counts that cannot be, which say nothing. */
function tableOf({ x, y, both }: Bucket): OutcomeTable {
  const isSame = x.n === y.n && x.n === both.n;
  return {
    both: both.total,
    x_only: x.total - both.total,
    y_only: y.total - both.total,
    neither: isSame ? x.n - x.total - y.total + both.total : -1,
  };
}

/** 95 % interval by Fisher's z; windows that follow each other count for less when their products are correlated. */
function interval({ correlation, windows, lag1, standard_error }: ExpectedRelationship): {
  correlation_low: number;
  correlation_high: number;
} {
  const a = Math.min(Math.max(lag1, 0), 0.9);
  const effective = Math.max((windows * (1 - a)) / (1 + a), 5);
  const z = Math.atanh(Math.min(Math.max(correlation, -0.999), 0.999));
  const half = Z95 * (standard_error ?? 1 / Math.sqrt(effective - 3));
  return { correlation_low: Math.tanh(z - half), correlation_high: Math.tanh(z + half) };
}
