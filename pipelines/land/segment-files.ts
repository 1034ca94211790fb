import { readSync, writevSync } from 'node:fs';
import { basename, join } from 'node:path';
import { archivedHeads, namesIn } from './archive-files.js';

/** The folder and files of a log, and the few ways in which their bytes are read and written. */

export function logFolder(data_dir: string): string {
  return join(data_dir, 'log');
}

/** Paths of the segments that lie in the log itself, oldest first. */
export function liveSegmentFiles(data_dir: string): string[] {
  return namesIn(logFolder(data_dir))
    .filter((name) => /^\d{8}\.arrow$/.test(name))
    .sort()
    .map((name) => join(logFolder(data_dir), name));
}

/**
 * Paths of everything that frames are read from, oldest first: of segments that are archived, the files of their heads,
 * then the segments of the log. A segment that is in both, since a process ended between the two, counts as archived.
 */
export function segmentFiles(data_dir: string): string[] {
  const archived = archivedHeads(data_dir);
  const numbers = new Set(archived.map(segmentNumber));
  const live = liveSegmentFiles(data_dir).filter((file) => !numbers.has(segmentNumber(file)));
  return [...archived, ...live].sort((left, right) => segmentNumber(left) - segmentNumber(right));
}

export function segmentFile(data_dir: string, number: number): string {
  return join(logFolder(data_dir), `${String(number).padStart(8, '0')}.arrow`);
}

export function segmentNumber(file: string): number {
  return Number.parseInt(basename(file), 10);
}

/** Bytes [at, at + length) of a file; fewer where it ends. */
export function readBytes(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readInto(bytes, fd, at, length));
}

/** Reads bytes [at, at + length) of a file into the beginning of a buffer; gives how many there were. */
export function readInto(bytes: Uint8Array, fd: number, at: number, length: number): number {
  let read = 0;
  while (read < length) {
    const count = readSync(fd, bytes, read, length - read, at + read);
    if (count === 0) break;
    read += count;
  }
  return read;
}

/** One read brings several small frames; of a large one it brings the head and little more. */
const READ_AHEAD_BYTES = 65_536;

/** Reads a file from its beginning to its end in few reads, a part at a time. */
export class ReadAhead {
  readonly #fd: number;
  #bytes = Buffer.allocUnsafeSlow(READ_AHEAD_BYTES);
  /** What is in `#bytes`: from which byte of the file, and how many. */
  #at = 0;
  #length = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Bytes [at, at + length) of the file; fewer where it ends. They are there until the next call. */
  bytes(at: number, length: number): Buffer {
    if (at < this.#at || at + length > this.#at + this.#length) this.#read(at, Math.max(length, READ_AHEAD_BYTES));
    const from = at - this.#at;
    return this.#bytes.subarray(from, Math.min(from + length, this.#length));
  }

  #read(at: number, length: number): void {
    if (length > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(length);
    this.#at = at;
    this.#length = readInto(this.#bytes.subarray(0, length), this.#fd, at, length);
  }
}

const IOV_MAX = 512;

/** Writes all chunks at a position; gives their length. */
export function writeAt(fd: number, chunks: readonly Uint8Array[], position: number): number {
  let at = position;
  for (let first = 0; first < chunks.length; first += IOV_MAX) {
    let pending = chunks.slice(first, first + IOV_MAX).filter(({ byteLength }) => byteLength > 0);
    while (pending.length > 0) {
      const written = writevSync(fd, pending, at);
      at += written;
      pending = after(pending, written);
    }
  }
  return at - position;
}

/** What is left of chunks of which the first bytes have been written. */
function after(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let done = written;
  for (const chunk of chunks) {
    if (done < chunk.byteLength) rest.push(chunk.subarray(done));
    done = Math.max(0, done - chunk.byteLength);
  }
  return rest;
}
