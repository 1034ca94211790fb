import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PlumblineError } from '../../contracts/errors.js';
import { syncFolder } from '../durable-files.js';
import { archivedHeads, archiveFolder, dayFolders, namesIn, stemOf } from './archive-files.js';
import { removeDraft, removeSegment } from './archive-segment.js';
import { wholeFrames } from './frame-batches.js';
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
  const live = new Map(liveSegmentFiles(data_dir).map((file) => [segmentNumber(file), file]));
  for (const heads_file of archivedHeads(data_dir)) {
    const segment = live.get(segmentNumber(heads_file));
    if (segment === undefined) continue;
    if (await isReadable(data_dir, heads_file)) removeSegment(data_dir, segment);
    else {
      rmSync(heads_file);
      syncFolder(archiveFolder(data_dir));
      removeStrays(data_dir);
    }
  }
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

/** Files of the archive that no heads stand for: of a segment that was not put in place, or was replaced. */
function removeStrays(data_dir: string): void {
  const folder = archiveFolder(data_dir);
  const stems = new Set(archivedHeads(data_dir).map(stemOf));
  const isStray = (name: string) =>
    /\.(frames|sums|parquet)(\.new)?$/.test(name) &&
    (name.endsWith('.new') || !stems.has(name.slice(0, name.lastIndexOf('.'))));
  for (const part of ['.', ...dayFolders(folder)])
    for (const name of namesIn(join(folder, part)).filter(isStray)) rmSync(join(folder, part, name));
}
