import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SourcePosition } from '../../contracts/batch.js';
import { createDurably, makeFolder, syncFolder } from '../durable-files.js';
import { readRegular } from '../open-regular.js';
import { isArchived, twinFile } from './archive-files.js';
import { type FrameMetadata, hashOf } from './frame.js';
import { scheduledFrom } from './handed-on.js';
import { positionKey } from './positions.js';

/**
 * What the heads of a closed segment say together, in `summaries/00000003.summary`: with it a start need not read them.
 * It holds nothing that the segment does not say, and may be missing: then the segment is read, and its owner makes it
 * anew. It is of one very file, told by inode, size and last change; of what has taken the place of that it says nothing.
 *
 * A line of JSON, and its own sum.
 */

/** Of both files that are kept of a segment. */
const FORMAT = 1;

/** The heads of all frames of a segment as one. */
export interface SegmentSummary {
  /** Ordinals of its first frame and its last: all between them are there. */
  readonly first_frame: number;
  readonly last_frame: number;
  readonly first_seq: number;
  /** Of all its frames. */
  readonly rows: number;
  /** As its first frame has them; absent in format 1 of the log. */
  readonly dictionary_sizes?: readonly number[];
  /** Of its last frame. */
  readonly last: Pick<
    FrameMetadata,
    'conservation' | 'first_event_us' | 'newest_us' | 'watermark_us' | 'inputs' | 'duplicates'
  >;
  readonly additions: FrameMetadata['additions'];
  /** Where partitions stand whose position has moved. */
  readonly positions: readonly SourcePosition[];
  /** From when on the schedule of refreshes is followed; absent when no frame says it, null: from the beginning. */
  readonly scheduled_from_us?: number | null;
}

/** A summary of the very file that is there. */
export interface KeptSummary {
  readonly file: string;
  readonly summary: SegmentSummary;
  /** Sum of the file that says who its events are (`segment-events.ts`); null when none does. */
  readonly events: string | null;
}

/** What is taken of a head. */
export type SummedHead = Pick<
  FrameMetadata,
  'ordinal' | 'first_seq' | 'dictionary_sizes' | 'additions' | 'positions' | 'entry' | keyof SegmentSummary['last']
>;

/** Puts the heads of a segment together, one after the other. */
export class Summing {
  #first: Pick<SegmentSummary, 'first_frame' | 'first_seq' | 'dictionary_sizes'> | null = null;
  #last: SummedHead | null = null;
  #rows = 0;
  #has_gap = false;
  readonly #additions: Record<string, { first_id: number; values: string[] }> = {};
  readonly #positions = new Map<string, SourcePosition>();
  #scheduled_from_us: number | undefined;

  take(rows: number, metadata: SummedHead): void {
    const { ordinal, first_seq, dictionary_sizes, additions, positions, entry, watermark_us } = metadata;
    this.#first ??= {
      first_frame: ordinal,
      first_seq,
      ...(dictionary_sizes === undefined ? {} : { dictionary_sizes }),
    };
    this.#has_gap ||= this.#last !== null && ordinal !== this.#last.ordinal + 1;
    this.#last = metadata;
    this.#rows += rows;
    for (const position of positions) this.#positions.set(positionKey(position), position);
    for (const [name, { first_id, values }] of Object.entries(additions)) {
      this.#additions[name] ??= { first_id, values: [] };
      for (const value of values) this.#additions[name].values.push(value);
    }
    if (entry === null) return;
    this.#scheduled_from_us = scheduledFrom(entry, watermark_us ?? Number.NEGATIVE_INFINITY) ?? this.#scheduled_from_us;
  }

  /** Null of no frames, and when some are not there. */
  get summary(): SegmentSummary | null {
    if (this.#first === null || this.#last === null || this.#has_gap) return null;
    const { ordinal, conservation, first_event_us, newest_us, watermark_us, inputs, duplicates } = this.#last;
    const scheduled_us = this.#scheduled_from_us;
    return {
      ...this.#first,
      last_frame: ordinal,
      rows: this.#rows,
      last: { conservation, first_event_us, newest_us, watermark_us, inputs, duplicates },
      additions: this.#additions,
      positions: [...this.#positions.values()],
      ...(scheduled_us === undefined ? {} : { scheduled_from_us: Number.isFinite(scheduled_us) ? scheduled_us : null }),
    };
  }
}

export function isKept(found: object): found is KeptSummary {
  return 'summary' in found;
}

export function summaryFolder(data_dir: string): string {
  return join(data_dir, 'summaries');
}

/** Name of a file in `summaries` of a segment, wherever that lies. */
export function keptName(segment_file: string, ending: 'summary' | 'events'): string {
  return `${basename(segment_file).slice(0, 8)}.${ending}`;
}

/** Null when there is none that is whole, of this format and of this very file. */
export function readSummary(data_dir: string, file: string): KeptSummary | null {
  const read = written(data_dir, file);
  if (read?.format !== FORMAT || read.version !== versionOf(file)) return null;
  return { file, ...read.kept };
}

/** Whether there is a summary that is not what was written. */
export function isSummaryDamaged(data_dir: string, file: string): boolean {
  return bytesOf(data_dir, file) !== null && written(data_dir, file) === null;
}

/** Durable when it returns. @param file as it lies there now, closed */
export function writeSummary(data_dir: string, { file, ...kept }: KeptSummary): void {
  const text = JSON.stringify({ format: FORMAT, version: versionOf(file), kept });
  const own = hashOf([Buffer.from(text)]).toString(16);
  createDurably(openedFolder(data_dir), keptName(file, 'summary'), Buffer.from(`${text}\n${own}\n`));
}

/** The folder, made where it is not there. */
export function openedFolder(data_dir: string): string {
  const folder = summaryFolder(data_dir);
  if (!existsSync(folder)) {
    makeFolder(folder);
    syncFolder(data_dir);
  }
  return folder;
}

/**
 * Replaces the file of a segment by another that has the same frames (archived, or without a person): its summary is of the
 * new one then. After a crash between the two, or when it cannot be written, it is of neither, and made anew.
 * @param work gives the path of the new file
 */
export function keepingSummary(data_dir: string, file: string, work: () => string): void {
  const kept = readSummary(data_dir, file);
  const replaced = work();
  if (kept === null) return;
  try {
    writeSummary(data_dir, { ...kept, file: replaced });
  } catch {
    // Whatever the reason is: the new file is in its place, and the old one has to go.
  }
}

function bytesOf(data_dir: string, file: string): Buffer | null {
  try {
    return readRegular(join(summaryFolder(data_dir), keptName(file, 'summary')));
  } catch {
    // Whatever the reason is: the segment says the same.
    return null;
  }
}

function written(data_dir: string, file: string) {
  const [text = '', own, ...end] = bytesOf(data_dir, file)?.toString().split('\n') ?? [];
  if (hashOf([Buffer.from(text)]).toString(16) !== own || end.length !== 1 || end[0] !== '') return null;
  return JSON.parse(text) as { format: number; version: string; kept: Omit<KeptSummary, 'file'> };
}

/** Tells a file from whatever has taken its place. Of the archive, its twin too: who reads neither need not compare them. */
function versionOf(file: string): string {
  const files = isArchived(file) ? [file, twinFile(file)] : [file];
  const stats = files.map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return stats.map((one) => (one === undefined ? '' : `${one.ino} ${one.size} ${one.mtimeNs}`)).join(' ');
}
