import { statSync } from 'node:fs';
import { DamagedPlace, damagedError } from './damage.js';
import { logFolder, segmentFiles } from './segment-files.js';
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
