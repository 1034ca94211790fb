import { cpSync, linkSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { isArchived, twinFile } from '../../pipelines/land/archive-files.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';

/**
 * The directory that a process leaves, as it is now, for the one that comes next; what still goes on in the process reaches
 * none of it.
 * @param to new
 * @param has_whole_summaries the closed files of the log are the very files, by another name, so that their summaries are still
 * of them: nothing writes to one in place, only the last is written to. When not, all are copies, and have no summary.
 */
export function leaveDirectory(from: string, to: string, has_whole_summaries: boolean): void {
  const same = has_whole_summaries ? closedFiles(from) : [];
  const paths = new Set(same.map((file) => resolve(file)));
  cpSync(from, to, { recursive: true, filter: (file) => !paths.has(resolve(file)) });
  for (const file of same) linkSync(file, resolve(to, relative(from, file)));
}

function closedFiles(data_dir: string): string[] {
  const files = segmentFiles(data_dir).slice(0, -1);
  return files.flatMap((file) => (isArchived(file) ? [file, twinFile(file)] : [file]));
}
