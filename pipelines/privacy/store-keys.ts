import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlumblineError } from '../../contracts/errors.js';
import { createDurably } from '../durable-files.js';

const KEY_BYTES = 32;

/** The secrets of one store: 32 bytes each. */
export interface StoreKeys {
  /** Turns a callee's number into a token. */
  readonly contact_token: Buffer;
  /** Keys the hash of rejected bytes. Logs of before 0.2 have them sealed under it too; since then a day has its own. */
  readonly rejected: Buffer;
}

/**
 * The keys of a data directory, in `keys/` (mode 0600), drawn at first use. With a seed they are derived from it, so
 * that a demonstration is the same everywhere; a seed is no secret and not for real numbers.
 *
 * @throws PlumblineError DATA_DIRECTORY_INVALID when a key file does not hold a key
 */
export function openStoreKeys(data_dir: string, key_seed: string | undefined): StoreKeys {
  const folder = keyFolder(data_dir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = (name: string) =>
    key_seed === undefined ? readOrDrawKey(folder, `${name}.key`) : derivedKey(key_seed, name);
  return { contact_token: key('contact_token'), rejected: key('rejected') };
}

export function keyFolder(data_dir: string): string {
  return join(data_dir, 'keys');
}

export function derivedKey(seed: string, name: string): Buffer {
  return createHmac('sha256', `plumbline:${seed}`).update(name).digest();
}

/** The key in a file, drawn when there is none. @throws PlumblineError DATA_DIRECTORY_INVALID when it holds no key */
export function readOrDrawKey(folder: string, name: string): Buffer {
  const file = join(folder, name);
  try {
    const key = readFileSync(file);
    if (key.length === KEY_BYTES) return key;
    throw new PlumblineError('DATA_DIRECTORY_INVALID', `"${file}" is no key`, {
      detail: `it holds ${key.length} bytes; a key has ${KEY_BYTES}`,
      hint: 'Restore the file from a copy: what was tokenised or sealed under the key cannot be matched or read without it.',
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(KEY_BYTES);
  createDurably(folder, name, key);
  return key;
}
