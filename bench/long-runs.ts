import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import { countText } from '../cli/present/figures.js';
import { tableLines } from '../cli/present/text.js';
import type { Detector } from '../contracts/detector.js';
import { detectors } from '../detectors/index.js';
import { brokenLaw, type LongRun, type LongRunTask } from './detectors/long-run.js';
import { inChild, severally } from './in-child.js';

/**
 * The law of the long run over the whole registry: every detector, on every kind that it watches, for ten million windows
 * or so many seconds of processor time, whichever comes first. Fails where a figure drifts.
 */

const PROCESS = new URL('./detectors/long-run-process.js', import.meta.url);
const REGISTERED = detectors as Readonly<Record<string, Detector>>;

const options = new Command('test:detectors')
  .description('whether the figures of every detector hold, however long it has run')
  .option('--seconds <n>', 'processor time for each at most', wholeNumber, 5)
  .option('--windows <n>', 'windows for each at most', wholeNumber, 10_000_000)
  .option('--seed <n>', 'seed of all draws', wholeNumber, 1)
  .option('--method <name...>', `some of ${Object.keys(REGISTERED).join(', ')}`)
  .parse()
  .opts<{ seconds: number; windows: number; seed: number; method?: string[] }>();

const limits = { seconds_max: Math.max(1, options.seconds), windows_max: options.windows, seed: options.seed };
const tasks = (options.method ?? Object.keys(REGISTERED)).flatMap((detector) =>
  REGISTERED[detector]!.kinds.map((kind): LongRunTask => ({ detector, kind, ...limits })),
);
const runs = await severally(tasks, Math.max(1, availableParallelism()), (task) =>
  inChild<LongRunTask, LongRun>(PROCESS, task),
);
const heads = ['detector', 'shown', 'windows', 'state, bytes', 'drift of numerics', 'off from a new one'];
const rows = runs.map((run) => [
  run.detector,
  run.shown,
  countText(run.windows),
  countText(run.state_bytes),
  run.numeric_drift === null ? 'ranks' : run.numeric_drift.toExponential(1),
  run.fresh_gap === null ? 'remembers all' : run.fresh_gap.toExponential(1),
]);
const broken = runs.map(brokenLaw).filter((text) => text !== null);
const lines = [
  ...tableLines([heads, ...rows], ['left', 'left', 'right', 'right', 'right', 'right']),
  '',
  ...broken,
  broken.length === 0
    ? `The figures of all ${runs.length} hold over ${countText(limits.windows_max)} windows or ${limits.seconds_max} s of processor time.`
    : `The figures of ${broken.length} do not hold.`,
];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
