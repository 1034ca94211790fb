import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import type { Detector } from '../contracts/detector.js';
import { detectors } from '../detectors/index.js';
import type { DetectorSpeed, DetectorTask } from './detectors/measure-detector.js';
import type { ValueSpeed, ValueTask } from './detectors/measure-values.js';
import { RIVER, riverSpeeds } from './detectors/river.js';
import { type BesideRiver, type DetectorBench, detectorBenchLines } from './detectors/speed-lines.js';
import { inChild } from './in-child.js';
import { scratchFolder } from './scratch-folder.js';

/**
 * How fast detectors are: windows per second of processor time for each of the registry, one stream and many, and beside
 * River's own detectors, value by value on the same streams. The long run of each also tells whether its figures hold.
 */

interface Options {
  readonly seconds: number;
  readonly windows: number;
  readonly streams: number;
  readonly seed: number;
  readonly method?: string[];
  readonly river: boolean;
  readonly json?: true;
}

const DETECTOR_PROCESS = new URL('./detectors/detector-process.js', import.meta.url);
const VALUE_PROCESS = new URL('./detectors/value-process.js', import.meta.url);
const REGISTERED = detectors as Readonly<Record<string, Detector>>;
/** The detector that decides, on the kind of most signals: what many streams are measured with. */
const DECIDING = { detector: 'mixture-e-sr', kind: 'proportion' } as const;

const options = new Command('bench:detectors')
  .description('windows per second of processor time, for every detector, and beside River')
  .option('--seconds <n>', 'processor time for each at most', wholeNumber, 5)
  .option('--windows <n>', 'windows for each at most', wholeNumber, 10_000_000)
  .option('--streams <n>', 'streams of the run over many', wholeNumber, 200_000)
  .option('--seed <n>', 'seed of all draws', wholeNumber, 1)
  .option('--method <name...>', `some of ${Object.keys(REGISTERED).join(', ')}`)
  .option('--no-river', `leave out the comparison, for which Python installs ${RIVER} into a folder of its own`)
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<Options>();

const names = options.method ?? Object.keys(REGISTERED);
const limits = { seconds_max: Math.max(1, options.seconds), windows_max: options.windows, seed: options.seed };
const say = (text: string) => process.stderr.write(`${text}\n`);

const measure = async (task: Omit<DetectorTask, keyof typeof limits>): Promise<DetectorSpeed> => {
  say(`${task.detector}, ${task.kind}, ${task.streams} at a time`);
  return inChild<DetectorTask, DetectorSpeed>(DETECTOR_PROCESS, { ...task, ...limits });
};
const speeds: DetectorSpeed[] = [];
for (const detector of names)
  for (const kind of REGISTERED[detector]!.kinds) speeds.push(await measure({ detector, kind, streams: 1 }));
const many = names.includes(DECIDING.detector)
  ? await measure({ ...DECIDING, streams: Math.max(1, options.streams) })
  : null;
const bench: DetectorBench = { speeds, many, river: await besideRiver() };
const lines = options.json === true ? [JSON.stringify(bench, null, 2)] : detectorBenchLines(bench);
process.stdout.write(`${lines.join('\n')}\n`);

async function besideRiver(): Promise<DetectorBench['river']> {
  if (!options.river) return { reason: 'left out by --no-river' };
  say(`installing ${RIVER}`);
  const seconds = limits.seconds_max;
  const river = await riverSpeeds(scratchFolder('river'), seconds, options.seed);
  if ('reason' in river) return river;
  const rows: BesideRiver[] = [];
  for (const { detector, stream, ...theirs } of river.rows.filter((row) => names.includes(row.detector))) {
    say(`${detector}, value by value, ${stream}`);
    const task = { detector, stream, seconds, seed: options.seed };
    const ours = await inChild<ValueTask, ValueSpeed>(VALUE_PROCESS, task);
    const [values_per_s, river_values_per_s] = [ours, theirs].map(({ values, cpu_seconds }) => values / cpu_seconds);
    rows.push({
      detector,
      stream,
      values_per_s,
      river_values_per_s,
      ratio: values_per_s / river_values_per_s,
      fired_per_million: (ours.fired / ours.values) * 1e6,
      river_fired_per_million: (theirs.fired / theirs.values) * 1e6,
    });
  }
  return { river: river.river, python: river.python, rows };
}
