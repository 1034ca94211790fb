import { beforeAll, describe, expect, it } from 'vitest';
import { evaluationLines } from '../../../cli/present/evaluation.js';
import { delayChartSvg } from '../../../cli/report/delay-chart.js';
import { evaluationRowSchema } from '../../../contracts/evaluation-report.js';
import type * as Evaluate from '../../../pipelines/evaluate/evaluate.js';
import { evaluate } from '../../../pipelines/evaluate/evaluate.js';
import { dispersionOf, SCENARIOS, type ScenarioName } from '../../../pipelines/evaluate/evaluation-scenario.js';
import { simulatedTasks } from '../../../pipelines/evaluate/evaluation-tasks.js';
import { measureCase } from '../../../pipelines/evaluate/measure-case.js';
import { EVALUATED } from '../../../pipelines/evaluate/methods.js';
import { drawBinomial, ScenarioStream } from '../../../pipelines/evaluate/scenario-stream.js';
import { DEFAULT_CASES, limitOf, SHOWN } from '../../../pipelines/evaluate/shift-case.js';
import { Random } from '../../../sources/simulate/random.js';
import { build, builtModule } from '../../built.js';

const settings = {
  is_calibrated: false,
  null_runs: 40,
  delay_runs: 100,
  episodes: 40,
  recovery_calls: 1_600,
  units_per_week: 50_000,
  seed: 1,
};
const grid = (detectors: string[], scenarios: ScenarioName[], more: object = {}) =>
  simulatedTasks({ detectors, scenarios, targets: { calls: [1_000], windows: [200] } }, { ...settings, ...more });

describe('a measured case', () => {
  it('keeps the run length that the threshold promises, and finds a step soon, in every scenario with a step', () => {
    for (const scenario of ['abrupt', 'seasonal', 'overdispersed', 'autocorrelated', 'thin'] as const) {
      const [row] = grid(['mixture-e-sr'], [scenario]).map(measureCase);
      // With a baseline of few calls what lies within its error is no drift: there may be no false alarm at all.
      if (scenario === 'thin' && row!.arl === null) expect(row!.reason).toContain('no false alarm in 40 runs');
      else expect(row!.arl_high!, scenario).toBeGreaterThan(1_000);
      expect(row!.ratio!, scenario).toBeLessThan(scenario === 'thin' ? 2.5 : 1.6);
      expect(row!.missed_rate, scenario).toBe(0);
      if (row!.arl !== null) {
        expect(row!.false_directives_per_week!).toBeCloseTo(50_000 / row!.arl, 8);
        expect(row!.mean_time_ratio!).toBeCloseTo(row!.arl / row!.delay!, 8);
      }
      expect(Math.abs(row!.change_error!)).toBeLessThan(row!.delay!);
      expect(Math.abs(row!.effect_bias!)).toBeLessThan(0.25);
    }
  });

  it('finds a slow change later than a step', () => {
    const [step, slow] = grid(['mixture-e-sr'], ['abrupt', 'gradual']).map(measureCase);
    expect(slow!.delay_low!).toBeGreaterThan(step!.delay_high!);
  });

  it('throttles while an episode is open, finds most drifts, and seldom opens one twice', () => {
    const [row] = grid(['mixture-e-sr'], ['closed-loop']).map(measureCase);
    expect(row!.missed_rate!).toBeLessThan(0.2);
    expect(row!.flaps_per_episode!).toBeLessThan(0.3);
    expect(row!.recovery_delay!).toBeGreaterThan(50);
    const [hasty] = grid(['mixture-e-sr'], ['closed-loop'], { recovery_calls: 20 }).map(measureCase);
    expect(hasty!.flaps_per_episode!).toBeGreaterThan(1);
  });

  it('is made of every detector of the registry, on the stream that is its own; what is missing has a reason', () => {
    for (const row of grid([...EVALUATED], ['abrupt', 'thin'], { null_runs: 2, delay_runs: 2 }).map(measureCase)) {
      evaluationRowSchema.parse(row);
      if (row.delay === null) expect(row.reason, row.detector).toBeDefined();
    }
  });

  it('comes to the target where the threshold is searched', () => {
    const wanted = { is_calibrated: true, null_runs: 200, delay_runs: 0 };
    const [row] = grid(['mixture-e-sr'], ['abrupt'], wanted).map(measureCase);
    expect(row!.arl_low!).toBeLessThan(1_000);
    expect(row!.arl_high!).toBeGreaterThan(1_000);
    expect(row!.delay).toBeNull();
  });
});

