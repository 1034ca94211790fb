import type { Detector } from '../../../contracts/detector.js';
import { isSelfTaught } from '../methods.js';
import { UNKNOWN } from './detection.js';
import { LearntLevel } from './learnt-level.js';

/** A detector as it watches labelled series: one setting, and one threshold, for all of them. */
export interface SeriesWatch {
  readonly detector: Detector;
  readonly options: unknown;
  readonly log_threshold: number;
}

/** A drift as it was told: the row at which it was known, and the first row of the new level as estimated then. */
export interface ToldChange {
  readonly known_at: number;
  readonly at: number;
}

/**
 * What a detector tells of one series, row by row, each a window of one value; nothing is known of a row before it has
 * come. A detector that is held against a baseline gets the mean and the spread of the rows so far, and begins anew, with
 * what is learnt, when it has told of a drift; one that learns by itself goes on.
 *
 * @param at_us times of the rows; rows count where none are known
 */
export function toldChanges(watch: SeriesWatch, values: readonly number[], at_us?: readonly number[]): ToldChange[] {
  const { detector, options, log_threshold } = watch;
  const begin = () => detector.init(options, { kind: 'mean', harmful: 'either', log_threshold });
  const is_self_taught = isSelfTaught(detector.name);
  const told: ToldChange[] = [];
  let state = begin();
  let learnt = new LearntLevel();
  for (const [row, value] of values.entries()) {
    const time_us = at_us?.[row] ?? row;
    const step = detector.step(state, {
      start_us: time_us,
      end_us: time_us,
      n: 1,
      total: value,
      exposure_ms: 0,
      total_squares: value * value,
      expected: is_self_taught ? UNKNOWN : learnt.expected(),
    });
    state = step.state;
    learnt.learn(value);
    if (step.verdict.state !== 'drift') continue;
    told.push({ known_at: row, at: rowOf(step.verdict.change_us, row, at_us) });
    if (is_self_taught) continue;
    state = begin();
    learnt = new LearntLevel();
  }
  return told;
}

/** The row of a time, at most `row`, where it is known. */
function rowOf(change_us: number | null, row: number, at_us: readonly number[] | undefined): number {
  if (change_us === null) return row;
  if (at_us === undefined) return Math.min(row, change_us);
  const found = at_us.findLastIndex((time_us, index) => index <= row && time_us <= change_us);
  return found < 0 ? row : found;
}

/**
 * Several dimensions, each watched by itself: a change of any is a change of the series. What another dimension tells of a
 * change that was known already is the same change.
 */
export function toldOfAny(dimensions: readonly (readonly ToldChange[])[]): ToldChange[] {
  const all = dimensions
    .flatMap((told, dimension) => told.map((change) => ({ change, dimension })))
    .sort((one, other) => one.change.known_at - other.change.known_at || one.dimension - other.dimension);
  const kept: typeof all = [];
  for (const one of all) {
    const is_known = kept.some(
      ({ change, dimension }) => dimension !== one.dimension && change.known_at >= one.change.at,
    );
    if (!is_known) kept.push(one);
  }
  return kept.map(({ change }) => change);
}
