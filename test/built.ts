import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Compiles what has changed (`npm test` has done so already), for tests that start processes. */
export function build(): void {
  const { status, stderr } = spawnSync(process.execPath, [join('.ci', 'prepare.mjs')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Address of a compiled module, such as `pipelines/land.js`. */
export function builtModule(path: string): string {
  return pathToFileURL(join(process.cwd(), 'dist', path)).href;
}
