import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPublishedDefaults, readPublishedScores } from '../../bench/real-series/published-scores.js';
import { changePointF1, segmentationCover } from '../../pipelines/evaluate/change-point-score.js';
import {
  bestThreshold,
  NAB_PROFILE_NAMES,
  NAB_PROFILES,
  nabNormalised,
  nabScore,
  nabSum,
} from '../../pipelines/evaluate/nab-score.js';
import { readNabSeries, readNabWindows } from '../../pipelines/evaluate/series/nab-folder.js';
import { rowsOf, textOf } from '../../pipelines/evaluate/series/series-file.js';
import { readAnnotations, readTcpdSeries } from '../../pipelines/evaluate/series/tcpd-folder.js';

const data = resolve(import.meta.dirname, '../..', process.env.PLUMBLINE_DATA ?? '../shared/data');
const nab = join(data, 'numenta-nab');
const tcpd = join(data, 'turing-tcpd');
const missing = [nab, tcpd].filter((folder) => !existsSync(folder));
for (const folder of missing) console.log(`skipped: there is no folder ${folder} (PLUMBLINE_DATA names where to look)`);

describe.skipIf(missing.includes(nab))('NAB', () => {
  const series = missing.includes(nab) ? [] : readNabSeries(nab);
  const windows = missing.includes(nab) ? [] : readNabWindows(nab, series);
  const published = readPublishedScores(nab);
  const baseline = series.map(({ name }, index) => ({
    name,
    scores: rowsOf(textOf(join(nab, 'published_detections/windowedGaussian', detectionFile(name))))
      .slice(1)
      .map((row) => Number(row[2])),
    windows: windows[index],
  }));

  test.each(NAB_PROFILE_NAMES)('output of the windowed Gaussian scores as published for every file, %s', (profile) => {
    expect(baseline).toHaveLength(40);
    for (const one of baseline) {
      const row = published.find(
        (each) => each.detector === 'windowedGaussian' && each.profile === profile && each.name === one.name,
      )!;
      expect(nabSum(one, row.threshold, NAB_PROFILES[profile]), one.name).toBeCloseTo(row.sum, 10);
    }
  });

  test.each(NAB_PROFILE_NAMES)('published sums normalise to the published scores of these files, %s', (profile) => {
    const { scores } = JSON.parse(textOf(join(nab, 'subset_scores.json'))) as {
      scores: Record<string, Record<string, number>>;
    };
    const key = { standard: 'standard', reward_low_fp: 'reward_low_FP_rate', reward_low_fn: 'reward_low_FN_rate' };
    const count = windows.reduce((sum, one) => sum + one.length, 0);
    expect(count).toBe(85);
    for (const [detector, score] of Object.entries(scores)) {
      const rows = published.filter((row) => row.detector === detector && row.profile === profile);
      const sum = rows.reduce((total, row) => total + row.sum, 0);
      expect(nabNormalised(sum, count, NAB_PROFILES[profile]), detector).toBeCloseTo(score[key[profile]], 3);
    }
  });

  test('the best threshold is no worse than the published one, and scores what it says', () => {
    for (const profile of NAB_PROFILE_NAMES) {
      const weights = NAB_PROFILES[profile];
      const best = bestThreshold(baseline, weights);
      expect(nabScore(baseline, best.threshold, weights)).toBeCloseTo(best.score, 9);
      const row = published.find((one) => one.detector === 'windowedGaussian' && one.profile === profile)!;
      expect(best.score).toBeGreaterThanOrEqual(nabScore(baseline, row.threshold, weights) - 1e-9);
    }
  });
});

function detectionFile(name: string): string {
  const [category, file] = name.split('/');
  return `${category}/windowedGaussian_${file}.gz`;
}

describe.skipIf(missing.includes(tcpd))('TCPD', () => {
  test('never reporting a change scores as published, both figures, every series', () => {
    const series = readTcpdSeries(tcpd);
    const annotations = readAnnotations(tcpd, series);
    const published = readPublishedDefaults(tcpd);
    expect(series).toHaveLength(22);
    for (const [index, { name, n }] of series.entries()) {
      const score = (figure: string) =>
        published.find((row) => row.name === name && row.figure === figure)!.methods.zero!;
      expect(changePointF1(annotations[index], []), name).toBeCloseTo(score('f1'), 4);
      expect(segmentationCover(annotations[index], [], n), name).toBeCloseTo(score('cover'), 4);
    }
  });
});
