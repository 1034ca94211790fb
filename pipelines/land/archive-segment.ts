import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PlumblineError } from '../../contracts/errors.js';
import { makeFolder, syncFolder } from '../durable-files.js';
import type { LoggedFrame } from '../log-scan.js';
import type { Store } from '../store.js';
import {
  archivedHeads,
  archiveFolder,
  dayFolders,
  namesIn,
  parquetFiles,
  stemOf,
  sumsFile,
  twinFile,
} from './archive-files.js';
import { sumsOf, writeSums } from './archive-sums.js';
import { openArchiveStore, wordRows } from './archived-rows.js';
import { batchOf } from './arrow-batch.js';
import { SetAsideFrames } from './damage.js';
import { encodeHead, hashOf, padded } from './frame.js';
import { type WholeFrame, wholeFrames } from './frame-batches.js';
import { OTHER_BYTES } from './other-events.js';
import { hashOfRows } from './rows-hash.js';
import { logFolder, segmentNumber, writeAt } from './segment-files.js';
import { footerOf } from './segment-footer.js';
import { type FoundFrame, foundIn, isHole } from './segment-frames.js';
import { encodeSegmentHead } from './segment-head.js';
import { readSummary } from './segment-summary.js';
import { findFrames, readFrame, type StoredFrame } from './stored-frames.js';

/**
 * A closed segment becomes a part of the archive: its rows are written as Parquet and its heads beside them, in a folder
 * of their own; they are read back, every row by its sum; then they are put in place, the heads last, and the segment
 * goes. Whatever a crash leaves of it is ended or removed by the next start (`finishArchiving`).
 */

/** Words of dictionary columns, by id. */
export type Words = ReadonlyMap<string, readonly string[]>;

const DRAFT_FOLDER = 'writing';

export function draftFolder(data_dir: string): string {
  return join(archiveFolder(data_dir), DRAFT_FOLDER);
}

/**
 * Writes a closed segment for the archive and reads it back. Changes nothing of the log.
 * @returns path of the heads, in the folder of drafts
 * @throws PlumblineError LOG_FRAME_DAMAGED, LOG_WRITE_FAILED
 */
export function draftArchive(data_dir: string, segment: string, words: Words, signal: AbortSignal): Promise<string> {
  const name = `${basename(segment, '.arrow')}.0.frames`;
  return draft(data_dir, name, words, signal, (heads) => framesOf(heads, data_dir, segment, signal));
}

/** What a segment that is archived is written anew of. */
export interface ArchivedAnew {
  readonly generation: number;
  readonly frames: readonly WholeFrame[];
  readonly words: Words;
  readonly signal: AbortSignal;
}

/** As `draftArchive`, of a segment that is archived: another generation of it, of the frames given. */
export function draftArchived(
  data_dir: string,
  heads_file: string,
  { generation, frames, words, signal }: ArchivedAnew,
): Promise<string> {
  const name = `${basename(heads_file).slice(0, 8)}.${generation}.frames`;
  return draft(data_dir, name, words, signal, (heads) => given(heads, frames, signal));
}

async function draft(
  data_dir: string,
  name: string,
  words: Words,
  signal: AbortSignal,
  frames: (heads: HeadsFile) => Iterable<LoggedFrame>,
): Promise<string> {
  const folder = draftFolder(data_dir);
  removeDraft(data_dir);
  makeFolder(folder);
  // The archive has to be as durable as what is in it, before a segment goes.
  syncFolder(data_dir);
  const heads_file = join(folder, name);
  const heads = new HeadsFile(heads_file);
  const store = await openArchiveStore(data_dir);
  let counted: number;
  try {
    await writeRows(store, folder, words, () => frames(heads));
    heads.end();
    counted = await nameRows(store, heads_file);
  } finally {
    await store.close();
    heads.close();
  }
  copyFileSync(heads_file, twinFile(heads_file));
  syncFile(twinFile(heads_file));
  const read = await readBack(data_dir, heads_file, words, signal);
  if (read === heads.rows && counted === heads.rows) return heads_file;
  throw new PlumblineError('LOG_WRITE_FAILED', `segment ${segmentNumber(heads_file)} could not be archived`, {
    detail: `${heads.rows} events were written; ${counted} are in the files, ${read} could be read back`,
    hint: 'Nothing is lost: the segment stays where it is, and is tried again by itself.',
  });
}

