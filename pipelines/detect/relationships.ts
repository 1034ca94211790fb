import { isDeepStrictEqual } from 'node:util';
import { type Relationship, relationshipSignals, type Settings } from '../../contracts/config.js';
import type { DetectionWindow, Detector, ExpectedLevel, StreamTraits } from '../../contracts/detector.js';
import { parseDurationMs } from '../../contracts/duration.js';
import type { Signal } from '../../contracts/signal.js';
import { REST_PART, type Verdict } from '../../contracts/verdict.js';
import { readStreamKey, type SinceChange, type Stream, type StreamVerdict, streamKey } from '../policy/stream.js';
import type { Expectations } from './expectations.js';
import { mixSinceChange, mixWindow } from './mix-window.js';
import { pairedWindow } from './paired-window.js';
import { groupingKey, groupingOf } from './segment-grouping.js';
import { inTurn, type WatchRoom } from './watch-room.js';
import { addObservation, type Counted, emptyWindow, type OpenWindow } from './window.js';

interface Bucket {
  readonly start_us: number;
  /** Of each signal of the relationship, in the order of `relationshipSignals`. */
  readonly counted: readonly OpenWindow[];
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
  readonly signals: readonly Signal[];
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

/** Relationships: signals over aligned windows, each window judged once all of its signals are mature. */
export class Relationships {
  readonly #prepared: readonly Prepared[];
  readonly #bySignal = new Map<string, Prepared[]>();
  readonly #watched = new Map<string, WatchedRelation>();
  readonly #room: WatchRoom;
  #expectations: Expectations | null = null;

  constructor(
    config: Settings,
    signals: readonly Signal[],
    detectors: Readonly<Record<string, Detector>>,
    room: WatchRoom,
  ) {
    this.#room = room;
    const watcher = (name: string, options: unknown): Watcher => {
      const detector = detectors[name]!;
      return { detector, options: detector.config.parse(options) };
    };
    const apart = watcher(config.detect.relationship_detector, config.detect.relationship_options);
    const within = watcher(config.detect.association_detector, config.detect.association_options);
    const divided = watcher(config.detect.mix_detector, config.detect.mix_options);
    this.#prepared = config.relationships.flatMap((relationship) => {
      const names = relationshipSignals(relationship);
      const found = names.flatMap((name) => signals.find(({ signal }) => signal === name) ?? []);
      if (found.length < names.length) return [];
      const { both, parts } = relationship;
      return [
        {
          relationship,
          signals: found,
          watcher: parts !== undefined ? divided : both !== undefined ? within : apart,
          window_us: parseDurationMs(relationship.window) * 1000,
          maturity_us: Math.max(...found.map(({ maturity }) => parseDurationMs(maturity))) * 1000,
          groupings: new Set(relationship.groupings.map(groupingKey)),
        },
      ];
    });
    for (const prepared of this.#prepared)
      for (const { signal } of prepared.signals)
        this.#bySignal.set(signal, [...(this.#bySignal.get(signal) ?? []), prepared]);
  }

  /**
   * As that of `Detection`; gives the keys of the streams that are forgotten: those of which nothing waits, and of which
   * the version knows nothing, so that they could not be judged.
   */
  expect(expectations: Expectations, open: ReadonlySet<string>): readonly string[] {
    this.#expectations = expectations;
    const forgotten: string[] = [];
    for (const [key, { prepared, stream, state }] of this.#watched) {
      if (state.buckets.length > 0 || open.has(key)) continue;
      const { name } = prepared.relationship;
      const { segment } = stream;
      if (expectations.relationship(name, segment) !== null || expectations.mix(name, segment) !== null) continue;
      this.#watched.delete(key);
      this.#room.giveBack();
      forgotten.push(key);
    }
    return forgotten;
  }

  add(
    signal: Signal,
    segment: string,
    counted: Counted,
    span: { readonly start_us: number; readonly end_us: number },
    expected: ExpectedLevel,
  ): void {
    const related = this.#bySignal.get(signal.signal);
    if (related === undefined) return;
    for (const prepared of related) {
      if (!prepared.groupings.has(groupingOf(segment))) continue;
      const stream = streamOf(prepared, segment);
      let watched = this.#watched.get(streamKey(stream));
      if (watched === undefined) {
        if (!this.#room.hasRoom) {
          this.#room.refuse(stream, span.end_us);
          continue;
        }
        watched = this.#watch(prepared, stream);
      }
      const { state } = watched;
      const start_us = Math.floor(span.start_us / prepared.window_us) * prepared.window_us;
      let bucket = state.buckets.find((one) => one.start_us === start_us);
      if (bucket === undefined) {
        bucket = { start_us, counted: prepared.signals.map(emptyWindow) };
        state.buckets.push(bucket);
        state.buckets.sort((left, right) => left.start_us - right.start_us);
      }
      for (const [at, one] of prepared.signals.entries())
        if (one.signal === signal.signal) addObservation(bucket.counted[at]!, signal.kind, counted, span, expected);
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
      if (prepared !== undefined) this.#watch(prepared, streamOf(prepared, segment), stored);
    }
  }

