import { SetAsideFrames } from './damage.js';

/** Segments behind lost ones are numbered by frames up to here: file names have eight digits. */
const LEAP_NUMBER_MAX = 50_000_000;

/** From where on a log goes on, so that nothing of frames that were lost is given once more (docs/decisions/0053). */
export interface BehindLost {
  /**
   * The lowest epoch. Frames that are set aside may have raised it, who knows how far; but it begins with 1, and each start
   * raises it in a frame of its own: none is higher than the number of frames up to its own.
   */
  readonly epoch_min: number;
  /**
   * The lowest number of a segment. One has a frame at the least: so none of those that were lost at the end has this number,
   * nor does its file, if it turns up.
   */
  readonly segment_min: number;
}

/** @param next_frame ordinal of the frame that the log goes on with */
export function behindLost(data_dir: string, next_frame: number): BehindLost {
  const set_aside = SetAsideFrames.of(data_dir);
  return {
    epoch_min: set_aside.records.length > 0 ? next_frame + 1 : 0,
    segment_min: set_aside.has(next_frame - 1) ? Math.min(next_frame, LEAP_NUMBER_MAX) : 0,
  };
}
