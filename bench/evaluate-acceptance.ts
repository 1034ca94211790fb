import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import { countText } from '../cli/present/figures.js';
import type { EvaluationRow } from '../contracts/evaluation-report.js';
import { logit } from '../detectors/stats/logit.js';
import { evaluate } from '../pipelines/evaluate/evaluate.js';
import type { EvaluationTask } from '../pipelines/evaluate/measure-case.js';
import { DEFAULT_CASES, type ShiftCase } from '../pipelines/evaluate/shift-case.js';

/**
 * What the detectors that decide have to keep, measured: run lengths without calibration, delays against D*, run lengths
 * under overdispersion, flaps of a closed loop, and the delay of a correlation.
 */

interface Options {
  readonly nullRuns: number;
  readonly delayRuns: number;
  readonly episodes: number;
  readonly seed: number;
  readonly workers: number;
  readonly json?: true;
}

interface Promised {
  readonly what: string;
  readonly task: EvaluationTask;
  /** The figure that is promised, and its bound. */
  readonly figure: 'arl' | 'ratio' | 'flaps_per_episode';
  readonly at_least?: number;
  readonly at_most?: number;
}

const TARGET = 10_000;
const WINDOWS_TARGET = 1_000;
const PAIRS = [
  [0.2, 0.16],
  [0.2, 0.14],
  [0.2, 0.1],
  [0.05, 0.08],
  [0.35, 0.5],
  [0.02, 0.03],
] as const;
const CORRELATIONS = [
  [-0.6, -0.3],
  [-0.6, 0],
  [-0.6, 0.4],
  [-0.3, 0],
  [-0.3, 0.3],
  [-0.8, -0.5],
] as const;

const options = new Command('evaluate:acceptance')
  .description('what the deciding detectors promise: measured beside the bound')
  .option('--null-runs <n>', 'runs without a change, for each row', wholeNumber, 2_000)
  .option('--delay-runs <n>', 'runs with a change, for each row', wholeNumber, 10_000)
  .option('--episodes <n>', 'drifts of a closed loop', wholeNumber, 4_000)
  .option('--seed <n>', 'seed of all draws', wholeNumber, 1)
  .option('--workers <n>', 'threads at a time', wholeNumber, 2)
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<Options>();

const settings = {
  is_calibrated: false,
  null_runs: options.nullRuns,
  delay_runs: options.delayRuns,
  episodes: options.episodes,
  recovery_calls: 1_600,
  change_after: 5_000,
  units_per_week: 100_000,
  seed: options.seed,
} as const;

const levels = (scenario: 'abrupt' | 'overdispersed', window_calls: number): Omit<Promised, 'figure'>[] =>
  PAIRS.map(([before, after]) => {
    const shift = logit(after) - logit(before);
    const harmful = shift > 0 ? 'up' : 'down';
    const one: ShiftCase = { ...DEFAULT_CASES.proportion, before, shift, harmful, window_calls };
    const what = `${before} to ${after}, windows of ${window_calls} calls`;
    const stream = `${before} to ${after}`;
    return { what, task: { ...settings, detector: 'mixture-e-sr', scenario, case: one, stream, target: TARGET } };
  });
const loop = (): Promised => {
  const task = {
    ...settings,
    detector: 'mixture-e-sr',
    scenario: 'closed-loop' as const,
    target: TARGET,
  };
  const what = `closed loop, recovery_calls ${countText(settings.recovery_calls)}`;
  return {
    what,
    task: { ...task, case: DEFAULT_CASES.proportion, stream: 'loop' },
    figure: 'flaps_per_episode',
    at_most: 0.1,
  };
};

const promised: Promised[] = [
  ...levels('abrupt', 25).map((one) => ({ ...one, figure: 'arl' as const, at_least: TARGET })),
  ...levels('abrupt', 50).map((one) => ({ ...one, figure: 'arl' as const, at_least: TARGET })),
  ...levels('abrupt', 25).map((one) => ({ ...one, figure: 'ratio' as const, at_most: 1.5 })),
  ...levels('overdispersed', 25).map((one) => ({ ...one, figure: 'arl' as const, at_least: TARGET })),
  ...levels('overdispersed', 50).map((one) => ({ ...one, figure: 'arl' as const, at_least: TARGET })),
  loop(),
  ...CORRELATIONS.map(([before, after]): Promised => {
    const shift = Math.atanh(after) - Math.atanh(before);
    const one: ShiftCase = { ...DEFAULT_CASES.pair, before, shift };
    const task = {
      ...settings,
      is_calibrated: true,
      change_after: 0,
      scenario: 'abrupt' as const,
      target: WINDOWS_TARGET,
    };
    const stream = `${before} to ${after}`;
    return {
      what: `correlation ${stream}, brought to ${WINDOWS_TARGET} windows`,
      task: { ...task, detector: 'correlation-e-sr', case: one, stream },
      figure: 'ratio',
      at_most: 1.6,
    };
  }),
];

// A row that promises two figures is measured once.
const keyOf = ({ task }: Promised) => JSON.stringify(task);
const tasks = new Map(promised.map((one) => [keyOf(one), one.task]));
const measured = await evaluate([...tasks.values()], {
  workers: options.workers,
  signal: new AbortController().signal,
  progress: ({ scenario, stream, window }, done, all) =>
    process.stderr.write(`${done} of ${all}: ${scenario}, ${stream}, ${window} calls\n`),
});
const rowOf = new Map([...tasks.keys()].map((key, index) => [key, measured[index]!]));
const rows = promised.map((one) => {
  const row = rowOf.get(keyOf(one))!;
  const value = row[one.figure];
  const is_kept = value !== null && value >= (one.at_least ?? 0) && value <= (one.at_most ?? Number.POSITIVE_INFINITY);
  return { what: one.what, scenario: row.scenario, ...figureOf(one, row), bound: boundOf(one), is_kept, row };
});
const lines =
  options.json === true
    ? [JSON.stringify(rows, null, 2)]
    : [
        '| scenario | what | figure | measured | bound | kept |',
        '| --- | --- | --- | ---: | ---: | --- |',
        ...rows.map(
          ({ scenario, what, figure, measured: text, bound, is_kept }) =>
            `| ${scenario} | ${what} | ${figure} | ${text} | ${bound} | ${is_kept ? 'yes' : 'no'} |`,
        ),
      ];
process.stdout.write(`${lines.join('\n')}\n`);

function figureOf({ figure }: Promised, row: EvaluationRow): { readonly figure: string; readonly measured: string } {
  if (figure === 'flaps_per_episode') return { figure: 'flaps an episode', measured: text(row[figure], 3) };
  if (figure === 'arl')
    return {
      figure: 'calls between false alarms',
      measured: `${text(row.arl)} (${text(row.arl_low)} to ${text(row.arl_high)})`,
    };
  const [low, high] = [row.delay_low, row.delay_high].map((end) => (end === null ? null : end / row.d_star));
  return { figure: 'delay over D*', measured: `${text(row.ratio, 2)} (${text(low!, 2)} to ${text(high!, 2)})` };
}

function boundOf({ figure, at_least, at_most }: Promised): string {
  if (at_least !== undefined) return `at least ${countText(at_least)}`;
  return `at most ${figure === 'ratio' ? at_most!.toFixed(1) : at_most}`;
}

function text(value: number | null, digits = 0): string {
  return value === null ? '-' : digits === 0 ? countText(value) : value.toFixed(digits);
}
