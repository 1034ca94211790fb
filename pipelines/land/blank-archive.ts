import type { Batch } from '../../contracts/batch.js';
import { archivedHeads, parquetFiles } from './archive-files.js';
import { removeStrays } from './archive-segment.js';
import { openArchiveStore } from './archived-rows.js';
import type { ForgottenContact } from './forgotten-contact.js';
import { rewriteArchived, wordsOf } from './rewrite-archived.js';

/**
 * Takes a person's token out of the archive: a segment that holds it is written anew with the stand-in.
 * @param onBatch called with what held the token, before it is replaced
 * @returns how many tokens were replaced
 * @throws PlumblineError LOG_FRAME_DAMAGED
 */
export async function blankArchive(
  data_dir: string,
  { token, stand_in }: ForgottenContact,
  onBatch: (batch: Batch) => void,
): Promise<number> {
  removeStrays(data_dir);
  const [old, other] = [wordOf(token), wordOf(stand_in)];
  const named = await headsNaming(data_dir, old);
  if (named.length === 0) return 0;
  const words = wordsOf(data_dir);
  let count = 0;
  for (const heads_file of named)
    await rewriteArchived(data_dir, heads_file, words, (batch) => {
      count += replacedIn(batch, old, other, onBatch);
    });
  return count;
}

/** Archived segments that hold a token. One whose files cannot be read may. */
async function headsNaming(data_dir: string, token: bigint): Promise<string[]> {
  const all = archivedHeads(data_dir);
  if (all.length === 0) return [];
  const named: string[] = [];
  const store = await openArchiveStore(data_dir);
  try {
    for (const heads_file of all) {
      const files = parquetFiles(heads_file);
      if (files.length === 0) continue;
      await store.setVariable('archive_files', files);
      const rows = await store.rows('checks/archived_tokens', { token: String(token) }).catch(() => null);
      if (rows === null || Number(rows[0]!.events) > 0) named.push(heads_file);
    }
  } finally {
    await store.close();
  }
  return named;
}

function replacedIn(batch: Batch, old: bigint, other: bigint, onBatch: (batch: Batch) => void): number {
  const tokens = batch.columns.get('contact_token')?.values as BigUint64Array | undefined;
  if (tokens === undefined || !tokens.includes(old)) return 0;
  onBatch(batch);
  let count = 0;
  for (let row = 0; row < tokens.length; row++) {
    if (tokens[row] !== old) continue;
    tokens[row] = other;
    count++;
  }
  return count;
}

function wordOf([low, high]: Uint32Array): bigint {
  return (BigInt(high!) << 32n) | BigInt(low!);
}
