import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PlumblineError } from '../contracts/errors.js';
import { createDurably, syncFolder } from './durable-files.js';

/**
 * Stands in a data directory while a backup is restored into it: half a log looks like a whole one, and half of the keys
 * like none.
 */
const NOTE = 'restoring';

export function noteRestoring(data_dir: string, folder: string): void {
  createDurably(data_dir, NOTE, Buffer.from(`${folder}\n`));
}

export function endRestoring(data_dir: string): void {
  rmSync(join(data_dir, NOTE));
  syncFolder(data_dir);
}

/** @throws PlumblineError DATA_DIRECTORY_INVALID when a restore into the directory was not finished */
export function refuseHalfRestored(data_dir: string): void {
  if (!existsSync(join(data_dir, NOTE))) return;
  throw new PlumblineError('DATA_DIRECTORY_INVALID', `"${data_dir}" holds a part of a backup`, {
    detail: 'plumbline restore is at work there, or was cut short',
    hint: 'Wait for it; if it is not running any more, remove the folder and restore again.',
  });
}
