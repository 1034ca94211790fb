import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { PlumblineError } from '../../contracts/errors.js';
import type { EvaluationRow } from '../../contracts/evaluation-report.js';
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from '../../pipelines/evaluate/evaluation-scenario.js';
import { type CommandContext, type CommandFile, wholeNumber, withConfig, withDataDir, withJson } from '../command.js';
import { shownPath } from '../replayed.js';
import type { WorkspaceOptions } from '../workspace.js';

interface EvaluateCommandOptions extends WorkspaceOptions {
  readonly scenario: ScenarioName[];
  readonly target: number[];
  readonly windows: number[];
  readonly calibrate?: true;
  readonly nullRuns: number;
  readonly delayRuns: number;
  readonly episodes: number;
  readonly recoveryCalls: number;
  readonly unitsPerWeek: number;
  readonly seed: number;
  readonly workers: number;
  readonly picture?: string;
  readonly fromStore?: true;
  readonly budget: number[];
  readonly shift: number;
  readonly series?: string;
  readonly option: Readonly<Record<string, unknown>>;
}

/** Put side by side where none is named; on labelled series those that learn what is usual first. */
const DEFAULT_DETECTORS = ['mixture-e-sr', 'cusum', 'focus-glr', 'page-hinkley', 'ewma'];
const SERIES_DETECTORS = ['seasonal-surprise', 'self-starting-glr', 'mixture-e-sr', 'adwin'];
/** Rows between false alarms on labelled series, where no target is given. */
const SERIES_TARGET = 10_000;
const scenarioText = SCENARIO_NAMES.map((name) => `${name} (${SCENARIOS[name].summary})`).join('; ');

export const evaluateCommand: CommandFile<EvaluateCommandOptions> = {
  name: 'evaluate',
  summary: 'measure detectors by simulation: false alarms, delays, missed changes, flaps',
  group: 'Ask it:',
  define(command) {
    command
      .argument('[detectors...]', `some of the registry (default: ${DEFAULT_DETECTORS.join(' ')})`)
      .option('--scenario <name...>', scenarioText, [...SCENARIO_NAMES])
      .option('--target <calls...>', 'calls between false alarms that are asked for', wholeNumbers, [1_000, 10_000])
      .option('--windows <n...>', 'the same for relationships, in windows', wholeNumbers, [200, 1_000])
      .option('--calibrate', 'search thresholds by simulation; otherwise a detector is as designed, told the target')
      .option('--null-runs <n>', 'runs without a change for each row', wholeNumber, 200)
      .option('--delay-runs <n>', 'runs with a change for each row', wholeNumber, 500)
      .option('--episodes <n>', 'drifts of a closed loop', wholeNumber, 200)
      .option('--recovery-calls <n>', 'policy.recovery_calls of a closed loop', wholeNumber, 1_600)
      .option('--units-per-week <n>', 'calls a week over which false directives are counted', wholeNumber, 100_000)
      .option('--seed <n>', 'seed of all draws', wholeNumber, 1)
      .option('--workers <n>', 'threads; 0: none beside this one', wholeNumber, availableParallelism())
      .option('--picture <file>', 'write the delay against the calls between false alarms, as SVG')
      .option(
        '--from-store',
        'take levels, volumes and dispersion from the data directory: what a budget buys in delay',
      )
      .option('--budget <n...>', 'with --from-store: false directives a week', numbers, [0.25, 1, 4])
      .option(
        '--shift <n>',
        'with --from-store: size of the shift, in log odds, log rate or standard deviations',
        number,
        0.4,
      )
      .option('--series <folder>', 'score on labelled series instead, in the layout of NAB or TCPD')
      .option('--option <name=value...>', 'with --series: options of every detector named', optionOf, {});
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    if (context.options.series !== undefined) return onSeries(context, context.options.series);
    const started_ms = performance.now();
    const { terminal, options, signal } = context;
    if (Object.keys(options.option).length > 0) {
      throw new PlumblineError('COMMAND_ARGUMENT_INVALID', '--option goes with --series alone', {
        hint: 'Elsewhere detectors have the options of the registry: leave it out, or name a folder of labelled series.',
      });
    }
    const tasks = await tasksOf(context);
    const { evaluate } = await import('../../pipelines/evaluate/evaluate.js');
    const rows = await evaluate(tasks, {
      workers: options.workers,
      signal,
      progress: ({ detector, scenario, stream }, done, all) =>
        terminal.err.write(`  ${done} of ${all}: ${detector}, ${scenario}, ${stream}\n`),
    });
    const picture = options.picture === undefined ? null : await drawPicture(options.picture, rows);
    const { evaluationLines } = await import('../present/evaluation.js');
    const { nullRuns: null_runs, delayRuns: delay_runs, seed } = options;
    const seconds = (performance.now() - started_ms) / 1000;
    terminal.answer('evaluate', { seconds, null_runs, delay_runs, seed, rows, picture, series: null }, () => [
      ...evaluationLines(rows, options.fromStore === true),
      ...(picture === null ? [] : ['', `wrote ${picture}`]),
    ]);
    return 0;
  },
};

