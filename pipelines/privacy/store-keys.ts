import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const KEY_BYTES = 32;

/** The secrets of one store: 32 bytes each. */
export interface StoreKeys {
  /** Turns a callee's number into a token. */
  readonly contact_token: Buffer;
  /** Seals rejected bytes. */
  readonly rejected: Buffer;
}

/**
 * The keys of a data directory, in `keys/` (mode 0600), drawn at first use. With a seed they are derived from it, so
 * that a demonstration is the same everywhere; a seed is no secret and not for real numbers.
 */
export function openStoreKeys(data_dir: string, key_seed: string | undefined): StoreKeys {
  const folder = join(data_dir, 'keys');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = (name: string) =>
    key_seed === undefined ? readOrDraw(join(folder, `${name}.key`)) : derive(key_seed, name);
  return { contact_token: key('contact_token'), rejected: key('rejected') };
}

function derive(seed: string, name: string): Buffer {
  return createHmac('sha256', `plumbline:${seed}`).update(name).digest();
}

function readOrDraw(file: string): Buffer {
  try {
    const key = readFileSync(file);
    if (key.length !== KEY_BYTES) throw new Error(`${file} holds ${key.length} bytes; a key has ${KEY_BYTES}`);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(KEY_BYTES);
  const fd = openSync(file, 'wx', 0o600);
  writeSync(fd, key);
  fsyncSync(fd);
  closeSync(fd);
  return key;
}
