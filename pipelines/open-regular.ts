import { closeSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { PlumblineError, reasonLine } from '../contracts/errors.js';

/** Files of a data directory are opened here to be read: what else may stand in their place is refused first. */

/** An open descriptor. @throws PlumblineError LOG_FILE_UNREADABLE; ENOENT as the system has it */
export function openRegular(file: string): number {
  return told(file, () => openSync(refuseOther(file), 'r'));
}

/** All bytes. @throws PlumblineError LOG_FILE_UNREADABLE; ENOENT as the system has it */
export function readRegular(file: string): Buffer {
  const fd = openRegular(file);
  try {
    return told(file, () => readFileSync(fd));
  } finally {
    closeSync(fd);
  }
}

/**
 * The path again. What is no file is not opened: a FIFO would wait for another process for ever, a device need not end. Where
 * nothing is, nothing is refused.
 * @throws PlumblineError LOG_FILE_UNREADABLE; what the system has against a look at it
 */
export function refuseOther(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return file;
  throw new PlumblineError('LOG_FILE_UNREADABLE', `"${file}" cannot be read: it is ${kindOf(found)}, and no file`, {
    detail: 'a file of the data directory is a regular file, or a link to one',
    hint: 'Nothing is given up of it. Move away what stands there and put the file back, from a backup if need be; then start again.',
  });
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a FIFO';
  return found.isSocket() ? 'a socket' : 'a device';
}

/** A file that is there and cannot be read is no damage: nobody knows what it holds. */
export function unreadable(file: string, cause: unknown): PlumblineError {
  return new PlumblineError('LOG_FILE_UNREADABLE', `"${file}" cannot be read`, {
    detail: reasonLine(cause),
    hint: 'Nothing is given up of it. Give its owner the right to read it, or mend the disk, and start again.',
    cause,
  });
}

function told<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const isTold = error instanceof PlumblineError || (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw isTold ? error : unreadable(file, error);
  }
}
