import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { violationLines } from '../../bench/faults/fault-report.js';
import { SEED_REPORTS, type SeedsTask, seedFailed, seedsApart } from '../../bench/faults/seeds-apart.js';
import { newFolder } from '../pipelines/small-run.js';
import { NOTHING } from './nothing-tried.js';

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that reports of its seeds, and what it does besides. @param body of `ran(seed)`, called before each report */
function process_(name: string, body: string): URL {
  const path = join(folder, `${name}.mjs`);
  const report = JSON.stringify({ ...seedFailed(0, ''), violations: [] });
  writeFileSync(
    path,
    `import { appendFileSync } from 'node:fs';
     const ran = (seed, task) => { ${body} };
     process.once('message', (task) => {
       for (let seed = task.from; seed < task.from + task.seeds; seed++) {
         ran(seed, task);
         appendFileSync(task.folder + '/${SEED_REPORTS}', JSON.stringify({ ...${report}, seed }) + '\\n');
       }
       process.send({ result: null }, () => process.exit());
     });`,
  );
  return pathToFileURL(path);
}

async function reportsOf(name: string, body: string) {
  const own = join(folder, `${name}-task`);
  mkdirSync(own);
  const task = { folder: own, fleet: {}, clean: {}, from: 11, seeds: 5 } as SeedsTask;
  return await seedsApart(process_(name, body), task);
}

describe('a process that ends in the middle of a seed', () => {
  test('is a seed that failed, told with what replays it; the others are tried all the same', async () => {
    const reports = await reportsOf('dying', "if (seed === 13) process.kill(process.pid, 'SIGSEGV');");
    expect(reports.map(({ seed, violations }) => [seed, violations.length])).toEqual([
      [11, 0],
      [12, 0],
      [13, 1],
      [14, 0],
      [15, 0],
    ]);
    const lines = violationLines({ ...NOTHING, seeds: reports });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^seed 13: the process ended in it: .*SIGSEGV/);
    expect(lines[0]).toContain('--from 13 --seeds 1 ');
    expect(lines[0]).toContain('--from 11 --seeds 3 ');
  });

  test('is laid to the last seed when all had been reported', async () => {
    const body = "if (seed === 15) process.once('exit', () => process.kill(process.pid, 'SIGSEGV'));";
    const reports = await reportsOf('late', body);
    expect(reports.map(({ violations }) => violations.length)).toEqual([0, 0, 0, 0, 1]);
  });
});
