import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files leave for each other what is prepared once; gone when all have ended. */
    readonly prepared_folder: string;
  }
}

/** Set up once, before any test file. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-test-prepared-'));
  project.provide('prepared_folder', folder);
  return () => rmSync(folder, { recursive: true });
}
