import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import type { DetectionWindow, Detector } from '../contracts/detector.js';
import { associationEsr } from '../detectors/association-e-sr.js';
import { multinomialEsr } from '../detectors/multinomial-e-sr.js';
import { associationLogRatio } from '../detectors/stats/association-log-ratio.js';
import { delayLimit } from '../detectors/stats/delay-limit.js';
import { bernoulliDivergence } from '../detectors/stats/kullback-leibler.js';
import { drawMix, MIXES, type MixCase, movedShare } from '../pipelines/evaluate/mix-stream.js';
import {
  ASSOCIATIONS,
  type AssociationCase,
  drawOutcomes,
  outcomeWindow,
} from '../pipelines/evaluate/outcome-stream.js';
import { averageRunLength, meanDelay, type RunLength } from '../pipelines/evaluate/run-length.js';
import { Random } from '../sources/simulate/random.js';

/**
 * Associations within calls, and mixes: windows between false alarms, and mean windows to detection from the first window of
 * a change on, beside the least that any rule could reach which knows what comes after (D*, of the windows as they are drawn).
 */

interface Options {
  readonly nullRuns: number;
  readonly delayRuns: number;
  readonly target: number;
  readonly seed: number;
}

/** Tables drawn for the divergences behind D*. */
const DIVERGENCE_TABLES = 4_000;

const options = new Command('evaluate:associations')
  .description('associations and mixes: windows between false alarms, and windows to detection')
  .option('--null-runs <n>', 'runs without a change, for each case', wholeNumber, 400)
  .option('--delay-runs <n>', 'runs with a change, for each case', wholeNumber, 2_000)
  .option('--target <windows>', 'windows between false alarms that are asked for', wholeNumber, 1_000)
  .option('--seed <n>', 'seed of all draws', wholeNumber, 1)
  .parse()
  .opts<Options>();

function runOf(detector: Detector, windows_max: number, windowAt: (index: number) => DetectionWindow): RunLength {
  let state = detector.init(detector.config.parse({}), {
    kind: 'relationship',
    sides: { x: 'proportion', y: 'proportion' },
    harmful: 'either',
    log_threshold: Math.log(options.target),
  });
  for (let index = 0; index < windows_max; index++) {
    const step = detector.step(state, windowAt(index));
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

/** Both measurements as the end of a line: `draw` makes a window, quiet or changed. */
function measured(
  detector: unknown,
  name: string,
  draw: (random: Random, index: number, is_changed: boolean) => DetectionWindow,
  limit: number,
): string {
  const runs = (count: number, is_changed: boolean, windows_max: number) => {
    const random = Random.of(options.seed, `${is_changed} ${name}`);
    return Array.from({ length: count }, () =>
      runOf(detector as Detector, windows_max, (index) => draw(random, index, is_changed)),
    );
  };
  const arl = averageRunLength(runs(options.nullRuns, false, 6 * options.target));
  const delay = meanDelay(runs(options.delayRuns, true, 20 * options.target));
  const figures = (value: typeof arl) =>
    value === null ? 'none' : `${value.mean.toFixed(1)} (${value.low.toFixed(1)} to ${value.high.toFixed(1)})`;
  const ratio = delay === null ? '' : (delay.mean / limit).toFixed(2);
  return `${figures(arl)} | ${figures(delay)} | ${limit.toFixed(1)} | ${ratio} |`;
}

function associationLine(one: AssociationCase): string {
  const { calls, x_share, y_share, before, after } = one;
  const drawn = Random.of(options.seed, `divergence ${JSON.stringify(one)}`);
  const limit = delayLimit(
    options.target,
    divergence(one, before, after, drawn),
    divergence(one, after, before, drawn),
  );
  const draw = (random: Random, index: number, is_changed: boolean) =>
    outcomeWindow(index, drawOutcomes(random, one, is_changed ? after : before), before);
  const end = measured(associationEsr, JSON.stringify(one), draw, limit);
  return `| ${before} to ${after} | ${calls} | ${x_share}, ${y_share} | ${end}`;
}

function mixLine(one: MixCase): string {
  const [before, after] = [one.shares[one.part], movedShare(one)];
  const limit = delayLimit(
    options.target,
    one.calls * bernoulliDivergence(before, after),
    one.calls * bernoulliDivergence(after, before),
  );
  const end = measured(
    multinomialEsr,
    JSON.stringify(one),
    (random, index, is) => drawMix(random, index, one, is),
    limit,
  );
  return `| ${before} to ${after.toFixed(3)} | ${one.calls} | ${one.shares.join(', ')} | ${end}`;
}

const HEAD = ['windows between false alarms', 'windows to detection', 'D*', 'ratio'].join(' | ');
const RULE = '| --- | ---: | --- | ---: | ---: | ---: | ---: |';
process.stdout.write(`| log odds ratio | calls | shares | ${HEAD} |\n${RULE}\n`);
for (const one of ASSOCIATIONS) process.stdout.write(`${associationLine(one)}\n`);
process.stdout.write(`\n| share of a part | calls | mix | ${HEAD} |\n${RULE}\n`);
for (const one of MIXES) process.stdout.write(`${mixLine(one)}\n`);
