import type { ExpectedLevel } from '../../contracts/detector.js';
import type { Signal } from '../../contracts/signal.js';
import type { ClosedObservations } from './closed-observations.js';
import { type Expectations, HOURS, type LevelsOfStream } from './expectations.js';
import { divides, groupingKey, groupingOf, segmentWithin } from './segment-grouping.js';
import { sizeOf } from './window.js';
import { addLeaf, beginMix, emptyMix, type LeafMix } from './window-parts.js';

/**
 * Part of the history's size at an hour of the week that the parts with a sufficient level must have brought, for a
 * segment to be held against them. What is left is held against the segment's own level, which is that of all its
 * calls: where those others lie a whole log odds away, the level put together is off by a tenth of one, half of the
 * smallest shift that detectors look for.
 */
const COVERED_SHARE_MIN = 0.9;

/** A grouping that divides a segment. */
interface Division {
  readonly grouping: string;
  segments: number;
  /** Size that its segments with a sufficient level brought in the history, by hour of the week. */
  readonly size: Float64Array;
}

/** A segment that at least one watched grouping divides. */
interface Divided {
  /** Its own in the history, by hour of the week. */
  readonly size: Float64Array;
  /** Finest first: most dimensions, then most segments, then by name. */
  readonly divisions: Division[];
  readonly mix: LeafMix;
  own: ExpectedLevel | null;
  /** The minute that `mix` is of. */
  start_us: number;
}

/**
 * Which parts a segment is held against, and what they brought in the minute at hand. The leaves of a segment at an hour
 * of the week are those of the finest watched grouping (most dimensions; of equals the one with most segments) whose
 * segments with a sufficient level brought nearly all of the segment's history at that hour. It follows from the
 * configuration and the version of the baselines alone.
 */
export class LeafMixes {
  readonly #expectations: Expectations;
  readonly #divided = new Map<string, Map<string, Divided>>();
  /** The segments that a segment is a part of. */
  readonly #wholes = new Map<string, readonly string[]>();

  /** @param groupings those that are watched, as lists of dimensions. */
  constructor(expectations: Expectations, groupings: readonly (readonly string[])[]) {
    this.#expectations = expectations;
    const keys = [...new Set(groupings.map(groupingKey))];
    const sizes = new Map<string, Float64Array>();
    for (const { signal, segment, size } of expectations.streams()) sizes.set(`${signal}|${segment}`, size);
    for (const stream of expectations.streams()) {
      const { signal, segment } = stream;
      const grouping = groupingOf(segment);
      if (!keys.includes(grouping)) continue;
      const wholes = keys.filter((key) => divides(grouping, key)).map((key) => segmentWithin(segment, key));
      if (wholes.length > 0) this.#wholes.set(segment, wholes);
      for (const whole of wholes) {
        const whole_size = sizes.get(`${signal}|${whole}`);
        if (whole_size !== undefined) this.#count(stream, whole, whole_size);
      }
    }
    for (const ofSignal of this.#divided.values())
      for (const { divisions } of ofSignal.values()) divisions.sort(byFineness);
  }

  /**
   * Takes the observations of one signal in one minute, positions `from` up to `to`, beside what is expected of each
   * (`expected` begins at `from`; null where nothing is known).
   */
  gather(
    signal: Signal,
    observations: ClosedObservations,
    from: number,
    to: number,
    expected: readonly (ExpectedLevel | null)[],
  ): void {
    const ofSignal = this.#divided.get(signal.signal);
    // Dense signals count minutes: every part has the same number of them, so there is no mix.
    if (ofSignal === undefined || signal.dense) return;
    const { streams, stream, n, exposure_ms, window_us } = observations;
    for (let row = from; row < to; row++) {
      const { segment } = streams[stream[row]!]!;
      const own = expected[row - from]!;
      const divided = ofSignal.get(segment);
      if (divided !== undefined && own !== null) this.#begin(divided, segment, own, window_us[row]!);
    }
    for (let row = from; row < to; row++) {
      const level = expected[row - from]!;
      if (level === null || !level.is_sufficient) continue;
      const { segment } = streams[stream[row]!]!;
      const wholes = this.#wholes.get(segment);
      if (wholes === undefined) continue;
      const size = sizeOf(signal.kind, { n: n[row]!, exposure_ms: exposure_ms[row]! });
      for (const whole of wholes) {
        const divided = ofSignal.get(whole);
        if (divided === undefined || divided.start_us !== window_us[row] || !(size > 0)) continue;
        if (divided.mix.grouping === groupingOf(segment)) addLeaf(divided.mix, segment, size, level, divided.own!);
      }
    }
  }

  /** What the parts of a segment brought in a minute that `gather` has taken; null where it is not held against them. */
  mixOf(signal: string, segment: string, start_us: number): LeafMix | null {
    const divided = this.#divided.get(signal)?.get(segment);
    return divided === undefined || divided.start_us !== start_us ? null : divided.mix;
  }

  #begin(divided: Divided, segment: string, own: ExpectedLevel, start_us: number): void {
    const hour = this.#expectations.hourOfWeek(segment, start_us);
    divided.own = own;
    divided.start_us = start_us;
    const least = COVERED_SHARE_MIN * divided.size[hour]!;
    const leaves = divided.divisions.find(({ size }) => size[hour]! > 0 && size[hour]! >= least);
    // Parts of no grouping: a grouping that divides has at least one dimension, so none has this name.
    beginMix(divided.mix, leaves?.grouping ?? '');
  }

  #count({ signal, segment, size, is_sufficient }: LevelsOfStream, whole: string, whole_size: Float64Array): void {
    let ofSignal = this.#divided.get(signal);
    if (ofSignal === undefined) {
      ofSignal = new Map();
      this.#divided.set(signal, ofSignal);
    }
    let divided = ofSignal.get(whole);
    if (divided === undefined) {
      divided = { divisions: [], size: whole_size, mix: emptyMix(), own: null, start_us: Number.NaN };
      ofSignal.set(whole, divided);
    }
    const grouping = groupingOf(segment);
    let division = divided.divisions.find((one) => one.grouping === grouping);
    if (division === undefined) {
      division = { grouping, segments: 0, size: new Float64Array(HOURS) };
      divided.divisions.push(division);
    }
    division.segments++;
    for (let hour = 0; hour < HOURS; hour++) if (is_sufficient[hour] === 1) division.size[hour]! += size[hour]!;
  }
}

function byFineness(left: Division, right: Division): number {
  const dimensions = ({ grouping }: Division) => grouping.split(',').length;
  return (
    dimensions(right) - dimensions(left) || right.segments - left.segments || (left.grouping < right.grouping ? -1 : 1)
  );
}
