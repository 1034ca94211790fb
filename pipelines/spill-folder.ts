import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './durable-files.js';

/**
 * Where stores put what does not fit into memory. Each instance has a folder of its own: DuckDB gives its files the same names
 * in every instance, so that two in one folder would write over each other without a word.
 */

export interface SpillOptions {
  /** In it the instance makes a folder of its own for what does not fit into memory; '' for none. */
  readonly temp_dir: string;
  /** What does not fit into memory may take so much of the disk; left out: nine tenths of what is free. */
  readonly spill_mib_max?: number;
  /** What does not fit into memory is encrypted on disk, under a key that ends with the instance; it takes its time. */
  readonly is_spill_sealed?: boolean;
}

/** What DuckDB is told of it. */
export function spillSettings({ spill_mib_max, is_spill_sealed }: SpillOptions): Record<string, string> {
  return {
    ...(spill_mib_max === undefined ? {} : { max_temp_directory_size: `${spill_mib_max}MiB` }),
    // DuckDB calls its own cipher unsafe for writing because of where it draws keys from (docs/decisions/0038).
    ...(is_spill_sealed === true ? { temp_file_encryption: 'true', force_mbedtls_unsafe: 'true' } : {}),
  };
}

/** Folders that this process has named so far. */
let named = 0;

/** Of a data directory; nothing in it outlives a process, for it may hold what is to be forgotten. */
export function spillFolder(data_dir: string): string {
  return join(data_dir, 'spill');
}

/** A folder for one instance. @param parent '' for none */
export function ownSpillFolder(parent: string): string {
  if (parent === '') return '';
  makeFolder(parent);
  return join(parent, `${process.pid}-${named++}`);
}

export function removeSpillFolder(folder: string): void {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
}
