import { PlumblineError } from '../contracts/errors.js';

/** Calls of the operating system that fail for what stands in its files and folders, by what people can mend. */
const REFUSALS =
  'EACCES EPERM EROFS ENOSPC EDQUOT EIO EMFILE ENFILE ENOENT ENOTDIR EISDIR ERR_FS_EISDIR EEXIST ELOOP ENAMETOOLONG'.split(
    ' ',
  );

/** Those of a file that is open, which has no name any more: no socket ends with them. */
const OF_DISK = 'ENOSPC EDQUOT EIO EISDIR'.split(' ');

/** What DuckDB says when the system does not let it read or write, or have memory. */
const OF_STORE = /IO Error|No space left on device|Could not (read|write|sync|truncate)|Out of Memory Error/i;

/** Whether the operating system has refused something. */
export function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

/**
 * What an error is to people: where the operating system has refused a file or a folder, it is no error of ours. Anything
 * else is given back as it is.
 */
export function toldToPeople(error: unknown): unknown {
  if (error instanceof PlumblineError) return error;
  if (!isOfSystem(error)) return error instanceof Error && OF_STORE.test(error.message) ? storeRefused(error) : error;
  if (!REFUSALS.includes(error.code ?? '')) return error;
  const { syscall, path, message } = error;
  if (path === undefined && !OF_DISK.includes(error.code!)) return error;
  return new PlumblineError(
    'SYSTEM_FILE_REFUSED',
    `the system refuses ${syscall} ${path === undefined ? '' : `of "${path}"`}`.trimEnd(),
    {
      detail: message,
      hint:
        'See to the owner and the rights of that file or folder and of those above it, to room, and to the disk; then try ' +
        'again: what was acknowledged is on disk.',
      cause: error,
    },
  );
}

function storeRefused(cause: Error): PlumblineError {
  return new PlumblineError('STORE_FAILED', 'the store could not be read or written', {
    detail: cause.message.split('\n')[0],
    hint: 'Make room, or see to the disk and the rights, then start again: the log holds all that was acknowledged, and the store follows from it.',
    cause,
  });
}