describe('an evaluation', () => {
  beforeAll(build, 120_000);

  it('gives the same rows in one thread and in several, in the order of the tasks', async () => {
    const few = { null_runs: 10, delay_runs: 25, episodes: 10 };
    const tasks = grid(['mixture-e-sr', 'cusum'], ['abrupt', 'closed-loop'], few);
    const seen: number[] = [];
    const options = { signal: new AbortController().signal, progress: (_: unknown, done: number) => seen.push(done) };
    const alone = await evaluate(tasks, { ...options, workers: 0 });
    const built = (await import(builtModule('pipelines/evaluate/evaluate.js'))) as typeof Evaluate;
    expect(await built.evaluate(tasks, { ...options, workers: 2 })).toEqual(alone);
    expect(seen).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);

    const text = evaluationLines(alone, false).join('\n');
    expect(text).toContain('closed-loop');
    expect(text).toContain('flaps an episode');
    const svg = delayChartSvg(alone);
    expect(svg).toMatch(/^<svg /);
    for (const name of ['mixture-e-sr', 'cusum', 'D* (limit)']) expect(svg).toContain(name);
  });

  it('ends at once when it is stopped', async () => {
    const options = { workers: 0, signal: AbortSignal.abort(new Error('stopped')), progress: () => undefined };
    await expect(evaluate(grid(['cusum'], ['abrupt']), options)).rejects.toThrow('stopped');
  });
});

describe('the windows of a scenario', () => {
  it('scatter as much as they say', () => {
    for (const shown of ['proportion', 'rate', 'mean'] as const)
      for (const scenario of ['abrupt', 'overdispersed'] as const) {
        const stream = new ScenarioStream(DEFAULT_CASES[shown], SCENARIOS[scenario]);
        const random = Random.of(1, `${shown} ${scenario}`);
        stream.begin(random);
        const n = 25;
        const [before, sd] = [DEFAULT_CASES[shown].before, { proportion: 0.4, rate: 1, mean: 300 }[shown]];
        const usual = before * (shown === 'rate' ? 2 : 1);
        let squares = 0;
        for (let i = 0; i < 8_000; i++) squares += ((stream.quiet.next(random).total - n * usual) / sd) ** 2 / n;
        expect(squares / 8_000, `${shown} ${scenario}`).toBeGreaterThan(stream.dispersion * 0.93);
        expect(squares / 8_000, `${shown} ${scenario}`).toBeLessThan(stream.dispersion * 1.07);
      }
  });

  it('are known to be more dispersed where calls go together, and more still where windows do', () => {
    expect(dispersionOf(SCENARIOS.abrupt, 25)).toBe(1);
    expect(dispersionOf(SCENARIOS.overdispersed, 25)).toBeCloseTo(1.48, 10);
    expect(dispersionOf(SCENARIOS.autocorrelated, 25)).toBeCloseTo((1.48 * (1 + 0.25 / 1.48)) / (1 - 0.25 / 1.48), 10);
  });

  it('hold binomial counts: the right mean and variance on either side of one half', () => {
    const random = Random.of(2, 'binomial');
    for (const p of [0.02, 0.3, 0.8]) {
      let [sum, squares] = [0, 0];
      for (let i = 0; i < 20_000; i++) {
        const total = drawBinomial(random, 40, p);
        sum += total;
        squares += (total - 40 * p) ** 2;
      }
      expect(Math.abs(sum / 20_000 - 40 * p)).toBeLessThan(0.1);
      expect(squares / 20_000 / (40 * p * (1 - p))).toBeCloseTo(1, 1);
    }
  });
});

it('has a limit for every stream: that of the table of published ones', () => {
  expect(Math.abs(limitOf(DEFAULT_CASES.proportion, 10_000) - 322)).toBeLessThan(1);
  // There in minutes, of which a call has two.
  expect(Math.abs(limitOf(DEFAULT_CASES.rate, 5_000) * 2 - 96)).toBeLessThan(1);
  expect(Math.abs(limitOf(DEFAULT_CASES.pair, 1_000) - 13)).toBeLessThan(0.6);
  for (const shown of SHOWN) expect(limitOf(DEFAULT_CASES[shown], 1_000)).toBeGreaterThan(0);
});
