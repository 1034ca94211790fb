import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../pipelines/package-root.js';
import { REFERENCE_FOLDER, referencePages } from './pages.js';

/** Writes the generated pages anew, and takes away those that nothing generates any more. */

const folder = join(packageRoot(), REFERENCE_FOLDER);
const pages = referencePages();
rmSync(folder, { recursive: true, force: true });
for (const [name, text] of pages) {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
process.stderr.write(`plumbline: wrote ${pages.size} files to ${REFERENCE_FOLDER}\n`);