/** Frames of a segment, for the scan; their heads go into the file of heads on the way. */
function* framesOf(heads: HeadsFile, data_dir: string, segment: string, signal: AbortSignal): Generator<LoggedFrame> {
  const set_aside = SetAsideFrames.of(data_dir);
  let is_first = true;
  for (const found of findFrames(data_dir, segment)) {
    if (found.file !== segment) return;
    if (is_first) isFollowing(data_dir, segment, found.metadata.ordinal, set_aside);
    is_first = false;
    const frame = readFrame(found, set_aside);
    yield* given(heads, [{ frame: { ...frame, rows: found.rows }, batch: batchOf(frame) }], signal);
  }
}

/** Nothing that is missing goes unseen: a segment begins where the archive ends. @throws PlumblineError LOG_FRAME_DAMAGED */
function isFollowing(data_dir: string, segment: string, ordinal: number, set_aside: SetAsideFrames): void {
  let expected = 0;
  const before = archivedHeads(data_dir).at(-1);
  const kept = before === undefined ? null : readSummary(data_dir, before);
  if (kept !== null) expected = kept.summary.last_frame + 1;
  else if (before !== undefined) for (const { metadata } of framesIn(before)) expected = metadata.ordinal + 1;
  if (ordinal === expected || set_aside.covers(expected, ordinal)) return;
  throw new PlumblineError('LOG_FRAME_DAMAGED', `"${segment}" begins with frame ${ordinal}, not with ${expected}`, {
    hint: 'Start again: what is damaged is set aside then, and the rest is archived.',
  });
}

function* given(heads: HeadsFile, frames: readonly WholeFrame[], signal: AbortSignal): Generator<LoggedFrame> {
  for (const { frame, batch } of frames) {
    signal.throwIfAborted();
    heads.add(frame, sealedIn(frame), batch.rows > 0 ? hashOfRows(batch) : '');
    if (batch.rows > 0) yield { ordinal: frame.metadata.ordinal, batch };
  }
}

/** The bytes of rejected lines, and who events of "other" are; without what else stands behind rows that are not there. */
function sealedIn({ metadata, payload }: StoredFrame): Uint8Array {
  const others = (metadata.other_rows ?? 0) * OTHER_BYTES;
  const length = metadata.rejected.reduce((total, { sealed_length }) => total + sealed_length, others);
  return payload?.subarray(metadata.arrow_length, metadata.arrow_length + length) ?? new Uint8Array();
}

async function writeRows(
  store: Store,
  folder: string,
  words: Words,
  frames: () => Iterable<LoggedFrame>,
): Promise<void> {
  for (const view of ['views/dictionary_words', 'views/logged_events']) await store.run(view);
  const ranges = [...words].map(([name, values]) => ({ name, first_id: 0, values }));
  await store.append('dictionary_values', wordRows(ranges));
  await store.setVariable('archive_folder', folder);
  store.setLog({ frames, archiveFiles: () => [] });
  await store.run('staging/archived_segment');
}

/** Names the Parquet files of a draft, makes them durable and notes their sums; gives how many events are in them. */
async function nameRows(store: Store, heads_file: string): Promise<number> {
  const folder = dirname(heads_file);
  for (const day of dayFolders(folder)) {
    const parquet = join(folder, day, `${stemOf(heads_file)}.parquet`);
    renameSync(join(folder, day, 'part0.parquet'), parquet);
    syncFile(parquet);
  }
  const files = parquetFiles(heads_file);
  await store.setVariable('archive_files', files);
  const counts = files.length === 0 ? [] : await store.rows('checks/archived_counts');
  const rowsIn = new Map(counts.map(({ file, events }) => [file as string, events as number]));
  const sums = files.map((file) => ({
    day: basename(dirname(file)),
    rows: rowsIn.get(file) ?? 0,
    ...sumsOf(file),
  }));
  writeSums(heads_file, { format: 1, files: sums });
  return sums.reduce((total, { rows }) => total + rows, 0);
}

