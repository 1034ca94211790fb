import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import { tableLines } from '../cli/present/text.js';
import type { DamageProcessTask } from './faults/damage-process.js';
import type { FleetReport } from './faults/drawn-runs.js';
import { faultReport, type Tried, violationLines } from './faults/fault-report.js';
import { prepareProcess, wholeRun } from './faults/fleet-process.js';
import type { FleetsTask } from './faults/fleets-process.js';
import { type KilledRun, killedRuns } from './faults/killed-runs.js';
import { restartsWithLog } from './faults/large-log.js';
import { allLogDamages, type LogDamageReport } from './faults/log-damage.js';
import { writeMatrix } from './faults/reliability-page.js';
import { type SeedsTask, seedsApart } from './faults/seeds-apart.js';
import { cleanRun, preparedFleet, type SeedReport, verifyCleanRun } from './faults/simulated-run.js';
import { smallFleet } from './faults/small-fleet.js';
import { allStoreDamages, type StoreDamageReport } from './faults/store-damage.js';
import { type SystemFaultReport, systemFaults } from './faults/system-faults.js';
import { inChild, severally } from './in-child.js';
import { memoryFolder, scratchFolder } from './scratch-folder.js';

/**
 * What faults do: kills of the real process, compound faults in a simulated one, and damages of log and store. Ends with 1
 * when anything is lost, doubled, different or undetected.
 */

interface Options {
  readonly kills: number;
  readonly systemFaults: number;
  readonly seeds: number;
  readonly fleets: number;
  readonly from: number;
  readonly logDamages: number;
  readonly storeDamages: number;
  readonly restartLogMb: number;
  readonly workers: number;
  readonly json?: true;
  readonly write?: true;
}

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const SEED_PROCESS = new URL('./faults/seed-process.js', import.meta.url);
const FLEETS_PROCESS = new URL('./faults/fleets-process.js', import.meta.url);
const DAMAGE_PROCESS = new URL('./faults/damage-process.js', import.meta.url);
const PAGE = join('docs', 'reliability.md');
const FLEET_SEED = 1;
/** Seeds of one process: what a process leaves in memory ends with it. */
const SEEDS_PER_PROCESS = 50;
const FLEETS_PER_PROCESS = 4;
/** Where there are more cores: each process takes some 250 MB, and its files lie in memory. */
const WORKERS_MAX = 8;
/** To find what a damage of the archive has cost takes DuckDB, and so ten times as long. */
const DAMAGES_PER_ARCHIVE_DAMAGE = 10;

const options = new Command('test:faults')
  .description('kills, compound faults and damages: what is lost, doubled, different or undetected')
  .option('--kills <n>', 'how often `plumbline run` is killed', wholeNumber, 100)
  .option('--system-faults <n>', 'how often disk, system call and memory fail it, each', wholeNumber, 4)
  .option('--seeds <n>', 'runs of the simulator', wholeNumber, 500)
  .option('--fleets <n>', 'fleets that are drawn, each landed and applied in two ways', wholeNumber, 8)
  .option('--from <seed>', 'first seed of the simulator, and of the fleets', wholeNumber, 1)
  .option(
    '--log-damages <n>',
    'damages of the log, and a tenth as many of its archive and of its summaries',
    wholeNumber,
    200,
  )
  .option('--store-damages <n>', 'damages of the store and its journal', wholeNumber, 20)
  .option('--restart-log-mb <n>', 'starts with a log of so many megabytes that are applied; 0: none', wholeNumber, 0)
  .option('--workers <n>', 'processes at a time', wholeNumber, Math.min(availableParallelism(), WORKERS_MAX))
  .option('--write', `write the fault matrix of ${PAGE}`)
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<Options>();

const folder = scratchFolder('faults');
/** Of what is simulated no power is cut but ours: it may lie in memory. */
const folder_in_memory = scratchFolder('faults', memoryFolder());
const workers = Math.max(1, options.workers);
const started_ms = performance.now();
const fleet = smallFleet(folder, FLEET_SEED);

function say(text: string): void {
  process.stderr.write(`${((performance.now() - started_ms) / 1000).toFixed(0)} s  ${text}\n`);
}

function newFolder(name: string, within = folder_in_memory): string {
  const made = join(within, name);
  mkdirSync(made);
  return made;
}

/** What is done to `plumbline run` as a process. */
async function processFaults(): Promise<{ killed: KilledRun[]; system: SystemFaultReport }> {
  const { kills, systemFaults: times, from: seed } = options;
  if (kills === 0 && times === 0) return { killed: [], system: { runs: [], lacking: {} } };
  const within = newFolder('processes', folder);
  await prepareProcess(within, fleet);
  const task = { program: PROGRAM, folder: within, whole: await wholeRun(within, PROGRAM), seed, workers, say };
  return { killed: await killedRuns({ ...task, kills }), system: await systemFaults({ ...task, times }) };
}

