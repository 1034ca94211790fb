import { existsSync, statSync } from 'node:fs';
import { PlumblineError } from '../../contracts/errors.js';
import { DamagedPlace, damagedError, damagedFolder } from './damage.js';
import { logEndFile } from './log-end.js';
import { liveSegmentFiles, logFolder, segmentFiles } from './segment-files.js';
import { isKept } from './segment-summary.js';
import { findHeads } from './stored-frames.js';

/**
 * A log that ends before a frame which somebody has read in it: files of it are gone, and with them `log/end`, or that note
 * alone.
 * @param frame ordinal of the last frame that was read
 * @param landed events that had landed by then
 * @throws PlumblineError LOG_FRAME_DAMAGED when frames are missing that are not set aside
 */
export function refuseShort(data_dir: string, frame: number, landed: number): void {
  let landed_here = 0;
  const heads = findHeads(data_dir);
  let step = heads.next();
  for (; step.done !== true; step = heads.next())
    landed_here = (isKept(step.value) ? step.value.summary.last : step.value.metadata).conservation.landed;
  const { next_frame } = step.value;
  if (next_frame > frame) return;
  const file = segmentFiles(data_dir).at(-1);
  const end = file === undefined ? 0 : statSync(file).size;
  throw damagedError(
    new DamagedPlace(file ?? logFolder(data_dir), {
      at: end,
      end,
      first_frame: next_frame,
      next_frame: frame + 1,
      events: landed >= landed_here ? landed - landed_here : null,
      what: 'the log ends before, and the store has applied more of it: files of the log are gone, or the store is that of another log',
    }),
  );
}

/**
 * A folder of a log without any trace of one, beside a store that has applied some: it is away rather than lost. A log that
 * was begun there could never be put together with it.
 * @param applied what the store tells of it
 * @throws PlumblineError DATA_DIRECTORY_INVALID
 */
export function refuseAway(data_dir: string, applied: string): void {
  const [folder, damaged] = [logFolder(data_dir), damagedFolder(data_dir)];
  if (liveSegmentFiles(data_dir).length > 0 || existsSync(logEndFile(data_dir)) || existsSync(damaged)) return;
  throw new PlumblineError('DATA_DIRECTORY_INVALID', `there is no log in "${folder}"`, {
    detail: `the store beside it ${applied}: the disk of the log is not mounted, or the folder was moved or removed`,
    hint:
      'Mount it or put the folder back, and start again: nothing was changed. If the log is gone for good, make the folder ' +
      `"${damaged}": the next start notes there what is missing, tells and counts it, and goes on with a new log.`,
  });
}