/** Reads every row of a draft by its sum; gives how many there are. @throws PlumblineError LOG_FRAME_DAMAGED */
async function readBack(data_dir: string, heads_file: string, words: Words, signal: AbortSignal): Promise<number> {
  let rows = 0;
  for await (const { batch } of wholeFrames(data_dir, framesIn(heads_file), () => true, words)) {
    signal.throwIfAborted();
    rows += batch.rows;
  }
  return rows;
}

/** Heads of an archived segment. */
export function* framesIn(heads_file: string): Generator<FoundFrame> {
  for (const found of foundIn(heads_file)) if (!isHole(found)) yield found;
}

/** Puts a draft in its place; from then on its segment is archived. Durable when it returns. */
export function placeDraft(data_dir: string, draft_heads: string): string {
  const folder = archiveFolder(data_dir);
  for (const file of parquetFiles(draft_heads)) {
    const day = join(folder, basename(dirname(file)));
    if (!existsSync(day)) mkdirSync(day, { mode: 0o700 });
    renameSync(file, join(day, basename(file)));
    syncFolder(day);
  }
  const heads_file = join(folder, basename(draft_heads));
  renameSync(sumsFile(draft_heads), sumsFile(heads_file));
  renameSync(twinFile(draft_heads), twinFile(heads_file));
  syncFolder(folder);
  renameSync(draft_heads, heads_file);
  syncFolder(folder);
  removeDraft(data_dir);
  return heads_file;
}

/** Removes a segment whose rows are in the archive. */
export function removeSegment(data_dir: string, segment: string): void {
  rmSync(segment);
  syncFolder(logFolder(data_dir));
}

export function removeDraft(data_dir: string): void {
  rmSync(draftFolder(data_dir), { recursive: true, force: true });
}

/** Files of the archive that no heads stand for: of a segment that was not put in place, or was replaced. */
export function removeStrays(data_dir: string): void {
  const folder = archiveFolder(data_dir);
  const stems = new Set(archivedHeads(data_dir).map(stemOf));
  const isStray = (name: string) =>
    /\.(frames|twin|sums|parquet)(\.new)?$/.test(name) &&
    (name.endsWith('.new') || !stems.has(name.slice(0, name.lastIndexOf('.'))));
  for (const part of ['.', ...dayFolders(folder)])
    for (const name of namesIn(join(folder, part)).filter(isStray)) {
      const file = join(folder, part, name);
      if (!statSync(file).isFile()) continue;
      rmSync(file);
      syncFolder(dirname(file));
    }
}

function syncFile(file: string): void {
  const fd = openSync(file, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A segment without rows, while it is written. */
export class HeadsFile {
  readonly #fd: number;
  readonly #number: number;
  #position = 0;
  /** Of the rows whose sums are noted. */
  rows = 0;

  constructor(file: string) {
    this.#fd = openSync(file, 'wx', 0o600);
    this.#number = segmentNumber(file);
  }

  /** @param rows_hash '' of a frame that has no rows, or has lost them */
  add({ kind, rows, metadata }: Omit<StoredFrame, 'payload'>, sealed: Uint8Array, rows_hash: string): void {
    if (this.#position === 0) this.#write([encodeSegmentHead(this.#number, metadata.ordinal)]);
    const { body_format: _, ...kept } = metadata;
    const bare = { ...kept, batch_offset: -1, arrow_length: 0, dictionary_blocks: [], batch_blocks: [], rows_hash };
    const head = encodeHead(kind, rows, bare, { length: sealed.length, hash: hashOf([sealed]) });
    this.#write([head, sealed, new Uint8Array(padded(sealed.length) - sealed.length)]);
    if (rows_hash !== '') this.rows += rows;
  }

  /** Ends the file as a segment ends; durable when it returns. */
  end(): void {
    this.#write(footerOf({ dictionaries: [], batches: [] }));
    fsyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(chunks: readonly Uint8Array[]): void {
    this.#position += writeAt(this.#fd, chunks, this.#position);
  }
}
