import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparisonLines } from '../../cli/present/comparison.js';
import { evaluationLines } from '../../cli/present/evaluation.js';
import { colorsOf } from '../../cli/present/text.js';
import { type ComparisonReport, comparisonReportSchema } from '../../contracts/comparison-report.js';
import { storeTasks } from '../../pipelines/evaluate/evaluation-tasks.js';
import { measureCase } from '../../pipelines/evaluate/measure-case.js';
import type { Pipeline } from '../../pipelines/pipeline.js';
import { copyPrepared } from './prepared-run.js';
import { newFolder, openSmall } from './small-run.js';

/** The eight small days: an answer collapse of pool south_b on the last, 2025-09-15, from about 09:30 on. */
describe('a comparison over a store', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    const data_dir = newFolder();
    await copyPrepared('finished', data_dir);
    pipeline = await openSmall(data_dir, []);
  }, 180_000);
  afterAll(() => pipeline.close());

  const compare = (signal: string, first: [string, string | null], second: [string, string | null]) =>
    pipeline.compare({
      signal,
      first: { segment: first[0], period: first[1] },
      second: { segment: second[0], period: second[1] },
    });
  const words = (report: ComparisonReport) =>
    comparisonLines(report, { colors: colorsOf(false), width: 100 }).join('\n');
  const of = (report: ComparisonReport, name: string) =>
    report.comparisons.find(({ comparison }) => comparison === name)!;

  it('finds the collapse of the pool between two periods, and counts what SQL counts', async () => {
    const report = comparisonReportSchema.parse(
      await compare(
        'answer_rate',
        ['number_pool=south_b', '2025-09-08..2025-09-14'],
        ['number_pool=south_b', '2025-09-15T10:00..2025-09-15T15:00'],
      ),
    );
    expect(report.per).toBe('trial');
    expect(report.difference!).toBeLessThan(-0.1);
    expect(report.difference_high!).toBeLessThan(-0.1);

    expect(of(report, 'chi-square').p_value).toBeLessThan(1e-6);
    expect(words(report)).toMatch(/They differ: the second is lower by \d/);
    const { rows } =
      await pipeline.query(`select sum(n)::integer, sum(total)::integer from answer_rate inner join dimension_sets using (set_id)
      where number_pool = 'south_b' and timezone('America/Chicago', timezone('UTC', happened_at))::date < '2025-09-15'`);
    const [n, total] = rows[0] as [number, number];
    expect(report.first.n).toBe(n);
    expect(report.first.level).toBeCloseTo(total / n, 12);
  });

  it('is of signals whose levels and volumes an evaluation can take over', async () => {
    const signals = await pipeline.signals();
    const answers = signals.find(({ signal }) => signal === 'answer_rate')!;
    expect(answers).toMatchObject({ kind: 'proportion', harmful: 'down' });
    expect(answers.level).toBeGreaterThan(0.1);
    expect(answers.level).toBeLessThan(0.6);
    // 2,400 calls a day, each in a segment of every grouping: the stream in the middle holds a part of them.
    expect(answers.stream_units_per_week).toBeGreaterThan(1_000);
    expect(answers.stream_units_per_week).toBeLessThan(17_000);
    const budgets = [1, 20];
    const settings = {
      is_calibrated: false,
      null_runs: 0,
      delay_runs: 60,
      episodes: 0,
      recovery_calls: 1_000,
      units_per_week: 0,
      seed: 1,
    };
    const rows = storeTasks(
      { detectors: ['mixture-e-sr'], signals: [answers], budgets, shift: 0.4, window_calls: 25 },
      settings,
    ).map(measureCase);
    expect(rows.map((row) => row.target)).toEqual(budgets.map((budget) => answers.units_per_week / budget));
    expect(rows.map((row) => row.false_directives_per_week)).toEqual(budgets);
    // The larger budget buys the shorter delay.
    expect(rows[1]!.delay!).toBeLessThan(rows[0]!.delay!);
    expect(rows[0]!.delay_hours!).toBeCloseTo((rows[0]!.delay! / answers.stream_units_per_week) * 168, 8);
    expect(evaluationLines(rows, true)[1]).toContain('answer_rate');
  });

  it('finds nothing between two pools of one fleet on quiet days, where there is nothing', async () => {
    const report = await compare(
      'average_call_duration',
      ['number_pool=south_a', '2025-09-08..2025-09-13'],
      ['number_pool=south_b', '2025-09-08..2025-09-13'],
    );
    expect(report.per).toBe('entity');
    expect(report.comparisons.map(({ comparison }) => comparison)).toContain('wasserstein');
    for (const { is_usable, p_value } of report.comparisons) {
      expect(is_usable).toBe(true);
      expect(p_value).toBeGreaterThan(0.001);
    }
    expect(report.first.quartiles![0]).toBeLessThan(report.first.quartiles![2]);
    expect(words(report)).toMatch(/No difference can be told|They may differ/);
  });

  it('compares rates by their minutes', async () => {
    const report = await compare('attempt_volume', ['all', '2025-09-08'], ['all', '2025-09-09']);
    expect(report.per).toBe('minute');
    expect(report.first.n).toBeGreaterThan(300);
    expect(report.unit).toBe('per minute');
  });

  it('gives the same answer to the same question', async () => {
    const ask = () => compare('response_latency', ['all', '2025-09-08'], ['all', '2025-09-09']);
    expect(await ask()).toEqual(await ask());
  });

  it('says so where a side has nothing', async () => {
    const report = await compare('answer_rate', ['all', '2025-09-08'], ['all', '2031-01-01']);
    expect(report.second).toMatchObject({ n: 0, level: null });
    expect(report.difference).toBeNull();
    expect(words(report)).toContain('One side has nothing to compare');
  });

  it.each([
    ['a signal', 'answr_rate', ['all', null], ['all', '2025-09-09'], 'Did you mean "answer_rate"?'],
    ['a dimension', 'answer_rate', ['pool=a', null], ['number_pool=b', null], 'dimension=value'],
    ['a period', 'answer_rate', ['all', 'yesterday'], ['all', '2025-09-09'], 'Write a day'],
    ['a day', 'answer_rate', ['all', '2025-02-31'], ['all', '2025-09-09'], 'Write a day'],
    ['the order of a period', 'answer_rate', ['all', '2025-09-09..2025-09-01'], ['all', null], 'Write a day'],
    ['sides apart', 'answer_rate', ['campaign=a', '2025-09-09'], ['number_pool=b', '2025-09-09'], 'Name two values'],
  ] as const)(
    'refuses what is not %s that it knows, and says what to write',
    async (_, signal, first, second, hint) => {
      await expect(compare(signal, [...first], [...second])).rejects.toMatchObject({
        code: 'COMMAND_ARGUMENT_INVALID',
        hint: expect.stringContaining(hint),
      });
    },
  );
});
