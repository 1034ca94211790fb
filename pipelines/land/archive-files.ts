import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { refuseOther } from '../open-regular.js';

/**
 * The archive: what has become of closed segments of the log. Of segment 3 there are
 *
 * - `archive/00000003.0.frames`: the heads of its frames and the sealed bytes of what was rejected, in the form of a
 *   segment. Where this file is, the segment is archived: it is put in place last.
 * - `archive/00000003.0.twin`: the same bytes once more.
 * - `archive/day=<UTC day of arrival>/00000003.0.parquet`: the rows of its frames, a file a day.
 * - `archive/00000003.0.sums`: sums of the bytes of these Parquet files.
 *
 * The second number counts how often the segment was written anew (a person was forgotten); the highest counts.
 */

const HEADS = /^(\d{8})\.(\d+)\.frames$/;

export function archiveFolder(data_dir: string): string {
  return join(data_dir, 'archive');
}

/** Files of the heads of archived segments, oldest first. */
export function archivedHeads(data_dir: string): string[] {
  const newest = new Map<string, { readonly name: string; readonly generation: number }>();
  for (const name of namesIn(archiveFolder(data_dir))) {
    const [, number, generation] = HEADS.exec(name) ?? [];
    if (number === undefined || Number(generation) < (newest.get(number)?.generation ?? 0)) continue;
    newest.set(number, { name, generation: Number(generation) });
  }
  return [...newest.values()].map(({ name }) => join(archiveFolder(data_dir), name)).sort();
}

export function isArchived(file: string): boolean {
  return file.endsWith('.frames');
}

/** `00000003.0`: what all files of an archived segment are called. */
export function stemOf(heads_file: string): string {
  return basename(heads_file, '.frames');
}

export function generationOf(heads_file: string): number {
  return Number(HEADS.exec(basename(heads_file))![2]);
}

export function sumsFile(heads_file: string): string {
  return join(dirname(heads_file), `${stemOf(heads_file)}.sums`);
}

export function twinFile(heads_file: string): string {
  return join(dirname(heads_file), `${stemOf(heads_file)}.twin`);
}

/** The Parquet files of an archived segment, by day. @throws PlumblineError LOG_FILE_UNREADABLE */
export function parquetFiles(heads_file: string): string[] {
  const folder = dirname(heads_file);
  const wanted = `${stemOf(heads_file)}.parquet`;
  return dayFolders(folder)
    .filter((day) => namesIn(join(folder, day)).includes(wanted))
    .map((day) => refuseOther(join(folder, day, wanted)));
}

/** Names of the folders of days, oldest first. */
export function dayFolders(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => name.startsWith('day='))
    .sort();
}

/** What a folder lists; nothing when it is not there. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
