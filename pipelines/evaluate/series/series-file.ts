import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { PlumblineError } from '../../../contracts/errors.js';

/** Text of a file, unpacked where its name ends in `.gz`. */
export function textOf(file: string): string {
  if (!existsSync(file)) {
    throw new PlumblineError('SOURCE_FILE_UNREADABLE', `there is no file "${file}"`, {
      hint: 'Name a folder that is laid out as docs/detection.md says.',
    });
  }
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Rows of comma-separated text without quotes, the heading first; empty lines are left out. */
export function rowsOf(text: string): string[][] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(','));
}

/** Instant of `2014-04-01 00:05:00` or `2014-04-01 00:05:00.000000`, read as UTC, in microseconds. */
export function instantUs(text: string, file: string): number {
  const at = Date.parse(`${text.trim().replace(' ', 'T').slice(0, 23)}Z`);
  if (Number.isNaN(at)) throw malformed(file, `"${text}" is no time such as 2014-04-01 00:05:00`);
  return at * 1000;
}

export function malformed(file: string, detail: string): PlumblineError {
  return new PlumblineError('SOURCE_FILE_UNREADABLE', `the file "${file}" cannot be read as a labelled series`, {
    detail,
    hint: 'Mend the file, or take it out of the folder.',
  });
}
