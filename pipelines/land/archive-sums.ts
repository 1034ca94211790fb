import { closeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '../../contracts/errors.js';
import { createDurably } from '../durable-files.js';
import { openRegular, readRegular, unreadable } from '../open-regular.js';
import { sumsFile } from './archive-files.js';
import { hashOf } from './frame.js';
import { readBytes } from './segment-files.js';

/** Sums of the bytes of an archived segment's Parquet files: of each megabyte, so that the first bad one can be named. */

const PART_BYTES = 1_048_576;

const sumsSchema = z.strictObject({
  format: z.literal(1),
  files: z.array(
    z.strictObject({
      /** Name of the folder of its day. */
      day: z.string(),
      rows: z.number().int().min(1),
      bytes: z.number().int().min(1),
      /** xxHash64 of each megabyte, hexadecimal. */
      parts: z.array(z.string()),
    }),
  ),
});
export type ArchiveSums = z.infer<typeof sumsSchema>;
export type FileSums = ArchiveSums['files'][number];

/** @throws PlumblineError LOG_FILE_UNREADABLE */
export function sumsOf(file: string): Pick<FileSums, 'bytes' | 'parts'> {
  const parts: string[] = [];
  let bytes = 0;
  let fd: number | null = null;
  try {
    fd = openRegular(file);
    for (;;) {
      const part = readBytes(fd, bytes, PART_BYTES);
      if (part.length === 0) return { bytes, parts };
      bytes += part.length;
      parts.push(hashOf([part]).toString(16).padStart(16, '0'));
    }
  } catch (error) {
    throw error instanceof PlumblineError ? error : unreadable(file, error);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** A line of JSON, and its own sum. */
export function writeSums(heads_file: string, sums: ArchiveSums): void {
  const text = JSON.stringify(sums);
  const own = hashOf([Buffer.from(text)]).toString(16);
  createDurably(dirname(heads_file), basename(sumsFile(heads_file)), Buffer.from(`${text}\n${own}\n`));
}

/** Null when the file is not there, or not what was written. @throws PlumblineError LOG_FILE_UNREADABLE */
export function readSums(heads_file: string): ArchiveSums | null {
  const file = sumsFile(heads_file);
  let lines: string[];
  try {
    lines = readRegular(file).toString().split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const [text = '', own] = lines;
  if (hashOf([Buffer.from(text)]).toString(16) !== own) return null;
  const sums = sumsSchema.safeParse(JSON.parse(text));
  return sums.success ? sums.data : null;
}

export interface DamagedFile {
  readonly path: string;
  /** First byte of the part that is not what was written. */
  readonly byte: number;
  /** Events in the file; null when it is the sums that are not what was written. */
  readonly rows: number | null;
  readonly what: string;
}

/** The first file of an archived segment that is not what was written; null when all are. @throws PlumblineError LOG_FILE_UNREADABLE */
export function damagedFile(heads_file: string, found: readonly string[]): DamagedFile | null {
  const sums = readSums(heads_file);
  if (sums === null)
    return {
      path: sumsFile(heads_file),
      byte: 0,
      rows: null,
      what: 'the sums of the archived files are not what was written',
    };
  for (const { day, rows, bytes, parts } of sums.files) {
    const path = found.find((file) => basename(dirname(file)) === day);
    if (path === undefined)
      return {
        path: join(dirname(heads_file), day, basename(heads_file).replace(/\.frames$/, '.parquet')),
        byte: 0,
        rows,
        what: 'the archived file is not there',
      };
    const now = sumsOf(path);
    const at = parts.findIndex((part, index) => now.parts[index] !== part);
    if (at >= 0 || now.bytes !== bytes)
      return {
        path,
        byte: at >= 0 ? at * PART_BYTES : bytes,
        rows,
        what: 'the archived file is not what was written',
      };
  }
  return null;
}