async function onSeries(context: CommandContext<EvaluateCommandOptions>, folder: string): Promise<0> {
  const started_ms = performance.now();
  const { terminal, options, words, signal } = context;
  if (options.fromStore === true || options.picture !== undefined) {
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', '--series goes with neither --from-store nor --picture', {
      hint: 'Run them one after the other.',
    });
  }
  const { evaluateSeries } = await import('../../pipelines/evaluate/series/evaluate-series.js');
  const detectors = words.length > 0 ? words : SERIES_DETECTORS;
  const target = given.has(options.target) ? options.target.at(-1)! : SERIES_TARGET;
  const series = await evaluateSeries(
    { folder: resolve(folder), detectors, target, options: options.option },
    { signal, progress: (detector, done, all) => terminal.err.write(`  ${done} of ${all}: ${detector}\n`) },
  );
  const { seriesEvaluationLines } = await import('../present/series-evaluation.js');
  const seconds = (performance.now() - started_ms) / 1000;
  terminal.answer(
    'evaluate',
    { seconds, null_runs: 0, delay_runs: 0, seed: options.seed, rows: [], picture: null, series },
    () => seriesEvaluationLines(series),
  );
  return 0;
}

async function tasksOf(context: CommandContext<EvaluateCommandOptions>) {
  const { EVALUATED } = await import('../../pipelines/evaluate/methods.js');
  const { simulatedTasks, storeTasks } = await import('../../pipelines/evaluate/evaluation-tasks.js');
  const { options, words } = context;
  checkNames('detector', words, EVALUATED);
  checkNames('scenario', options.scenario, SCENARIO_NAMES);
  const settings = {
    is_calibrated: options.calibrate === true,
    null_runs: options.nullRuns,
    delay_runs: options.delayRuns,
    episodes: options.episodes,
    recovery_calls: options.recoveryCalls,
    units_per_week: options.unitsPerWeek,
    seed: options.seed,
  };
  const { scenario: scenarios, target: calls, windows, budget, shift } = options;
  if (options.fromStore !== true) {
    const detectors = words.length > 0 ? words : DEFAULT_DETECTORS;
    return simulatedTasks({ detectors, scenarios, targets: { calls, windows } }, settings);
  }
  const { askInstance } = await import('../open-instance.js');
  return askInstance(context, async ({ instance, workspace }) => {
    const signals = await instance.signals();
    if (signals.length === 0) {
      throw new PlumblineError('COMMAND_ARGUMENT_INVALID', 'there is nothing to evaluate from this store yet', {
        detail: 'no signal has a sufficient baseline',
        hint: 'Run it until the first baselines are learnt (plumbline status says so), or leave --from-store out.',
      });
    }
    const { window_calls } = workspace.configuration.config.detect;
    const detectors = words.length > 0 ? words : ['mixture-e-sr'];
    return storeTasks({ detectors, signals, budgets: budget, shift, window_calls }, settings);
  });
}

async function drawPicture(path: string, rows: readonly EvaluationRow[]): Promise<string> {
  const { delayChartSvg } = await import('../report/delay-chart.js');
  writeFileSync(resolve(path), delayChartSvg(rows));
  return shownPath(resolve(path));
}

function checkNames(what: string, names: readonly string[], known: readonly string[]): void {
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `there is no ${what} "${wrong}" to evaluate`, {
    hint: `Name some of: ${known.join(', ')}.`,
  });
}

/** `name=value`, several of them; a value is what JSON makes of it, or the text itself. */
function optionOf(text: string, before: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const [, name, value] = /^([a-z][a-z_]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('It takes a name and a value, such as threshold=2.5.');
  }
  try {
    return { ...before, [name]: JSON.parse(value) };
  } catch {
    return { ...before, [name]: value };
  }
}

function wholeNumbers(text: string, before: number[] | undefined): number[] {
  return appended(before, wholeNumber(text));
}

function number(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It takes a number above 0, such as 0.5.');
  return value;
}

function numbers(text: string, before: number[] | undefined): number[] {
  return appended(before, number(text));
}

/** Values given one after another; the first replaces the default. */
const given = new WeakSet<number[]>();
function appended(before: number[] | undefined, value: number): number[] {
  const values = before !== undefined && given.has(before) ? [...before, value] : [value];
  given.add(values);
  return values;
}
