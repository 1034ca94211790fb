import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { PlumblineError } from '../../contracts/errors.js';
import { nearestName } from '../nearest-name.js';
import { packageRoot } from '../package-root.js';

/** A mapping: one SELECT that turns the rows of files into events. */
export interface Mapping {
  /** File name without `.sql`; part of the `source` of every event. */
  readonly name: string;
  readonly sql: string;
  readonly file: string;
}

/** Larger files are no mapping. */
const MAPPING_BYTES_MAX = 1_048_576;

/** Names of the mappings in `sql/imports/`. */
export function shippedMappings(): string[] {
  return readdirSync(shippedFolder())
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -4))
    .sort();
}

/**
 * Reads a mapping: a path (from this folder), or the name of a shipped one.
 *
 * @throws PlumblineError IMPORT_MAPPING_INVALID
 */
export function readMapping(name_or_path: string): Mapping {
  const name = basename(name_or_path, '.sql');
  const shipped = join(shippedFolder(), `${name}.sql`);
  const is_name = basename(name_or_path) === name_or_path && existsSync(shipped);
  const own = resolve(name_or_path);
  const file = is_name && (name_or_path === name || !existsSync(own)) ? shipped : own;
  try {
    const { size } = statSync(file);
    if (size > MAPPING_BYTES_MAX) throw new Error(`it has ${size} bytes; a mapping has at most ${MAPPING_BYTES_MAX}`);
    return { name, sql: readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), file };
  } catch (cause) {
    const names = shippedMappings();
    const nearest = nearestName(name, names);
    throw new PlumblineError('IMPORT_MAPPING_INVALID', `the mapping "${name_or_path}" cannot be read`, {
      detail: `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: `${nearest === undefined ? '' : `Did you mean "${nearest}"? `}Name a .sql file, or one of: ${names.join(', ')}.`,
      cause,
    });
  }
}

function shippedFolder(): string {
  return join(packageRoot(), 'sql', 'imports');
}
