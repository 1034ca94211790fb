import { fdatasync, fsyncSync } from 'node:fs';
import { promisify } from 'node:util';
import { writeAt } from './segment-files.js';

/** How the log brings bytes to a disk: the one place where a disk can fail it. */
export interface LogDisk {
  /** Writes all chunks at a position of an open file; gives their length. */
  write(fd: number, chunks: readonly Uint8Array[], position: number): number;
  /** Resolves once what was written is on disk. */
  sync(fd: number): Promise<void>;
  syncAtOnce(fd: number): void;
}

const sync = promisify(fdatasync);

export const systemDisk: LogDisk = { write: writeAt, sync: (fd) => sync(fd), syncAtOnce: fsyncSync };

/** The same disk, for one who has to make sure of something before each write. @param assert throws when it is not so */
export function guardedDisk(disk: LogDisk, assert: () => void): LogDisk {
  return {
    write(fd, chunks, position) {
      assert();
      return disk.write(fd, chunks, position);
    },
    sync: (fd) => disk.sync(fd),
    syncAtOnce: (fd) => disk.syncAtOnce(fd),
  };
}
