import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import type { Detector } from '../contracts/detector.js';
import { associationEsr } from '../detectors/association-e-sr.js';
import { associationLogRatio } from '../detectors/stats/association-log-ratio.js';
import { delayLimit } from '../detectors/stats/delay-limit.js';
import { averageRunLength, meanDelay, type RunLength } from '../pipelines/evaluate/run-length.js';
import { Random } from '../sources/simulate/random.js';
import { ASSOCIATIONS, type AssociationCase, drawOutcomes, outcomeWindow } from './evaluate/outcome-stream.js';

/**
 * Association within calls: windows between false alarms, and mean windows to detection from the first window of a change
 * on, beside the least that any rule could reach which knows both odds ratios (D*, of the windows as they are drawn).
 */

interface Options {
  readonly nullRuns: number;
  readonly delayRuns: number;
  readonly target: number;
  readonly seed: number;
}

/** Tables drawn for the divergences behind D*. */
const DIVERGENCE_TABLES = 4_000;

const options = new Command('evaluate:tables')
  .description('association within calls: windows between false alarms, and windows to detection')
  .option('--null-runs <n>', 'runs without a change, for each case', wholeNumber, 400)
  .option('--delay-runs <n>', 'runs with a change, for each case', wholeNumber, 2_000)
  .option('--target <windows>', 'windows between false alarms that are asked for', wholeNumber, 1_000)
  .option('--seed <n>', 'seed of all draws', wholeNumber, 1)
  .parse()
  .opts<Options>();

const detector = associationEsr as unknown as Detector;

function runOf(one: AssociationCase, theta: number, random: Random, windows_max: number): RunLength {
  let state = detector.init(detector.config.parse({}), {
    kind: 'relationship',
    sides: { x: 'proportion', y: 'proportion' },
    harmful: 'either',
    log_threshold: Math.log(options.target),
  });
  for (let index = 0; index < windows_max; index++) {
    const step = detector.step(state, outcomeWindow(index, drawOutcomes(random, one, theta), one.before));
    state = step.state;
    if (step.verdict.state === 'drift') return { units: index + 1, is_alarm: true };
  }
  return { units: windows_max, is_alarm: false };
}

/** Mean log-likelihood ratio of a window for `theta` against `other` while `theta` holds. */
function divergence(one: AssociationCase, theta: number, other: number, random: Random): number {
  let sum = 0;
  for (let i = 0; i < DIVERGENCE_TABLES; i++)
    sum += associationLogRatio(drawOutcomes(random, one, theta), theta, other);
  return sum / DIVERGENCE_TABLES;
}

function lineOf(one: AssociationCase): string {
  const { calls, x_share, y_share, before, after } = one;
  const random = (what: string) => Random.of(options.seed, `${what} ${calls} ${x_share} ${y_share} ${before} ${after}`);
  const quiet = random('null');
  const nulls = Array.from({ length: options.nullRuns }, () => runOf(one, before, quiet, 6 * options.target));
  const changed = random('delay');
  const delays = Array.from({ length: options.delayRuns }, () => runOf(one, after, changed, 20 * options.target));
  const [arl, delay] = [averageRunLength(nulls), meanDelay(delays)];
  const drawn = random('divergence');
  const limit = delayLimit(
    options.target,
    divergence(one, before, after, drawn),
    divergence(one, after, before, drawn),
  );
  const figures = (value: typeof arl) =>
    value === null ? 'none' : `${value.mean.toFixed(1)} (${value.low.toFixed(1)} to ${value.high.toFixed(1)})`;
  return `| ${before} to ${after} | ${calls} | ${x_share}, ${y_share} | ${figures(arl)} | ${figures(delay)} | ${limit.toFixed(1)} | ${delay === null ? '' : (delay.mean / limit).toFixed(2)} |`;
}

process.stdout.write(
  '| log odds ratio | calls | shares | windows between false alarms | windows to detection | D* | ratio |\n',
);
process.stdout.write('| --- | ---: | --- | ---: | ---: | ---: | ---: |\n');
for (const one of ASSOCIATIONS) process.stdout.write(`${lineOf(one)}\n`);