async function simulated(): Promise<SeedReport[]> {
  if (options.seeds === 0) return [];
  const made = newFolder('clean');
  const prepared = await preparedFleet(made, fleet);
  const clean = await cleanRun(made, prepared);
  await verifyCleanRun(made, clean);
  if (clean.directive_ids.length === 0) throw new Error('the fleet brings no directive: nothing could differ');
  const tasks = portions(options.seeds, SEEDS_PER_PROCESS).map(
    ({ from, count }): SeedsTask => ({
      folder: newFolder(`seeds-${from}`),
      fleet: prepared,
      clean,
      from,
      seeds: count,
    }),
  );
  let done = 0;
  const reports = await severally(tasks, workers, async (task) => {
    const some = await seedsApart(SEED_PROCESS, task);
    done += task.seeds;
    const violated = some.filter(({ violations }) => violations.length > 0).length;
    say(`${done} of ${options.seeds} seeds${violated > 0 ? `, ${violated} violated` : ''}`);
    return some;
  });
  return reports.flat();
}

/** Fleets that are drawn. */
async function drawn(): Promise<FleetReport[]> {
  const tasks = portions(options.fleets, FLEETS_PER_PROCESS).map(
    ({ from, count }): FleetsTask => ({ folder: newFolder(`fleets-${from}`), from, fleets: count }),
  );
  const run = (task: FleetsTask) => inChild<FleetsTask, FleetReport[]>(FLEETS_PROCESS, task);
  const reports = (await severally(tasks, workers, run)).flat();
  say(`${reports.length} drawn fleets, ${reports.filter(({ violations }) => violations.length > 0).length} violated`);
  return reports;
}

/** From the first seed on, so many at a time. */
function portions(all: number, size: number): { readonly from: number; readonly count: number }[] {
  return Array.from({ length: Math.ceil(all / size) }, (_, at) => ({
    from: options.from + at * size,
    count: Math.min(size, all - at * size),
  }));
}

/** Damages, in as many parts as are tried beside each other. */
async function damaged<Report>(what: DamageProcessTask['what'], damages: number): Promise<Report[]> {
  const tasks = Array.from({ length: workers }, (_, part): DamageProcessTask => {
    const share = Math.floor((damages * (part + 1)) / workers) - Math.floor((damages * part) / workers);
    return { what, folder: newFolder(`${what}-${part}`), lines: fleet.lines, damages: share, seed: options.from, part };
  });
  return severally(tasks, workers, (task) => inChild<DamageProcessTask, Report>(DAMAGE_PROCESS, task));
}

const { killed, system } = await processFaults();
const seeds = await simulated();
const fleets = await drawn();
const log = allLogDamages(await damaged<LogDamageReport>('log', options.logDamages));
say(`${log.log} damages of the log, ${log.undetected.length} undetected`);
const in_archive = Math.ceil(options.logDamages / DAMAGES_PER_ARCHIVE_DAMAGE);
const archive = allLogDamages(await damaged<LogDamageReport>('archive', in_archive));
say(`${archive.log} damages of the archive, ${archive.undetected.length} undetected`);
const summaries = allLogDamages(await damaged<LogDamageReport>('summaries', in_archive));
say(`${summaries.log} damages of what is kept of closed files, ${summaries.undetected.length} undetected`);
const store = allStoreDamages(await damaged<StoreDamageReport>('store', options.storeDamages));
say(`${store.store} damages of the store, ${store.undetected.length} undetected`);
const large = await restartsWithLog({
  program: PROGRAM,
  folder: newFolder('large', folder),
  megabytes: options.restartLogMb,
  say,
});

const tried: Tried = { killed, system, seeds, fleets, log, archive, summaries, store, large };
const report = faultReport(tried);
const violations = violationLines(tried);
for (const violation of violations) process.stderr.write(`${violation}\n`);
if (options.write === true) {
  const asked = `--kills ${options.kills} --system-faults ${options.systemFaults} --seeds ${options.seeds} --fleets ${options.fleets} --from ${options.from}`;
  const damages = `--log-damages ${options.logDamages} --store-damages ${options.storeDamages}`;
  const command = `npm run --silent test:faults -- ${asked} ${damages} --restart-log-mb ${options.restartLogMb}`;
  const minutes = (performance.now() - started_ms) / 60_000;
  writeMatrix(PAGE, report, { command, on: new Date().toISOString().slice(0, 10), minutes });
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
