import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The notes in a folder beside the log, by their paths, in the order of frames; none where there is no folder. */
export function noteFiles(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return names.sort().map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
