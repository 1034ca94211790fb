import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import { METHODS } from '../pipelines/evaluate/methods.js';
import { type LevelGroup, type MethodTask, QUIET_CALLS, type TableRow } from './detector-table/measure-method.js';
import { detectorTableLines } from './detector-table/table-lines.js';
import { inChild, severally } from './in-child.js';

/**
 * Detectors side by side: mean delay in calls on six abrupt shifts of a proportion, each brought by simulation to the same
 * calls between false alarms, with one setting for all pairs and the harmful side known to all of them.
 */

interface Options {
  readonly nullRuns: number;
  readonly delayRuns: number;
  readonly window: number;
  readonly changeAfter: number;
  readonly seed: number;
  readonly workers: number;
  readonly method?: string[];
  readonly json?: true;
}

const METHOD_PROCESS = new URL('./detector-table/method-process.js', import.meta.url);
const TARGET = 10_000;
const GROUPS: readonly LevelGroup[] = [
  { before: 0.2, harmful: 'down', after: [0.16, 0.14, 0.1] },
  { before: 0.05, harmful: 'up', after: [0.08] },
  { before: 0.35, harmful: 'up', after: [0.5] },
  { before: 0.02, harmful: 'up', after: [0.03] },
];
const NAMES = ['oracle-cusum', ...Object.keys(METHODS)];

const options = new Command('evaluate:table')
  .description('detectors side by side: delay in calls on six shifts, at the same calls between false alarms')
  .option(
    '--null-runs <n>',
    'runs without a change, for each method and level; slow methods get a share',
    wholeNumber,
    6_000,
  )
  .option('--delay-runs <n>', 'runs with a change, for each method and pair', wholeNumber, 10_000)
  .option('--window <calls>', 'calls of a window', wholeNumber, 25)
  .option(
    '--change-after <calls>',
    'quiet calls before a change; 0: from the first window on',
    wholeNumber,
    QUIET_CALLS,
  )
  .option('--seed <n>', 'seed of all draws', wholeNumber, 1)
  .option('--workers <n>', 'processes at a time', wholeNumber, 2)
  .option('--method <name...>', `some of ${NAMES.join(', ')}`)
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<Options>();

const started_ms = performance.now();
const tasks: MethodTask[] = (options.method ?? NAMES).flatMap((method) =>
  GROUPS.flatMap((group) =>
    (method === 'oracle-cusum' ? [true] : [true, false]).map((calibrated) => ({
      method,
      group,
      calibrated,
      window_calls: options.window,
      target: TARGET,
      null_runs: options.nullRuns,
      delay_runs: options.delayRuns,
      change_after: options.changeAfter,
      seed: options.seed,
    })),
  ),
);
const rows = (
  await severally(tasks, Math.max(1, options.workers), async (task) => {
    const done = await inChild<MethodTask, TableRow[]>(METHOD_PROCESS, task);
    const seconds = ((performance.now() - started_ms) / 1000).toFixed(0);
    process.stderr.write(
      `${seconds} s  ${task.method} at ${task.group.before}, ${task.calibrated ? 'calibrated' : 'as shipped'}\n`,
    );
    return done;
  })
).flat();
const lines = options.json === true ? [JSON.stringify(rows, null, 2)] : detectorTableLines(rows, TARGET);
process.stdout.write(`${lines.join('\n')}\n`);
