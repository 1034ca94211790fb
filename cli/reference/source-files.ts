import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../pipelines/package-root.js';

/** Text of a file of the repository. */
export function sourceText(path: string): string {
  return readFileSync(join(packageRoot(), path), 'utf8');
}

/** Files below a folder whose names end so, sorted, by their path from the root of the repository. */
export function sourceFiles(folder: string, suffix: string): string[] {
  return readdirSync(join(packageRoot(), folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => join(entry.parentPath, entry.name).slice(packageRoot().length + 1))
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}
