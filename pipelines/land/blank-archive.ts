import type { Store } from '../store.js';
import { archivedHeads, parquetFiles } from './archive-files.js';
import { framesIn, type Words } from './archive-segment.js';
import { damagedFile } from './archive-sums.js';
import { openArchiveStore } from './archived-rows.js';
import type { Blanking } from './blank-contact.js';
import { draftAnew } from './rewrite-archived.js';

/**
 * A person in the rows of the archive: found by a query, and taken out by writing their segments anew, since compressed
 * bytes cannot be patched.
 */

/** Where a person is looked for in the archive. */
export interface ArchiveSearch {
  /** Only in segments that begin with this frame or one before: whoever has the token in later ones is somebody new. */
  readonly until_frame?: number | null;
  readonly signal?: AbortSignal;
}

/** Heads of the segments that hold a person, or may; the calls are noted. Changes nothing. */
export async function findInArchive(
  data_dir: string,
  blanking: Blanking,
  { until_frame = null, signal }: ArchiveSearch = {},
): Promise<string[]> {
  const heads = archivedHeads(data_dir).filter((file) => until_frame === null || firstFrame(file) <= until_frame);
  if (heads.length === 0) return [];
  const named: string[] = [];
  const store = await openArchiveStore(data_dir);
  try {
    for (const heads_file of heads) {
      signal?.throwIfAborted();
      if (await isNamedIn(store, heads_file, blanking)) named.push(heads_file);
    }
  } finally {
    await store.close();
  }
  return named;
}

/** Ordinal of the first frame of an archived segment; 0 when none can be read. */
function firstFrame(heads_file: string): number {
  for (const { metadata } of framesIn(heads_file)) return metadata.ordinal;
  return 0;
}

/**
 * Whether a segment holds the person, or may: of a file that is not what was written, neither the statistics by which a
 * query leaves out parts of it tell anything, nor that nothing was found.
 */
async function isNamedIn(store: Store, heads_file: string, blanking: Blanking): Promise<boolean> {
  const files = parquetFiles(heads_file);
  if (files.length === 0) return false;
  const isWhole = damagedFile(heads_file, files) === null;
  await store.setVariable('archive_files', files);
  const asked = store.rows('staging/archived_calls', { token: String(blanking.keys.token) });
  const calls = isWhole ? await asked : await asked.catch(() => []);
  for (const { call_key } of calls) if (call_key !== null) blanking.noteCall(BigInt(call_key as string));
  return !isWhole || calls.length > 0;
}

/**
 * Writes an archived segment anew without the person; see `draftAnew`.
 * @throws PlumblineError LOG_FRAME_DAMAGED; the reason of the signal
 */
export async function draftBlanked(
  data_dir: string,
  heads_file: string,
  words: Words,
  blanking: Blanking,
  signal?: AbortSignal,
): Promise<string> {
  let events = 0;
  const change = (batch: Parameters<Blanking['tokensOf']>[0]) => {
    events += blanking.tokensOf(batch);
  };
  const draft = await draftAnew(data_dir, heads_file, words, change, signal);
  blanking.events += events;
  return draft;
}
