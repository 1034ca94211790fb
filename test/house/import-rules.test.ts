import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOMS = ['contracts', 'sources', 'detectors', 'sinks', 'pipelines', 'serving', 'cli', 'bench'];
const SETTINGS = ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json'];
const CRUISE = join('node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');

/** Forbidden imports: the file, what stands in it, and the rule that must find it. */
const PLANTED: readonly [file: string, text: string, rule: string][] = [
  ['contracts/planted.ts', "import '../pipelines/store.js';", 'contracts-imports-nothing-of-ours'],
  ['contracts/planted-clock.ts', "import 'node:fs';", 'contracts-have-no-input-or-output'],
  ['sources/planted.ts', "import '../pipelines/store.js';", 'sources-imports-only-contracts'],
  ['sources/planted-twin.ts', "import './file.js';", 'sources-do-not-import-each-other'],
  ['sources/planted-registry.ts', "import './index.js';", 'sources-do-not-import-each-other'],
  ['sinks/planted.ts', "import '../sources/file.js';", 'sinks-imports-only-contracts'],
  ['sinks/planted-twin.ts', "import './console.js';", 'sinks-do-not-import-each-other'],
  ['detectors/planted.ts', "import '../pipelines/journal.js';", 'detectors-imports-only-contracts'],
  ['detectors/planted-twin.ts', "import './never.js';", 'detectors-do-not-import-each-other'],
  ['detectors/planted-clock.ts', "import 'node:perf_hooks';", 'detectors-have-no-input-or-output'],
  ['detectors/comparisons/planted.ts', "import './index.js';", 'comparisons-do-not-import-each-other'],
  ['detectors/stats/planted.ts', "import '../never.js';", 'detectors-stats-are-below-detectors'],
  ['pipelines/planted.ts', "import '../cli/workspace.js';", 'pipelines-imports-only-contracts-sources-detectors-sinks'],
  ['pipelines/planted-driver.ts', "import '@duckdb/node-api';", 'only-the-store-imports-duckdb'],
  ['pipelines/planted-broker.ts', "import 'kafkajs';", 'only-the-kafka-plugins-import-kafkajs'],
  ['pipelines/planted-typo.ts', "import './no-such-file.js';", 'imports-resolve'],
  ['pipelines/planted-test.ts', "import 'vitest';", 'product-uses-no-development-packages'],
  ['pipelines/planted-bench.ts', "import '../bench/in-child.js';", 'product-does-not-import-tests'],
  ['pipelines/policy/planted.ts', "import 'node:fs';", 'policy-has-no-input-or-output'],
  ['pipelines/policy/planted-store.ts', "import '../store.js';", 'policy-does-not-know-the-store'],
  ['serving/planted.ts', "import '../sinks/file.js';", 'serving-imports-only-contracts-pipelines'],
  ['cli/planted.ts', "import '../detectors/never.js';", 'cli-imports-only-contracts-pipelines-serving'],
  // An import of a type alone, and one that is made while running, are imports too.
  ['sinks/planted-type.ts', "export type { Store } from '../pipelines/store.js';", 'sinks-imports-only-contracts'],
  [
    'sinks/planted-later.ts',
    "export const later = () => import('../pipelines/store.js');",
    'sinks-imports-only-contracts',
  ],
  ['pipelines/planted-left.ts', "export * from './planted-right.js';", 'no-circles'],
  ['pipelines/planted-right.ts', "export * from './planted-left.js';", 'no-dead-files'],
  ['pipelines/planted-package.ts', "import 'acorn';", 'packages-are-declared'],
  ['bench/planted.ts', "import '../test/planted.js';", 'bench-does-not-import-test'],
  ['pipelines/planted-alone.ts', 'export const alone = 1;', 'no-orphans'],
  ['contracts/planted-unused.ts', "export { z } from 'zod';", 'no-dead-files'],
];

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

let folder: string;
let modules: readonly { readonly source: string }[];
let violations: readonly Violation[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-import-rules-'));
  for (const name of [...ROOMS, ...SETTINGS])
    if (existsSync(name)) cpSync(name, join(folder, name), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'test'));
  writeFileSync(join(folder, 'test', 'planted.ts'), 'export const planted = true;\n');
  for (const [file, text] of PLANTED) writeFileSync(join(folder, file), `${text}\n`);
  const rooms = ROOMS.filter((name) => existsSync(name));
  const cruised = JSON.parse(cruise([...rooms])) as {
    modules: typeof modules;
    summary: { violations: readonly Violation[] };
  };
  modules = cruised.modules;
  violations = cruised.summary.violations;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Exits with the number of violations: that there are some is the point. */
function cruise(rooms: string[]): string {
  const parameters = [CRUISE, '--config', SETTINGS[0], '--output-type', 'json', ...rooms];
  try {
    return execFileSync(process.execPath, parameters, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe('the import rules', () => {
  it('are held against the sources: a compiler that the tool does not know would leave it with nothing to scan', () => {
    const scanned = modules.filter(({ source }) => source.endsWith('.ts') && !source.includes('node_modules'));
    expect(scanned.length).toBeGreaterThan(150);
  });

  it.each(PLANTED)('find what is forbidden in %s', (file, _, rule) => {
    const broken = violations.filter(({ from }) => from === file).map((violation) => violation.rule.name);
    expect(broken).toContain(rule);
  });

  it('say what to do instead, each of them, and each is broken here', async () => {
    const { forbidden } = (await import('../../.dependency-cruiser.cjs' as string)).default as {
      forbidden: readonly { name: string; comment?: string; severity: string }[];
    };
    for (const { name, comment, severity } of forbidden) {
      expect(severity, name).toBe('error');
      expect(comment?.length ?? 0, name).toBeGreaterThan(40);
      // Rooms that are not built yet have rules that nothing can break.
      if (!/^(control|console)-/.test(name)) expect(PLANTED.map(([, , rule]) => rule)).toContain(name);
    }
  });
});
