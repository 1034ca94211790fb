import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { detectAll, NAB_SETTINGS, scoreAll } from '../../bench/real-series/nab-evaluation.js';
import { nabLines } from '../../bench/real-series/nab-lines.js';
import { readPublishedDefaults, readPublishedScores } from '../../bench/real-series/published-scores.js';
import { changesOfAll, scoreChanges, TCPD_SETTING } from '../../bench/real-series/tcpd-evaluation.js';
import { tcpdLines } from '../../bench/real-series/tcpd-lines.js';
import {
  detectedRows,
  knownChanges,
  knownChangesTogether,
  withoutGaps,
} from '../../pipelines/evaluate/series/detection.js';
import { readNabSeries, readNabWindows } from '../../pipelines/evaluate/series/nab-folder.js';
import { readAnnotations, readTcpdSeries } from '../../pipelines/evaluate/series/tcpd-folder.js';
import { seededRandom } from '../detectors/seeded-random.js';

const root = mkdtempSync(join(tmpdir(), 'plumbline-series-'));
afterAll(() => rmSync(root, { recursive: true }));

const text = (index: number) =>
  new Date(Date.UTC(2014, 3, 1) + index * 300_000).toISOString().slice(0, 19).replace('T', ' ');

/** Noise with a burst of six rows at each of the rows given. */
function bursts(seed: number, rows: number, at: readonly number[]): number[] {
  const random = seededRandom(seed);
  return Array.from(
    { length: rows },
    (_, row) => random.normal() + (at.some((one) => row >= one && row < one + 6) ? 15 : 0),
  );
}

function nabFolder(labelled: boolean): string {
  const folder = join(root, `nab-${labelled}`);
  for (const category of ['one', 'two']) mkdirSync(join(folder, 'data', category), { recursive: true });
  const csv = (values: readonly number[]) =>
    `timestamp,value\n${values.map((value, row) => `${text(row)},${value}`).join('\r\n')}\r\n`;
  writeFileSync(join(folder, 'data/one/burst.csv.gz'), gzipSync(csv(bursts(1, 1000, [700]))));
  writeFileSync(join(folder, 'data/two/plain.csv'), csv(bursts(2, 800, [])));
  const windows = { 'one/burst.csv': [[`${text(670)}.000000`, `${text(769)}.000000`]] };
  if (labelled) writeFileSync(join(folder, 'combined_windows.json'), JSON.stringify(windows));
  return folder;
}

function tcpdFolder(): string {
  const folder = join(root, 'tcpd');
  mkdirSync(join(folder, 'datasets'), { recursive: true });
  const random = seededRandom(3);
  const step = Array.from({ length: 100 }, (_, row) => random.normal() + (row < 60 ? 0 : 6));
  const write = (name: string, series: (number | null)[][]) => {
    const document = { name, n_obs: 100, series: series.map((raw) => ({ raw })) };
    writeFileSync(join(folder, 'datasets', `${name}.json`), JSON.stringify(document));
  };
  write('gaps', [step.map((value, row) => (row < 3 || row === 50 ? null : value))]);
  write('twofold', [step, step.map((value) => 1000 - value + random.normal())]);
  const annotations = { gaps: { a: [60], b: [] }, twofold: { a: [60], b: [60] } };
  writeFileSync(join(folder, 'annotations.json'), JSON.stringify(annotations));
  return folder;
}

