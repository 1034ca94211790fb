import { archiveDue } from '../../../pipelines/land/archive-due.js';
import { draftArchive, placeDraft, removeSegment } from '../../../pipelines/land/archive-segment.js';
import { wordsOf } from '../../../pipelines/land/rewrite-archived.js';

/** Archives the closed segments of a log that nobody has open; gives the files that went. */
export async function archiveAll(data_dir: string, segments_max = Number.POSITIVE_INFINITY): Promise<string[]> {
  const words = wordsOf(data_dir);
  const gone: string[] = [];
  while (gone.length < segments_max) {
    const due = archiveDue(data_dir, null);
    if (due === null) break;
    placeDraft(data_dir, await draftArchive(data_dir, due.file, words, new AbortController().signal));
    removeSegment(data_dir, due.file);
    gone.push(due.file);
  }
  return gone;
}
