import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { refuseOther } from './open-regular.js';

/** Makes a file that is either there with all its bytes, on disk, or not there. */
export function createDurably(folder: string, name: string, bytes: Uint8Array): void {
  const path = join(folder, name);
  const fd = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeAll(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
  syncFolder(folder);
}

/**
 * Makes a folder, for its owner alone, and those above it that are not there. One by one: where none can be made (below
 * /proc), Node's own way of making all of them never ends. Another process may make one at the same moment.
 * @throws what the operating system says, also when a file is in the way
 */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Makes what a folder lists durable: files that were created, renamed or removed in it. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Appends bytes; they are on disk when it returns. */
export function appendDurably(file: string, bytes: Uint8Array): void {
  const fd = openSync(refuseOther(file), 'a', 0o600);
  try {
    writeAll(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Cuts a file to a length that was found whole. */
export function cutDurably(file: string, length: number): void {
  const fd = openSync(refuseOther(file), 'r+');
  try {
    ftruncateSync(fd, length);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