describe('a folder in the layout of NAB', () => {
  test('is detected in without its labels, and scored with them', () => {
    const folder = nabFolder(true);
    const series = readNabSeries(nabFolder(false));
    expect(series.map(({ name, values }) => [name, values.length])).toEqual([
      ['one/burst.csv', 1000],
      ['two/plain.csv', 800],
    ]);
    const detections = detectAll(series);
    const windows = readNabWindows(folder, series);
    expect(windows).toEqual([[{ first: 670, last: 769 }], []]);
    const river = { ADWIN: { 'one/burst.csv': [670], 'two/plain.csv': [] }, KSWIN: { 'one/burst.csv': [] } };
    const result = scoreAll(series, windows, detections, { published: readPublishedScores(folder), river });
    expect(result.standard).toBeGreaterThan(60);
    expect(result.per_detector.map(({ detector, source }) => `${source} ${detector}`)).toEqual([
      ...NAB_SETTINGS.map(({ detector }) => `plumbline ${detector}`),
      'river ADWIN',
    ]);
    expect(result.per_detector.at(-1)!.standard).toBeCloseTo(100, 9);
    expect(result.per_detector[0].optimised!.standard).toBeGreaterThanOrEqual(result.standard);
    expect(nabLines(result, 2, 1).join('\n')).toContain('seasonal-surprise');
  });

  test('what is detected up to a row does not depend on what comes after it', () => {
    const values = bursts(4, 900, [300, 600]);
    const at_us = values.map((_, row) => row * 3e8);
    for (const setting of NAB_SETTINGS) {
      const all = detectedRows(setting, at_us, values);
      for (const end of [250, 303, 640]) {
        expect(detectedRows(setting, at_us.slice(0, end), values.slice(0, end))).toEqual(all.slice(0, end));
      }
    }
  });
});

describe('a folder in the layout of TCPD', () => {
  test('is scored, with missing values and with several dimensions', () => {
    const folder = tcpdFolder();
    const series = readTcpdSeries(folder);
    const changes = changesOfAll(series);
    const result = scoreChanges(series, changes, readAnnotations(folder, series), {
      published: readPublishedDefaults(folder),
      river: { ADWIN: { gaps: [] } },
    });
    expect(result.per_series.map(({ name, dimensions }) => [name, dimensions])).toEqual([
      ['gaps', 1],
      ['twofold', 2],
    ]);
    for (const { f1, changes: told } of result.per_series) {
      expect(f1).toBe(1);
      expect(told).toHaveLength(1);
      expect(Math.abs(told[0].at - 60)).toBeLessThanOrEqual(1);
      expect(told[0].known_at).toBeGreaterThan(told[0].at);
    }
    expect(result.per_method).toMatchObject([{ method: 'ADWIN', series: 1, ours_f1: 1 }]);
    expect(result.per_method[0].f1).toBeLessThan(1);
    expect(tcpdLines(result).join('\n')).toContain('twofold');
  });

  test('what is known at a row does not depend on what comes after it', () => {
    const random = seededRandom(6);
    const values = Array.from({ length: 300 }, (_, row) => random.normal() + 5 * Math.floor(row / 100));
    const until = (end: number) => knownChanges(TCPD_SETTING, values.slice(0, end));
    const all = until(300);
    expect(all).toHaveLength(2);
    for (const end of [105, 150, 210]) {
      expect(until(end)).toEqual(all.filter(({ known_at }) => known_at < end));
    }
  });

  test('one dimension by itself is what the registered detector makes of it', () => {
    const random = seededRandom(7);
    const values = Array.from({ length: 700 }, (_, row) => random.normal() + (row < 450 ? 0 : 2));
    const alone = knownChanges({ detector: 'self-starting-glr', options: { threshold: 12 } }, values);
    expect(alone.length).toBeGreaterThan(0);
    expect(knownChangesTogether([values], 12)).toEqual(alone);
  });

  test('a missing value is the last one seen, never a later one', () => {
    expect(
      withoutGaps([
        [null, 1, null, 2],
        [5, null, 6, null],
      ]),
    ).toEqual({
      from: 1,
      dimensions: [
        [1, 1, 2],
        [5, 6, 6],
      ],
    });
  });
});

test.each([
  ['a folder without series', () => readNabSeries(join(root, 'nowhere')), /data\/<category>/],
  ['a folder without datasets', () => readTcpdSeries(join(root, 'nowhere')), /datasets\/<name>\.json/],
])('%s is told of with what was expected', (_, read, expected) => {
  try {
    read();
    expect.unreachable();
  } catch (error) {
    expect((error as { describe(): string }).describe()).toMatch(expected);
  }
});
