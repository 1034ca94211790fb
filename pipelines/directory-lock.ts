import { existsSync, linkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlumblineError, reasonLine } from '../contracts/errors.js';
import { makeFolder, syncFolder } from './durable-files.js';
import type { HeldFile } from './held-files.js';
import { refuseOther } from './open-regular.js';
import { refuseHalfRestored } from './restoring-note.js';
import { Store } from './store.js';
import { isStoreDamage } from './store-failures.js';

/** The right to write in a data directory. It ends with `release`, or with the process, however that ends. */
export interface DirectoryLock {
  /**
   * The operating system knows a file by itself, others by its name: who has lost the name of the lock file may have lost
   * the directory to somebody else, and must not write there any more.
   * @throws PlumblineError DATA_DIRECTORY_LOST when the lock file is not where it was, or is another
   */
  assertHeld(): void;
  release(): Promise<void>;
}

/** For one who waits until the directory is free. */
export interface Standby {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Called once, when somebody else is found to hold the directory. */
  onWait(holder: string): void;
}

/** How often one who waits looks again. */
const STANDBY_POLL_MS = 500;
const LOCK_FILE = 'lock.duckdb';

const HELD = Symbol.for('plumbline.directories_held');

/**
 * Locks on files belong to a process: a second instance in this one is refused by this set, which knows folders by what
 * they are, since one may be reached by several names, or be given another. It hangs on the process, so that a second copy
 * of this file sees it too.
 */
function heldDirectories(): Set<string> {
  const owner = globalThis as { [HELD]?: Set<string> };
  owner[HELD] ??= new Set();
  return owner[HELD];
}

/**
 * Takes a data directory for this process and this instance alone (docs/decisions/0022): the operating system gives
 * the lock, on a file that nothing else opens, and takes it back when the process ends.
 *
 * @param standby given: waits until the directory is free. Not given: somebody else's is an error.
 * @throws PlumblineError DATA_DIRECTORY_IN_USE, with who has it; the reason of the signal when the waiting is ended
 */
export async function lockDirectory(data_dir: string, standby?: Standby): Promise<DirectoryLock> {
  const folder = ownedFolder(data_dir);
  for (let has_told = false; ; ) {
    standby?.signal.throwIfAborted();
    const taken = await tryLock(folder, data_dir);
    if (typeof taken !== 'string') return taken;
    if (standby === undefined) throw inUse(data_dir, taken);
    if (!has_told) standby.onWait(taken);
    has_told = true;
    await sleep(STANDBY_POLL_MS, undefined, { signal: standby.signal });
  }
}

/** The folder by its own name, made when it is not there. */
function ownedFolder(data_dir: string): string {
  try {
    makeFolder(data_dir);
    return realpathSync(data_dir);
  } catch (error) {
    throw unwritable(data_dir, error);
  }
}

/** The lock, or who has it. @param data_dir the name by which others will write into the folder */
async function tryLock(folder: string, data_dir: string): Promise<DirectoryLock | string> {
  const held = heldDirectories();
  const identity = identityOf(folder)!;
  if (held.has(identity)) return `another instance in this process (PID ${process.pid})`;
  held.add(identity);
  let file: HeldFile | undefined;
  try {
    file = await openLockFile(folder);
    refuseHalfRestored(folder);
  } catch (error) {
    await file?.close();
    held.delete(identity);
    const holder = error instanceof Error ? /lock is held in (.+? \(PID \d+\))/.exec(error.message) : null;
    if (holder !== null) return holder[1]!;
    throw error instanceof PlumblineError ? error : unwritable(folder, error);
  }
  const path = join(resolve(data_dir), LOCK_FILE);
  const lock_file = identityOf(path);
  const opened = file;
  return {
    assertHeld() {
      const found = identityOf(path);
      if (found !== lock_file) throw lost(data_dir, found === null);
    },
    async release() {
      await opened.close();
      held.delete(identity);
    },
  };
}

/** Tells a file or folder from any other there is, by whatever name; null when it is not there. */
function identityOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? null : `${found.dev} ${found.ino}`;
}

async function openLockFile(folder: string): Promise<HeldFile> {
  const path = join(folder, LOCK_FILE);
  if (!existsSync(path)) await makeLockFile(folder, path);
  return await Store.hold(refuseOther(path));
}

/** A lock file is there whole or not at all: one that a crash left half made could not be opened by anybody. */
async function makeLockFile(folder: string, path: string): Promise<void> {
  const made = `${path}.${process.pid}.new`;
  rmSync(made, { force: true });
  await (await Store.hold(made)).close();
  try {
    linkSync(made, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(made, { force: true });
  }
  syncFolder(folder);
}

function inUse(data_dir: string, holder: string): PlumblineError {
  return new PlumblineError('DATA_DIRECTORY_IN_USE', `the data directory "${data_dir}" is taken`, {
    detail: `it is held by ${holder}`,
    hint:
      'Stop that one, ask it over its socket (status, explain, sql, digest), wait for it with "run --standby", or name ' +
      'another --data-dir.',
  });
}

function lost(data_dir: string, isGone: boolean): PlumblineError {
  return new PlumblineError('DATA_DIRECTORY_LOST', `the data directory "${data_dir}" was taken from this process`, {
    detail: `its ${LOCK_FILE} ${isGone ? 'is gone' : 'is another file than the one that was locked'}: somebody else may own the folder`,
    hint: 'Leave that file where it is. Make sure that one process runs on the folder, and start it again.',
  });
}

function unwritable(data_dir: string, cause: unknown): PlumblineError {
  const isDamaged = isStoreDamage(cause);
  return new PlumblineError('DATA_DIRECTORY_INVALID', `the data directory "${data_dir}" cannot be taken`, {
    detail: `${isDamaged ? `its ${LOCK_FILE} is damaged: ` : ''}${reasonLine(cause)}`,
    hint: isDamaged
      ? `That file holds nothing. Make sure that no process runs on the folder, remove ${LOCK_FILE}, and start again.`
      : 'It has to be a folder that this user may write to, with room left, on a file system that keeps locks.',
    cause,
  });
}
