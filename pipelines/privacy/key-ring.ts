import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PlumblineError, reasonLine } from '../../contracts/errors.js';
import { createDurably, makeFolder, syncFolder } from '../durable-files.js';
import { refuseOther } from '../open-regular.js';
import { seal, unseal } from './seal.js';

/**
 * The keys of a data directory, in `keys/` (mode 0600), each sealed under a master key. The master key lies in
 * `keys/master.key`, or in a file that the configuration names: kept on another disk, it is what a copy of the data
 * directory lacks to be read. A file that holds 32 plain bytes is a key of the first version, and read as one.
 *
 * With a seed keys are derived from it, so that a demonstration is the same everywhere; a seed is no secret and not for
 * real numbers.
 */

const KEY_BYTES = 32;
const MAGIC = Buffer.from('PLUMBKEY', 'latin1');
const NEXT = '.next';

export class KeyRing {
  readonly folder: string;
  readonly #seed: string | undefined;
  readonly #master_file: string;

  constructor(data_dir: string, key_seed?: string, master_key_file?: string) {
    this.folder = keyFolder(data_dir);
    this.#seed = key_seed;
    this.#master_file = master_key_file ?? join(this.folder, 'master.key');
  }

  /** Ends a rotation that a crash has cut short. For the owner of the directory. */
  finishRotation(): void {
    if (this.#seed === undefined && existsSync(this.#master_file + NEXT)) this.rotate();
  }

  /** The key of a name (`contact_token`, `rejected/2025-10-07`), drawn when there is none. */
  key(name: string): Buffer {
    if (this.#seed !== undefined) return createHmac('sha256', `plumbline:${this.#seed}`).update(name).digest();
    const found = this.find(name);
    if (found !== null) return found;
    const key = randomBytes(KEY_BYTES);
    const file = this.#file(name);
    makeFolder(dirname(file));
    syncFolder(this.folder);
    createDurably(dirname(file), basename(file), wrapped(key, this.#master()));
    return key;
  }

  /** The key of a name; null when there is none. @throws PlumblineError DATA_DIRECTORY_INVALID */
  find(name: string): Buffer | null {
    if (this.#seed !== undefined) return this.key(name);
    const bytes = readIfThere(this.#file(name));
    if (bytes === null || bytes.length === KEY_BYTES) return bytes;
    const masters = [this.#master_file, this.#master_file + NEXT].map(readIfThere);
    for (const master of masters) {
      const key = master === null ? null : unwrapped(bytes, master);
      if (key !== null) return key;
    }
    throw noKey(this.#file(name), bytes, masters[0] === null ? this.#master_file : null);
  }

  /** Seals every key under a new master key, and lets the old one go; gives how many keys. What they seal stays. */
  rotate(): number {
    if (this.#seed !== undefined) return 0;
    const next_file = this.#master_file + NEXT;
    if (readIfThere(next_file) === null) createDurably(dirname(next_file), basename(next_file), randomBytes(KEY_BYTES));
    const next = readFileSync(refuseOther(next_file));
    const names = this.#names();
    for (const name of names) {
      const file = this.#file(name);
      createDurably(dirname(file), basename(file), wrapped(this.find(name)!, next));
    }
    renameSync(next_file, this.#master_file);
    syncFolder(dirname(this.#master_file));
    return names.length;
  }

  #names(): string[] {
    const inFolder = (folder: string) =>
      existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.key') && name !== 'master.key') : [];
    return [...inFolder(this.folder), ...inFolder(join(this.folder, 'rejected')).map((name) => `rejected/${name}`)].map(
      (name) => name.slice(0, -'.key'.length),
    );
  }

  #master(): Buffer {
    const known = readIfThere(this.#master_file);
    if (known?.length === KEY_BYTES) return known;
    if (known !== null) throw noKey(this.#master_file, known, null);
    const master = randomBytes(KEY_BYTES);
    try {
      makeFolder(dirname(this.#master_file));
      createDurably(dirname(this.#master_file), basename(this.#master_file), master);
    } catch (error) {
      throw noMaster(this.#master_file, error);
    }
    return master;
  }

  #file(name: string): string {
    return join(this.folder, `${name}.key`);
  }
}

export function keyFolder(data_dir: string): string {
  return join(data_dir, 'keys');
}

function wrapped(key: Buffer, master: Buffer): Buffer {
  return Buffer.concat([MAGIC, seal(master, key)]);
}

/** Null when it was sealed under another key, or is none. */
function unwrapped(bytes: Buffer, master: Buffer): Buffer | null {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  try {
    return unseal(master, bytes.subarray(MAGIC.length));
  } catch {
    return null;
  }
}

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(refuseOther(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function noMaster(file: string, cause: unknown): PlumblineError {
  return new PlumblineError('DATA_DIRECTORY_INVALID', `the master key "${file}" cannot be written`, {
    detail: reasonLine(cause),
    hint: 'It has to lie in a folder that this user may write to: see to rights and space, or set land.master_key_file to another.',
    cause,
  });
}

function noKey(file: string, bytes: Buffer, missing_master: string | null): PlumblineError {
  return new PlumblineError('DATA_DIRECTORY_INVALID', `"${file}" holds no key that can be read`, {
    detail:
      missing_master === null
        ? `it has ${bytes.length} bytes, which no master key opens`
        : `the master key "${missing_master}" is not there`,
    hint: 'Restore the files from a copy: what was tokenised or sealed under a key cannot be matched or read without it.',
  });
}
