import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { seriesEvaluationLines } from '../../../cli/present/series-evaluation.js';
import type { Detector } from '../../../contracts/detector.js';
import { seriesEvaluationSchema } from '../../../contracts/evaluation-report.js';
import { detectors } from '../../../detectors/index.js';
import { evaluateSeries, SERIES_DETECTORS } from '../../../pipelines/evaluate/series/evaluate-series.js';
import { toldChanges, toldOfAny } from '../../../pipelines/evaluate/series/told-changes.js';
import { seededRandom } from '../../detectors/seeded-random.js';

const root = mkdtempSync(join(tmpdir(), 'plumbline-labelled-'));
afterAll(() => rmSync(root, { recursive: true }));

const run = (folder: string, names: readonly string[], options = {}, signal = new AbortController().signal) =>
  evaluateSeries({ folder, detectors: names, target: 10_000, options }, { signal, progress: () => undefined });
const timeOf = (row: number) =>
  new Date(Date.UTC(2014, 3, 1) + row * 300_000).toISOString().slice(0, 19).replace('T', ' ');

/** One series of 160 rows whose window begins where `periodic` fires first, and one without a window. */
function nabFolder(): string {
  const folder = join(root, 'nab');
  mkdirSync(join(folder, 'data/one'), { recursive: true });
  const csv = `timestamp,value\n${Array.from({ length: 160 }, (_, row) => `${timeOf(row)},${row % 7}`).join('\n')}\n`;
  writeFileSync(join(folder, 'data/one/a.csv'), csv);
  writeFileSync(join(folder, 'data/one/b.csv.gz'), gzipSync(csv.split('\n').slice(0, 90).join('\n')));
  const windows = { 'one/a.csv': [[timeOf(99), timeOf(119)]] };
  writeFileSync(join(folder, 'combined_windows.json'), JSON.stringify(windows));
  return folder;
}

/** A step of six standard deviations at row 60 of 100, marked by one of two. */
function tcpdFolder(): string {
  const folder = join(root, 'tcpd');
  mkdirSync(join(folder, 'datasets'), { recursive: true });
  const random = seededRandom(3);
  const raw = Array.from({ length: 100 }, (_, row) => random.normal() + (row < 60 ? 0 : 6));
  writeFileSync(join(folder, 'datasets/step.json'), JSON.stringify({ name: 'step', n_obs: 100, series: [{ raw }] }));
  writeFileSync(join(folder, 'annotations.json'), JSON.stringify({ step: { a: [60], b: [60] } }));
  return folder;
}

describe('labelled series in the layout of NAB', () => {
  it('score 0 for silence and 100 for a detection at the first row of the window and nothing else', async () => {
    const result = await run(nabFolder(), ['never', 'periodic']);
    expect(seriesEvaluationSchema.parse(result)).toEqual(result);
    expect(result).toMatchObject({ layout: 'nab', series: 2, labels: 1 });
    const [silent, periodic] = result.rows;
    expect(silent).toMatchObject({ detector: 'never', told: 0, standard: 0, reward_low_fp: 0, reward_low_fn: 0 });
    expect(periodic).toMatchObject({ detector: 'periodic', told: 1, f1: null });
    expect(periodic!.standard).toBeCloseTo(100, 9);
    expect(periodic!.per_series.map(({ name, changes }) => [name, changes.length])).toEqual([
      ['one/a.csv', 1],
      ['one/b.csv', 0],
    ]);
    expect(seriesEvaluationLines(result).join('\n')).toMatch(/periodic +100\.0 +100\.0 +100\.0/);
  });
});

describe('labelled series in the layout of TCPD', () => {
  it('score what the rules say: two thirds and 0.52 for silence, 1 for the change', async () => {
    const result = await run(tcpdFolder(), ['never', 'self-starting-glr', 'focus-glr']);
    expect(result).toMatchObject({ layout: 'tcpd', series: 1, labels: 2 });
    const [silent, glr, focus] = result.rows;
    expect(silent!.f1).toBeCloseTo(2 / 3, 12);
    expect(silent!.cover).toBeCloseTo(0.6 * 0.6 + 0.4 * 0.4, 12);
    for (const found of [glr, focus]) {
      expect(found!.f1, found!.detector).toBe(1);
      expect(found!.cover!, found!.detector).toBeGreaterThan(0.95);
      for (const { at, known_at } of found!.per_series[0]!.changes) expect(known_at).toBeGreaterThanOrEqual(at);
    }
    expect(seriesEvaluationLines(result).join('\n')).toContain('0.520');
  });

  it('tell of what several dimensions tell of once', () => {
    const one = [{ at: 60, known_at: 64 }];
    const other = [
      { at: 61, known_at: 66 },
      { at: 80, known_at: 84 },
    ];
    expect(toldOfAny([one, other])).toEqual([one[0], other[1]]);
  });
});

it.each(SERIES_DETECTORS)('what %s tells up to a row does not depend on what comes after it', (name) => {
  const detector = (detectors as Readonly<Record<string, Detector>>)[name]!;
  const random = seededRandom(8);
  const values = Array.from({ length: 260 }, (_, row) => random.normal() + 5 * Math.floor(row / 110));
  const watch = { detector, options: detector.config.parse({}), log_threshold: Math.log(1e4) };
  const all = toldChanges(watch, values);
  for (const end of [50, 130, 235])
    expect(toldChanges(watch, values.slice(0, end))).toEqual(all.filter(({ known_at }) => known_at < end));
});

describe('what cannot be evaluated is told of with what to do', () => {
  const told = async (folder: string, names: readonly string[], options = {}) =>
    run(folder, names, options).then(
      () => 'nothing',
      (error: { describe(): string }) => error.describe(),
    );
  it('a folder without labels, and one that is not there', async () => {
    mkdirSync(join(root, 'bare/data'), { recursive: true });
    expect(await told(join(root, 'bare'), ['never'])).toMatch(/no labelled series[\s\S]*combined_windows\.json/);
    expect(await told(join(root, 'nowhere'), ['never'])).toMatch(/no such folder[\s\S]*Name a folder/);
    expect(await told(root, ['never'])).toMatch(/neither data\/ nor datasets\//);
  });

  it('a detector that does not watch means, and an option that it does not have', async () => {
    expect(await told(nabFolder(), ['ddm'])).toMatch(/"ddm"[\s\S]*proportion[\s\S]*mixture-e-sr/);
    expect(await told(nabFolder(), ['adwin'], { thresh: 2 })).toMatch(/do not fit "adwin"[\s\S]*thresh/);
  });

  it('a user who stops it', async () => {
    await expect(run(nabFolder(), ['never'], {}, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });
});

const data = resolve(import.meta.dirname, '../../..', process.env.PLUMBLINE_DATA ?? '../shared/data');
const tcpd = join(data, 'turing-tcpd');
if (!existsSync(tcpd)) console.log(`skipped: there is no folder ${tcpd} (PLUMBLINE_DATA names where to look)`);
it.skipIf(!existsSync(tcpd))('the annotated series come to the figures of docs/detection.md', async () => {
  const { rows } = await run(tcpd, ['self-starting-glr', 'never'], {});
  expect(rows[1]!.f1).toBeCloseTo(0.661, 3);
  expect(rows[1]!.cover).toBeCloseTo(0.559, 3);
  const [at_twelve] = (await run(tcpd, ['self-starting-glr'], { threshold: 12 })).rows;
  expect(at_twelve!.f1).toBeCloseTo(0.786, 3);
  expect(at_twelve!.cover!.toFixed(3)).toBe('0.707');
});
