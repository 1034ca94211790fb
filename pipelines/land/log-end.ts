import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../durable-files.js';
import { readRegular } from '../open-regular.js';
import { FORMAT_VERSION, hashOf } from './frame.js';
import { logFolder } from './segment-files.js';

/**
 * How far the log had come: the ordinal of a frame that is on disk, in `log/end`, written after that frame. A log that
 * has been cut at the border of two frames looks whole; by this it is known to be short.
 *
 * | bytes | field |
 * | --- | --- |
 * | 0-7 | magic `PLUMBEND` |
 * | 8-11 | format version |
 * | 16-23 | ordinal of the frame |
 * | 24-31 | xxHash64 of bytes 0-23 |
 */
const LENGTH = 32;
const HASH_AT = LENGTH - 8;
const MAGIC = Buffer.from('PLUMBEND', 'latin1');

export function logEndFile(data_dir: string): string {
  return join(logFolder(data_dir), 'end');
}

/** The ordinal; null when there is no such file, 'damaged' when it does not hold one. @throws PlumblineError LOG_FILE_UNREADABLE */
export function readLogEnd(data_dir: string): number | 'damaged' | null {
  let bytes: Buffer;
  try {
    bytes = readRegular(logEndFile(data_dir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const isWhole =
    bytes.length === LENGTH &&
    bytes.subarray(0, 8).equals(MAGIC) &&
    bytes.readBigUInt64LE(HASH_AT) === hashOf([bytes.subarray(0, HASH_AT)]);
  return isWhole ? Number(bytes.readBigUInt64LE(16)) : 'damaged';
}

/** The file, open for noting frames. */
export class LogEnd {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(LENGTH);

  constructor(data_dir: string) {
    this.#fd = openSync(logEndFile(data_dir), 'a+', 0o600);
    closeSync(this.#fd);
    this.#fd = openSync(logEndFile(data_dir), 'r+');
    syncFolder(logFolder(data_dir));
    MAGIC.copy(this.#bytes);
    this.#bytes.writeUInt32LE(FORMAT_VERSION, 8);
  }

  /** Notes a frame that is on disk. Not waited for: whatever is read later is a frame that was. */
  note(ordinal: number): void {
    this.#bytes.writeBigUInt64LE(BigInt(ordinal), 16);
    this.#bytes.writeBigUInt64LE(hashOf([this.#bytes.subarray(0, HASH_AT)]), HASH_AT);
    writeSync(this.#fd, this.#bytes, 0, LENGTH, 0);
  }

  close(): void {
    try {
      fsyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
    }
  }
}
