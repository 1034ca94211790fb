import { relationshipSignals, type Settings } from '../../contracts/config.js';
import type { DetectionWindow, Detector, ExpectedLevel, StreamTraits } from '../../contracts/detector.js';
import { parseDurationMs } from '../../contracts/duration.js';
import type { Fill } from '../../contracts/fill.js';
import type { Signal } from '../../contracts/signal.js';
import { readStreamKey, type Stream, type StreamVerdict, streamKey } from '../policy/stream.js';
import type { ClosedObservations } from './closed-observations.js';
import { type Expectations, INHERITING } from './expectations.js';
import { LeafMixes } from './leaf-mixes.js';
import { noRecentWindows, type RecentWindows, remember, sinceChange } from './recent-windows.js';
import { Relationships, type RelationshipsState } from './relationships.js';
import { inTurn, type RefusedStream, WatchRoom } from './watch-room.js';
import { addObservation, emptyWindow, expectedOf, type OpenWindow } from './window.js';

const MINUTE_US = 60_000_000;
/** Units (minutes) a window of a dense signal waits for: silence should not take half an hour to look at. */
const DENSE_WINDOW_MINUTES = 5;
/** A new version of the baselines begins a stream afresh only when its threshold moved by more than this factor. */
const LOG_THRESHOLD_DRIFT_MAX = Math.log(1.5);

interface StreamState {
  readonly open: OpenWindow;
  readonly recent: RecentWindows;
  detector: unknown;
  log_threshold: number;
}

export interface DetectionState {
  readonly streams: Record<string, StreamState>;
  readonly relationships: RelationshipsState;
}

interface Watched {
  readonly stream: Stream;
  readonly state: StreamState;
}

/** A detector with its options, as it watches a signal. */
interface Watcher {
  readonly detector: Detector;
  readonly options: unknown;
  /** Equal for watchers that do the same. */
  readonly text: string;
}

/**
 * The detect stage: puts closed observations together to detection windows, stream by stream, and asks the detectors.
 * Everything follows from the observations and the baselines; time is event time.
 */
export class Detection {
  readonly #config: Settings;
  /** Signals with a detector of their own, and those and all that relationships look at. */
  readonly #signals: ReadonlyMap<string, Signal>;
  readonly #taken: ReadonlyMap<string, Signal>;
  readonly #watcher: Watcher;
  readonly #watcherOf: ReadonlyMap<string, Watcher>;
  readonly #window_max_us: number;
  readonly #relationships: Relationships;
  readonly #watched = new Map<string, Map<string, Watched>>();
  readonly #byKey = new Map<string, Watched>();
  readonly #changed = new Set<Watched>();
  readonly #room: WatchRoom;
  #expectations: Expectations | null = null;
  /** Null: every segment is held against its own level. */
  #mixes: LeafMixes | null = null;
  /** What is expected of the observations at hand, one signal and minute. */
  readonly #expected: (ExpectedLevel | null)[] = [];

