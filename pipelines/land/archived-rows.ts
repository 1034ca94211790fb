import type { Batch } from '../../contracts/batch.js';
import { spillFolder } from '../spill-folder.js';
import type { AppendColumn } from '../store.js';
import { Store } from '../store.js';
import { parquetFiles } from './archive-files.js';
import { damagedFile } from './archive-sums.js';
import { emptyBatch } from './arrow-batch.js';
import { sliceColumns } from './batch-slice.js';
import { DamagedPlace, damagedError, type SetAsideFrames } from './damage.js';
import type { FrameMetadata } from './frame.js';
import { hashOfRows } from './rows-hash.js';
import type { FoundFrame } from './segment-frames.js';

const MEMORY_MIB_MAX = 256;
const SPILL_MIB_MAX = 8_192;

/** A store in memory for what is done to the archive: apart from the derived store, so that neither can harm the other. */
export async function openArchiveStore(data_dir: string): Promise<Store> {
  const store = await Store.open({
    path: ':memory:',
    threads: 1,
    memory_mib_max: MEMORY_MIB_MAX,
    spill_mib_max: SPILL_MIB_MAX,
    temp_dir: spillFolder(data_dir),
  });
  await store.run('schema/dictionary_values');
  return store;
}

/** Words of dictionary columns, as rows of `dictionary_values`. */
export function wordRows(words: readonly WordRange[]): AppendColumn[] {
  return [
    { type: 'text', values: words.flatMap(({ name, values }) => values.map(() => name)) },
    { type: 'integer32', values: words.flatMap(({ first_id, values }) => values.map((_, at) => first_id + at)) },
    { type: 'text', values: words.flatMap(({ values }) => values) },
  ];
}

export interface WordRange {
  readonly name: string;
  readonly first_id: number;
  readonly values: readonly string[];
}

/** The rows of archived frames, read back from Parquet. Nothing is opened before there is something to read. */
export class ArchivedRows {
  readonly #data_dir: string;
  #store: Store | null = null;
  /** Words that the store has not been told yet. */
  #words: WordRange[] = [];
  #heads_file = '';

  constructor(data_dir: string) {
    this.#data_dir = data_dir;
  }

  /** What the dictionaries gained: ids stand for words that came before. */
  learn(additions: FrameMetadata['additions']): void {
    for (const [name, { first_id, values }] of Object.entries(additions)) this.#words.push({ name, first_id, values });
  }

  /**
   * The batches of frames that follow one another in an archived segment.
   * @param files its Parquet files; default: where the archive has them
   * @throws PlumblineError LOG_FRAME_DAMAGED
   */
  async batches(frames: readonly FoundFrame[], set_aside: SetAsideFrames, files?: readonly string[]): Promise<Batch[]> {
    const batches = frames.map(({ metadata }) => emptyBatch(metadata));
    const filled = frames.filter(({ rows, metadata }) => rows > 0 && !set_aside.has(metadata.ordinal));
    if (filled.length === 0) return batches;
    const paths = files ?? parquetFiles(filled[0]!.file);
    const store = await this.#opened(filled[0]!.file, paths);
    const read: Batch[] = [];
    for (const run of withoutGaps(filled)) {
      const run_batches = await this.#read(store, run);
      if (run_batches === null) throw await this.#damage(store, run, paths);
      read.push(...run_batches);
    }
    const by_ordinal = new Map(filled.map(({ metadata }, index) => [metadata.ordinal, read[index]!]));
    return batches.map((batch, index) => by_ordinal.get(frames[index]!.metadata.ordinal) ?? batch);
  }

  async close(): Promise<void> {
    await this.#store?.close();
    this.#store = null;
  }

  async #opened(heads_file: string, files: readonly string[]): Promise<Store> {
    this.#store ??= await openArchiveStore(this.#data_dir);
    if (heads_file !== this.#heads_file) await this.#store.setVariable('archive_files', files);
    this.#heads_file = heads_file;
    await this.#store.append('dictionary_values', wordRows(this.#words));
    this.#words = [];
    return this.#store;
  }

  /** Null when the rows are not those that were archived. */
  async #read(store: Store, frames: readonly FoundFrame[]): Promise<Batch[] | null> {
    const [first, last] = [frames[0]!, frames.at(-1)!];
    const parameters = { first_seq: first.metadata.first_seq, end_seq: last.metadata.first_seq + last.rows };
    const all = await store.batchColumns('staging/archived_rows', parameters).catch(() => null);
    if (all === null || all.rows !== frames.reduce((total, { rows }) => total + rows, 0)) return null;
    const batches: Batch[] = [];
    let from = 0;
    for (const { rows, metadata } of frames) {
      const columns = frames.length === 1 ? all.columns : sliceColumns(all.columns, from, from + rows);
      from += rows;
      const batch = { ...emptyBatch(metadata), rows, columns };
      if (hashOfRows(batch) !== metadata.rows_hash) return null;
      batches.push(batch);
    }
    return batches;
  }

  /** The error that names the first frames, one after the other, whose rows cannot be read. */
  async #damage(store: Store, frames: readonly FoundFrame[], files: readonly string[]): Promise<Error> {
    const damaged = (await this.#unreadable(store, frames)).sort((left, right) => left - right);
    const [first = 0] = damaged;
    let end = first;
    const isNext = (index: number) =>
      index === first || frames[index]!.metadata.ordinal === frames[index - 1]!.metadata.ordinal + 1;
    while (damaged.includes(end) && isNext(end)) end++;
    const lost = frames.slice(first, Math.max(end, first + 1));
    const file = damagedFile(frames[0]!.file, files);
    const end_seq = lost.at(-1)!.metadata.first_seq + lost.at(-1)!.rows;
    const what = file?.what ?? 'its rows are not those that were archived, though the file is what was written';
    const place = new DamagedPlace(file?.path ?? frames[0]!.file, {
      at: file?.byte ?? 0,
      end: file?.byte ?? 0,
      first_frame: lost[0]!.metadata.ordinal,
      next_frame: lost.at(-1)!.metadata.ordinal + 1,
      events: lost.reduce((total, { rows }) => total + rows, 0),
      what: `${what}; its events are those with seq ${lost[0]!.metadata.first_seq} to ${end_seq - 1}`,
    });
    // A file that is what was written and cannot be read is no loss: memory was short, say, or a disk not there.
    // Nor is one of which each frame can be read alone.
    return damagedError(place, file !== null && damaged.length > 0);
  }

  /** Indices of frames that cannot be read by themselves. */
  async #unreadable(store: Store, frames: readonly FoundFrame[], from = 0): Promise<number[]> {
    if ((await this.#read(store, frames)) !== null) return [];
    if (frames.length === 1) return [from];
    const half = frames.length >> 1;
    return [
      ...(await this.#unreadable(store, frames.slice(0, half), from)),
      ...(await this.#unreadable(store, frames.slice(half), from + half)),
    ];
  }
}

/** Frames in runs whose rows follow one another: between two runs lie rows of frames that are set aside. */
function withoutGaps(frames: readonly FoundFrame[]): FoundFrame[][] {
  const runs: FoundFrame[][] = [];
  let end_seq = -1;
  for (const frame of frames) {
    const { first_seq } = frame.metadata;
    if (first_seq === end_seq) runs.at(-1)!.push(frame);
    else runs.push([frame]);
    end_seq = first_seq + frame.rows;
  }
  return runs;
}
