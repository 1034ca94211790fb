import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import { tableLines } from '../cli/present/text.js';
import { Random, streamKey } from '../sources/simulate/random.js';
import { faultReport, type Tried, violationLines } from './faults/fault-report.js';
import { killedRuns } from './faults/killed-runs.js';
import { damageLog } from './faults/log-damage.js';
import { writeMatrix } from './faults/reliability-page.js';
import type { SeedsTask } from './faults/seed-process.js';
import { cleanRun, type SeedReport } from './faults/simulated-run.js';
import { fleetLines } from './faults/small-fleet.js';
import { damageStore } from './faults/store-damage.js';
import { inChild, severally } from './in-child.js';
import { scratchFolder } from './scratch-folder.js';

/**
 * What faults do: kills of the real process, compound faults in a simulated one, and damages of log and store. Ends with 1
 * when anything is lost, doubled, different or undetected.
 */

interface Options {
  readonly kills: number;
  readonly seeds: number;
  readonly from: number;
  readonly logDamages: number;
  readonly storeDamages: number;
  readonly workers: number;
  readonly json?: true;
  readonly write?: true;
}

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const SEED_PROCESS = new URL('./faults/seed-process.js', import.meta.url);
const PAGE = join('docs', 'reliability.md');
const FLEET_SEED = 1;
/** Seeds of one process: what a process leaves in memory ends with it. */
const SEEDS_PER_PROCESS = 10;
/** To find what a damage of the archive has cost takes DuckDB, and so ten times as long. */
const DAMAGES_PER_ARCHIVE_DAMAGE = 10;

const options = new Command('test:faults')
  .description('kills, compound faults and damages: what is lost, doubled, different or undetected')
  .option('--kills <n>', 'how often `plumbline run` is killed', wholeNumber, 100)
  .option('--seeds <n>', 'runs of the simulator', wholeNumber, 500)
  .option('--from <seed>', 'first seed of the simulator', wholeNumber, 1)
  .option('--log-damages <n>', 'damages of the log, and a tenth as many of its archive', wholeNumber, 1_000)
  .option('--store-damages <n>', 'damages of the store and its journal', wholeNumber, 200)
  .option('--workers <n>', 'processes of the simulator at a time', wholeNumber, 2)
  .option('--write', `write the fault matrix of ${PAGE}`)
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<Options>();

const folder = scratchFolder('faults');
const started_ms = performance.now();
const lines = fleetLines(folder, FLEET_SEED);

function say(text: string): void {
  process.stderr.write(`${((performance.now() - started_ms) / 1000).toFixed(0)} s  ${text}\n`);
}

function newFolder(name: string): string {
  const made = join(folder, name);
  mkdirSync(made);
  return made;
}

async function simulated(): Promise<SeedReport[]> {
  const clean = await cleanRun(newFolder('clean'), lines);
  if (clean.directive_ids.length === 0) throw new Error('the fleet brings no directive: nothing could differ');
  const tasks: SeedsTask[] = [];
  const end = options.from + options.seeds;
  for (let from = options.from; from < end; from += SEEDS_PER_PROCESS)
    tasks.push({
      folder: newFolder(`seeds-${from}`),
      lines,
      clean,
      from,
      seeds: Math.min(SEEDS_PER_PROCESS, end - from),
    });
  let done = 0;
  const reports = await severally(tasks, Math.max(1, options.workers), async (task) => {
    const some = await inChild<SeedsTask, SeedReport[]>(SEED_PROCESS, task);
    done += task.seeds;
    const violated = some.filter(({ violations }) => violations.length > 0).length;
    say(`${done} of ${options.seeds} seeds${violated > 0 ? `, ${violated} violated` : ''}`);
    return some;
  });
  return reports.flat();
}

const random = new Random().restart(streamKey(options.from, 'kills'), 0, 0);
const killed = await killedRuns({
  program: PROGRAM,
  folder: newFolder('kills'),
  lines,
  kills: options.kills,
  random,
  say,
});
const seeds = options.seeds === 0 ? [] : await simulated();
const log = await damageLog({ damages: options.logDamages, seed: options.from });
say(`${log.log} damages of the log, ${log.undetected.length} undetected`);
const in_archive = Math.ceil(options.logDamages / DAMAGES_PER_ARCHIVE_DAMAGE);
const archive = await damageLog({ damages: in_archive, seed: options.from, is_archived: true });
say(`${archive.log} damages of the archive, ${archive.undetected.length} undetected`);
const store = await damageStore(newFolder('store'), { lines, damages: options.storeDamages, seed: options.from });
say(`${store.store} damages of the store, ${store.undetected.length} undetected`);

const tried: Tried = { killed, seeds, log, archive, store };
const report = faultReport(tried, lines.length);
const violations = violationLines(tried);
for (const violation of violations) process.stderr.write(`${violation}\n`);
if (options.write === true) {
  const asked = `--kills ${options.kills} --seeds ${options.seeds} --from ${options.from}`;
  const damages = `--log-damages ${options.logDamages} --store-damages ${options.storeDamages}`;
  const command = `npm run --silent test:faults -- ${asked} ${damages}`;
  writeMatrix(PAGE, report, command, new Date().toISOString().slice(0, 10));
}
const shown =
  options.json === true
    ? [JSON.stringify(report, null, 2)]
    : tableLines(
        report.matrix.map(({ fault, result }) => [fault, result]),
        ['left', 'left'],
      );
process.stdout.write(`${shown.join('\n')}\n`);
process.exitCode = violations.length > 0 ? 1 : 0;