  constructor(config: Settings, signals: readonly Signal[], detectors: Readonly<Record<string, Detector>>) {
    this.#config = config;
    const chosen = config.detect.signals;
    this.#signals = new Map(
      signals
        .filter(({ signal, watched }) => watched && (chosen === undefined || chosen.includes(signal)))
        .map((one) => [one.signal, one]),
    );
    const related = new Set(config.relationships.flatMap(relationshipSignals));
    this.#taken = new Map(
      signals.filter(({ signal }) => this.#signals.has(signal) || related.has(signal)).map((one) => [one.signal, one]),
    );
    const watcher = ({ detector, options }: Settings['detect']['by_signal'][string]): Watcher => {
      const found = detectors[detector]!;
      const parsed = found.config.parse(options);
      return { detector: found, options: parsed, text: JSON.stringify([detector, parsed]) };
    };
    this.#watcher = watcher(config.detect);
    this.#watcherOf = new Map(Object.entries(config.detect.by_signal).map(([signal, one]) => [signal, watcher(one)]));
    this.#window_max_us = parseDurationMs(config.detect.window_max) * 1000;
    this.#room = new WatchRoom(config.detect.streams_max);
    this.#relationships = new Relationships(config, signals, detectors, this.#room);
  }

  get expectations(): Expectations | null {
    return this.#expectations;
  }

  /** Streams that are watched, and those of which the version knows what to expect; as many as `streams_max` of each. */
  get fills(): readonly Fill[] {
    const max = this.#config.detect.streams_max;
    const known = [
      ['expected_streams', this.#expectations?.streams_count ?? 0],
      ['expected_relationships', this.#expectations?.relationships_count ?? 0],
    ] as const;
    return [this.#room.fill, ...known.map(([queue, filled]) => ({ queue, filled, max }))];
  }

  /**
   * Takes a new version of the baselines; evidence gathered so far is kept, for a baseline is no decision. A stream of
   * which nothing was observed in all of the history that the version has learnt from is forgotten, unless it is one of
   * `open`, the keys of streams with an open episode. Gives the keys of those forgotten.
   */
  expect(expectations: Expectations, open: ReadonlySet<string> = new Set()): readonly string[] {
    this.#expectations = expectations;
    const forgotten = this.#forget(expectations.history_from_us, open);
    const { detect, observe } = this.#config;
    this.#mixes = detect.parents === 'leaves' ? new LeafMixes(expectations, observe.groupings) : null;
    for (const watched of this.#byKey.values()) {
      if (Math.abs(watched.state.log_threshold - expectations.log_threshold) > LOG_THRESHOLD_DRIFT_MAX)
        this.#begin(watched);
    }
    return [...forgotten, ...this.#relationships.expect(expectations, open)];
  }

  /**
   * Feeds what closed up to the watermark. `decide` is called once per closing time with the verdicts of that time, and
   * names the streams whose detectors begin afresh.
   */
  feed(
    observations: ClosedObservations,
    watermark_us: number,
    decide: (verdicts: readonly StreamVerdict[]) => readonly string[],
  ): void {
    if (this.#expectations === null) return;
    const count = observations.stream.length;
    for (let row = 0; row < count; ) {
      const closed_us = observations.closed_us[row]!;
      this.#relate(closed_us - 1, decide);
      const verdicts: StreamVerdict[] = [];
      while (row < count && observations.closed_us[row] === closed_us)
        row = this.#takeMinute(observations, row, verdicts);
      if (verdicts.length > 0) this.#decide(verdicts, decide);
    }
    this.#relate(watermark_us, decide);
  }

  /** States of the streams that took an observation or began afresh since the last call, by stream key. */
  takeChanged(): [string, StreamState][] {
    const changed = [...this.#changed].map(({ stream, state }): [string, StreamState] => [streamKey(stream), state]);
    this.#changed.clear();
    return changed;
  }

  /** Streams that brought something since the last call and are not watched for want of room. */
  takeRefused(): readonly RefusedStream[] {
    return this.#room.takeRefused();
  }

  relationshipStates(): RelationshipsState {
    return this.#relationships.state();
  }

  restore(state: DetectionState): void {
    for (const [key, stored] of Object.entries(state.streams)) {
      const { name, segment } = readStreamKey(key);
      const known = this.#signals.get(name);
      if (known !== undefined) this.#watch(known, segment, stored);
    }
    this.#relationships.restore(state.relationships);
  }

  /**
   * Goes on where another configuration left off: what is watched in the same way as before keeps its evidence, as far as
   * there is room: streams of `open` (keys, with an open episode) first, then by key.
   */
  takeOver(before: Detection, open: ReadonlySet<string> = new Set()): void {
    const isSameWindow =
      before.#config.detect.window_calls === this.#config.detect.window_calls &&
      before.#window_max_us === this.#window_max_us;
    for (const [, { stream, state }] of inTurn(before.#byKey, open)) {
      const signal = this.#signals.get(stream.signal!);
      const isSame = before.#watching(stream.signal).text === this.#watching(stream.signal).text;
      const isLeftOut = this.#expectations?.leavesOut(stream.signal!, stream.segment) === true;
      if (signal === undefined || !isSame || !isSameWindow || isLeftOut || !this.#room.hasRoom) continue;
      this.#changed.add(this.#watch(signal, stream.segment, state));
    }
    this.#relationships.takeOver(before.#relationships, open);
  }

  /** Whether a stream, by key, is watched, or would be with its next observation: by the same detector, and there is room. */
  watches(key: string): boolean {
    const { name, segment } = readStreamKey(key);
    if (this.#byKey.has(key)) return true;
    if (!this.#signals.has(name)) return this.#relationships.watches(key);
    return this.#room.hasRoom && key === `${name}|${this.#watching(name).detector.name}|${segment}`;
  }

  #decide(verdicts: readonly StreamVerdict[], decide: (verdicts: readonly StreamVerdict[]) => readonly string[]): void {
    for (const key of decide(verdicts)) {
      const watched = this.#byKey.get(key);
      if (watched !== undefined) this.#begin(watched);
      else this.#relationships.begin(key);
    }
  }

  #relate(upTo_us: number, decide: (verdicts: readonly StreamVerdict[]) => readonly string[]): void {
    for (const group of this.#relationships.due(upTo_us)) this.#decide(group, decide);
  }

  /** Takes all observations of one signal that close at one time: those of one minute. Gives the row after them. */
  #takeMinute(observations: ClosedObservations, from: number, verdicts: StreamVerdict[]): number {
    const { streams, stream, closed_us, window_us } = observations;
    const name = streams[stream[from]!]!.signal;
    const signal = this.#taken.get(name);
    let to = from;
    this.#expected.length = 0;
    for (; to < stream.length && closed_us[to] === closed_us[from]; to++) {
      const { signal: other, segment } = streams[stream[to]!]!;
      if (other !== name) break;
      if (signal !== undefined) this.#expected.push(this.#expectations!.at(name, segment, window_us[to]!));
    }
    if (signal === undefined) return to;
    if (this.#signals.has(name)) this.#mixes?.gather(signal, observations, from, to, this.#expected);
    for (let row = from; row < to; row++) {
      const verdict = this.#take(signal, observations, row, this.#expected[row - from]!);
      if (verdict !== null) verdicts.push(verdict);
    }
    return to;
  }

  #take(
    signal: Signal,
    observations: ClosedObservations,
    row: number,
    expected: ExpectedLevel | null,
  ): StreamVerdict | null {
    const { segment } = observations.streams[observations.stream[row]!]!;
    const start_us = observations.window_us[row]!;
    if (expected === null) {
      // It would start with what is expected of everything: whether it has a level of its own is not known any more.
      if (INHERITING.test(segment) && this.#expectations!.leavesOut(signal.signal, segment))
        this.#refuse(signal, segment, start_us);
      return null;
    }
    const counted = {
      n: observations.n[row]!,
      total: observations.total[row]!,
      exposure_ms: observations.exposure_ms[row]!,
      total_squares: observations.total_squares[row]!,
    };
    const span = { start_us, end_us: start_us + MINUTE_US };
    this.#relationships.add(signal, segment, counted, span, expected);
    if (!this.#signals.has(signal.signal)) return null;
    let watched = this.#watched.get(signal.signal)?.get(segment);
    if (watched === undefined) {
      if (!this.#room.hasRoom) {
        this.#refuse(signal, segment, start_us);
        return null;
      }
      watched = this.#watch(signal, segment);
    }
    this.#changed.add(watched);
    const { open } = watched.state;
    const mix = this.#mixes?.mixOf(signal.signal, segment, start_us) ?? null;
    addObservation(open, signal.kind, counted, span, expected, mix);
    const wanted = signal.dense ? DENSE_WINDOW_MINUTES : this.#config.detect.window_calls;
    if (open.n < wanted && span.end_us - open.start_us < this.#window_max_us) return null;
    return this.#close(watched, signal, observations.closed_us[row]!);
  }

  #close(watched: Watched, signal: Signal, closed_us: number): StreamVerdict {
    const { stream, state } = watched;
    const { start_us, end_us, n, total, exposure_ms, total_squares } = state.open;
    const window: DetectionWindow = {
      start_us,
      end_us,
      n,
      total,
      exposure_ms,
      total_squares,
      expected: expectedOf(state.open),
    };
    Object.assign(state.open, emptyWindow());
    remember(state.recent, signal.kind, window);
    const step = this.#watching(stream.signal).detector.step(state.detector, window);
    state.detector = step.state;
    const { verdict } = step;
    return {
      stream,
      window,
      closed_us,
      verdict,
      baseline_version: this.#expectations!.version,
      since_change: verdict.change_us === null ? null : sinceChange(state.recent, verdict.change_us),
    };
  }

  #watch(signal: Signal, segment: string, stored?: StreamState): Watched {
    const stream: Stream = {
      signal: signal.signal,
      relationship: null,
      segment,
      kind: signal.kind,
      harmful: signal.harmful,
      detector: this.#watching(signal.signal).detector.name,
      upper: signal.upper,
    };
    const state = stored ?? { open: emptyWindow(), recent: noRecentWindows(), detector: null, log_threshold: 0 };
    const watched = { stream, state };
    if (stored === undefined) this.#begin(watched);
    let ofSignal = this.#watched.get(signal.signal);
    if (ofSignal === undefined) {
      ofSignal = new Map();
      this.#watched.set(signal.signal, ofSignal);
    }
    ofSignal.set(segment, watched);
    this.#room.take();
    this.#byKey.set(streamKey(stream), watched);
    return watched;
  }

  #refuse({ signal }: Signal, segment: string, start_us: number): void {
    if (this.#signals.has(signal)) this.#room.refuse({ signal, relationship: null, segment }, start_us + MINUTE_US);
  }

  #forget(before_us: number, open: ReadonlySet<string>): string[] {
    const forgotten: string[] = [];
    for (const [key, watched] of this.#byKey) {
      const { open: window, recent } = watched.state;
      if (Math.max(window.end_us, recent.end_us.at(-1) ?? 0) >= before_us || open.has(key)) continue;
      this.#byKey.delete(key);
      this.#watched.get(watched.stream.signal!)!.delete(watched.stream.segment);
      this.#changed.delete(watched);
      this.#room.giveBack();
      forgotten.push(key);
    }
    return forgotten;
  }

  /** A detector begins afresh, also one of which nothing was observed just now: that it has begun is part of its state. */
  #begin(watched: Watched): void {
    const { stream, state } = watched;
    this.#changed.add(watched);
    state.log_threshold = this.#expectations!.log_threshold;
    const traits: StreamTraits = {
      kind: stream.kind,
      harmful: stream.harmful,
      upper: stream.upper,
      log_threshold: state.log_threshold,
    };
    const { detector, options } = this.#watching(stream.signal);
    state.detector = detector.init(options, traits);
  }

  #watching(signal: string | null): Watcher {
    return (signal === null ? undefined : this.#watcherOf.get(signal)) ?? this.#watcher;
  }
}
