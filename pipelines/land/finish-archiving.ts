import { rmSync } from 'node:fs';
import { PlumblineError } from '../../contracts/errors.js';
import { syncFolder } from '../durable-files.js';
import { archivedHeads, archiveFolder, stemOf } from './archive-files.js';
import { removeDraft, removeSegment, removeStrays } from './archive-segment.js';
import { readSums } from './archive-sums.js';
import { mendTwins } from './archive-twins.js';
import { SetAsideFrames } from './damage.js';
import { wholeFrames } from './frame-batches.js';
import { draftAnew, replaceArchived, wordsOf } from './rewrite-archived.js';
import { liveSegmentFiles, segmentNumber } from './segment-files.js';
import { findFrames } from './stored-frames.js';

/**
 * Ends what a crash has cut short of the archive; the caller owns the log. A draft goes; a segment that is in archive and
 * log goes from the log once every row in the archive has been read, else from the archive.
 * @throws PlumblineError LOG_FRAME_DAMAGED of anything else
 */
export async function finishArchiving(data_dir: string): Promise<void> {
  removeDraft(data_dir);
  removeStrays(data_dir);
  mendTwins(data_dir);
  const live = new Map(liveSegmentFiles(data_dir).map((file) => [segmentNumber(file), file]));
  for (const heads_file of archivedHeads(data_dir)) {
    const segment = live.get(segmentNumber(heads_file));
    if (segment === undefined) continue;
    // To read it, all heads before it are read, those that a summary stands for too.
    mendTwins(data_dir, 0);
    if (await isReadable(data_dir, heads_file)) removeSegment(data_dir, segment);
    else {
      rmSync(heads_file);
      syncFolder(archiveFolder(data_dir));
      removeStrays(data_dir);
    }
  }
  await leaveOutLost(data_dir);
}

/**
 * A file of which frames had to be given up is written anew without them: what is left can be queried again. So is one
 * whose sums are not what was written, which nobody can scrub.
 */
async function leaveOutLost(data_dir: string): Promise<void> {
  const damaged = new Set(SetAsideFrames.of(data_dir).records.map(({ file }) => file));
  for (const heads_file of archivedHeads(data_dir))
    if (damaged.has(`${stemOf(heads_file)}.parquet`) || readSums(heads_file) === null)
      replaceArchived(data_dir, await draftAnew(data_dir, heads_file, wordsOf(data_dir), () => undefined));
}

async function isReadable(data_dir: string, heads_file: string): Promise<boolean> {
  try {
    const frames = wholeFrames(data_dir, findFrames(data_dir), ({ file }) => file === heads_file);
    for await (const _ of frames);
    return true;
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    if (error.message.includes(`${stemOf(heads_file)}.`)) return false;
    throw error;
  }
}
