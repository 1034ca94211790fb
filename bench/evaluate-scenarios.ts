import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import { type Evaluation, evaluate } from './evaluate/evaluation.js';
import { evaluationLines, runLine } from './evaluate/evaluation-lines.js';
import type { SeedResult, SeedTask } from './evaluate/run-seed.js';
import { inChild, severally } from './in-child.js';
import { scratchFolder } from './scratch-folder.js';
import { shippedConfiguration } from './shipped-configuration.js';

/**
 * Many seeds of the demo through the whole pipeline, with the configuration that `init` writes: how many planted drifts
 * are found, how soon against the least delay possible, and how many directives nothing explains. Every seed runs in a
 * process and a folder of its own.
 */

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly quietDays?: number;
  readonly workers: number;
  readonly json?: true;
}

const SEED_PROCESS = new URL('./evaluate/seed-process.js', import.meta.url);
/** Where quiet days run out, whole scenarios without drifts follow, so many at most. */
const QUIET_SCENARIOS_MAX = 1_000;

const options = new Command('evaluate:scenarios')
  .description('finds and delays of planted drifts over many seeds, and false directives on quiet days')
  .option('--seeds <n>', 'seeds of the demo', wholeNumber, 30)
  .option('--from <seed>', 'the first of them', wholeNumber, 1)
  .option('--quiet-days <n>', 'quiet days to count (default: all that the seeds have before their drifts)', wholeNumber)
  .option('--workers <n>', 'processes at a time', wholeNumber, 2)
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<Options>();

const folder = scratchFolder('evaluate');

async function run(scenario: string, seed: number): Promise<SeedResult> {
  const data_dir = join(folder, `${scenario}-${seed}`);
  try {
    const result = await inChild<SeedTask, SeedResult>(SEED_PROCESS, { scenario, seed, data_dir });
    process.stderr.write(`${runLine(result)}\n`);
    return result;
  } finally {
    rmSync(data_dir, { recursive: true, force: true });
  }
}

/** The seeds asked for, then as many without drifts as it takes to come to the quiet days asked for. */
async function evaluated(): Promise<Evaluation> {
  const { seeds, from, workers, quietDays = null } = options;
  const at_a_time = Math.max(1, workers);
  const seedsFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);
  const results = await severally(seedsFrom(from, seeds), at_a_time, (seed) => run('demo', seed));
  const days = () => results.reduce((sum, { quiet_dates }) => sum + quiet_dates.length, 0);
  for (let seed = from + seeds; quietDays !== null && days() < quietDays; seed += at_a_time) {
    if (seed > from + seeds + QUIET_SCENARIOS_MAX) throw new Error('scenarios without drifts have no quiet days');
    results.push(...(await severally(seedsFrom(seed, at_a_time), at_a_time, (one) => run('quiet', one))));
  }
  const { false_directives_per_week } = shippedConfiguration().config.budget;
  return evaluate(results, { false_directives_per_week, quiet_days_max: quietDays });
}

const evaluation = await evaluated();
const lines = options.json === true ? [JSON.stringify(evaluation, null, 2)] : evaluationLines(evaluation);
process.stdout.write(`${lines.join('\n')}\n`);