  /** As that of `Detection`. */
  takeOver(before: Relationships, open: ReadonlySet<string>): void {
    for (const [, { prepared: was, stream, state }] of inTurn(before.#watched, open)) {
      const prepared = this.#prepared.find(
        ({ relationship, watcher }) =>
          isDeepStrictEqual(relationship, was.relationship) &&
          watcher.detector.name === was.watcher.detector.name &&
          isDeepStrictEqual(watcher.options, was.watcher.options),
      );
      if (prepared !== undefined && this.#room.hasRoom) this.#watch(prepared, stream, state);
    }
  }

  /** As that of `Detection`. */
  watches(key: string): boolean {
    if (this.#watched.has(key)) return true;
    const { segment } = readStreamKey(key);
    return this.#room.hasRoom && this.#prepared.some((prepared) => streamKey(streamOf(prepared, segment)) === key);
  }

  #judge(watched: WatchedRelation, bucket: Bucket, due_us: number): StreamVerdict | null {
    const { prepared, stream, state } = watched;
    const least = prepared.relationship.window_calls_min;
    if (bucket.counted.some(({ n }) => n < least)) return null;
    const window = this.#windowOf(watched, bucket);
    if (window === null) return null;
    if (state.detector === null) this.#begin(watched);
    const step = prepared.watcher.detector.step(state.detector, window);
    state.detector = step.state;
    const verdict = window.parts === undefined ? step.verdict : withPart(step.verdict, prepared.signals);
    const since_change = window.parts === undefined ? pairSinceChange(verdict, window) : mixSinceChange({ verdict });
    const baseline_version = this.#expectations!.version;
    return { stream, window, closed_us: due_us, verdict, baseline_version, since_change };
  }

  /** Null where nothing is known of the relationship, or its signals do not fit together. */
  #windowOf({ prepared, stream }: WatchedRelation, { start_us, counted }: Bucket): DetectionWindow | null {
    const { relationship, signals, window_us } = prepared;
    const { name, outcomes, parts } = relationship;
    const span = { start_us, end_us: start_us + window_us };
    if (parts === undefined) {
      const expected = this.#expectations!.relationship(name, stream.segment);
      const [x, y, both] = counted;
      return expected === null ? null : pairedWindow(span, { x: x!, y: y!, both }, outcomes, expected);
    }
    const dispersions = this.#expectations!.mix(name, stream.segment);
    if (dispersions === null) return null;
    const divided = signals.map(({ signal }, at) => ({ name: signal, counted: counted[at]! }));
    return mixWindow(span, divided, dispersions, this.#expectations!.log_threshold);
  }

  #watch(prepared: Prepared, stream: Stream, stored?: RelationState): WatchedRelation {
    const key = streamKey(stream);
    const watched = { prepared, stream, state: stored ?? { detector: null, log_threshold: 0, buckets: [] } };
    if (!this.#watched.has(key)) this.#room.take();
    this.#watched.set(key, watched);
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

function streamOf({ relationship, signals, watcher }: Prepared, segment: string): Stream {
  return {
    signal: null,
    relationship: relationship.name,
    segment,
    kind: 'relationship',
    harmful: 'either',
    detector: watcher.detector.name,
    sides: { x: signals[0]!.kind, y: signals[1]!.kind },
  };
}

function pairSinceChange(
  { change_us, units_since_change, details }: Verdict,
  window: DetectionWindow,
): SinceChange | null {
  const r = details?.r;
  if (change_us === null || r === undefined) return null;
  const { correlation, correlation_low, correlation_high } = window.expected_correlation!;
  return {
    n: Math.round(units_since_change),
    observed: r,
    expected: correlation,
    expected_low: correlation_low,
    expected_high: correlation_high,
  };
}

/** The verdict on a mix with the name of the part that has moved. What one part gains others lose: any change is harm. */
function withPart(verdict: Verdict, signals: readonly Signal[]): Verdict {
  const part = verdict.details?.part;
  return part === undefined ? verdict : { ...verdict, part: signals[part]?.signal ?? REST_PART };
}
