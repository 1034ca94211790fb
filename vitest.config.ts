import { defineConfig } from 'vitest/config';

const ALL = 'test/**/*.test.ts';
/** They replace what all modules of their process see, such as functions of Node: no other file may share it. */
const APART = 'test/**/*.apart.test.ts';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: 'test/prepared-folder.ts',
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'together', include: [ALL], exclude: [APART], isolate: false } },
      { extends: true, test: { name: 'apart', include: [APART] } },
    ],
  },
});
