import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Files that match a pattern, as paths that begin like the pattern, in the order of their code units. `*` stands for any
 * part of a name, `?` for one character, `**` for any number of folders; names that begin with a dot must be asked for.
 * Folders behind symbolic links are not searched by `**`.
 */
export function findFiles(pattern: string, base_dir: string): string[] {
  const segments = pattern.split('/');
  const isAbsolute = segments[0] === '';
  const found = new Set<string>();
  search(base_dir, isAbsolute ? '/' : '', isAbsolute ? segments.slice(1) : segments, found);
  return [...found].sort();
}

export function isPattern(path: string): boolean {
  return /[*?]/.test(path);
}

function search(base_dir: string, folder: string, segments: readonly string[], found: Set<string>): void {
  const [segment, ...rest] = segments;
  if (segment === '**') {
    search(base_dir, folder, rest.length === 0 ? ['*'] : rest, found);
    for (const entry of entries(base_dir, folder))
      if (entry.isDirectory() && !entry.name.startsWith('.'))
        search(base_dir, join(folder, entry.name), segments, found);
    return;
  }
  if (!isPattern(segment)) {
    const path = join(folder, segment);
    if (rest.length > 0) search(base_dir, path, rest, found);
    else if (isFile(base_dir, path)) found.add(path);
    return;
  }
  const expression = nameExpression(segment);
  for (const entry of entries(base_dir, folder)) {
    if (!expression.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (rest.length > 0) search(base_dir, path, rest, found);
    else if (isFile(base_dir, path)) found.add(path);
  }
}

function nameExpression(segment: string): RegExp {
  const text = segment
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${segment.startsWith('.') ? '' : '(?!\\.)'}${text}$`, 's');
}

/** Entries of a folder; none where there is no such folder, or no right to see it. */
function entries(base_dir: string, folder: string): Dirent[] {
  try {
    return readdirSync(resolve(base_dir, folder), { withFileTypes: true });
  } catch {
    return [];
  }
}

function isFile(base_dir: string, path: string): boolean {
  try {
    return statSync(resolve(base_dir, path)).isFile();
  } catch {
    return false;
  }
}
