import { mean } from 'simple-statistics';
import { changePointF1, segmentationCover } from '../../pipelines/evaluate/change-point-score.js';
import {
  type KnownChange,
  knownChanges,
  knownChangesTogether,
  type Setting,
  withoutGaps,
} from '../../pipelines/evaluate/series/detection.js';
import type { TcpdSeries } from '../../pipelines/evaluate/series/tcpd-folder.js';
import type { PublishedDefault } from './published-scores.js';

/** What is run, at what it is run with: fixed before any series is seen. */
const THRESHOLD = 12;
export const TCPD_SETTING: Setting = { detector: 'self-starting-glr', options: { threshold: THRESHOLD } };

export interface SeriesScores {
  readonly name: string;
  readonly f1: number;
  readonly cover: number;
  readonly dimensions: number;
  readonly n: number;
  /** Change points as estimated, each with the row at which it was known. */
  readonly changes: readonly KnownChange[];
}

export interface MethodScores {
  readonly method: string;
  readonly source: 'published' | 'river';
  /** Mean over the series that the method has an answer for, and ours over the same series. */
  readonly series: number;
  readonly f1: number;
  readonly cover: number;
  readonly ours_f1: number;
  readonly ours_cover: number;
}

export interface TcpdEvaluation {
  readonly f1: number;
  readonly cover: number;
  readonly per_series: readonly SeriesScores[];
  readonly per_method: readonly MethodScores[];
}

/** Changes of every series; annotations have no part in it. */
export function changesOfAll(all: readonly TcpdSeries[]): KnownChange[][] {
  return all.map((series) => {
    const { from, dimensions } = withoutGaps(series.dimensions);
    const changes =
      dimensions.length === 1 ? knownChanges(TCPD_SETTING, dimensions[0]) : knownChangesTogether(dimensions, THRESHOLD);
    return changes.map(({ at, known_at }) => ({ at: at + from, known_at: known_at + from }));
  });
}

type Beside = {
  readonly published: readonly PublishedDefault[];
  readonly river: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
};

export function scoreChanges(
  all: readonly TcpdSeries[],
  changes: readonly (readonly KnownChange[])[],
  annotations: readonly (readonly (readonly number[])[])[],
  beside: Beside,
): TcpdEvaluation {
  const per_series = all.map(
    ({ name, n, dimensions }, index): SeriesScores => ({
      name,
      ...scoresOf(
        annotations[index],
        changes[index].map(({ at }) => at),
        n,
      ),
      dimensions: dimensions.length,
      n,
      changes: changes[index],
    }),
  );
  return {
    f1: mean(per_series.map(({ f1 }) => f1)),
    cover: mean(per_series.map(({ cover }) => cover)),
    per_series,
    per_method: [...riverMethods(per_series, annotations, beside), ...publishedMethods(per_series, beside)],
  };
}

function scoresOf(marked: readonly (readonly number[])[], points: readonly number[], n: number) {
  return { f1: changePointF1(marked, points), cover: segmentationCover(marked, points, n) };
}

function publishedMethods(ours: readonly SeriesScores[], { published }: Beside): MethodScores[] {
  const figureOf = (method: string, series: string, figure: PublishedDefault['figure']) =>
    published.find((row) => row.name === series && row.figure === figure)?.methods[method] ?? null;
  return Object.keys(published[0]?.methods ?? {}).flatMap((method) => {
    const rows = ours.flatMap((one) => {
      const f1 = figureOf(method, one.name, 'f1');
      const cover = figureOf(method, one.name, 'cover');
      return f1 === null || cover === null ? [] : [{ one, f1, cover }];
    });
    return methodScores(method, 'published', rows);
  });
}

/** River's detectors, which say when they know, not since when: the row of the detection is the change point. */
function riverMethods(
  ours: readonly SeriesScores[],
  annotations: readonly (readonly (readonly number[])[])[],
  { river }: Beside,
): MethodScores[] {
  return Object.entries(river).flatMap(([method, points]) => {
    const rows = ours.flatMap((one, index) =>
      one.name in points ? [{ one, ...scoresOf(annotations[index], points[one.name], one.n) }] : [],
    );
    return methodScores(method, 'river', rows);
  });
}

function methodScores(
  method: string,
  source: MethodScores['source'],
  rows: readonly { readonly one: SeriesScores; readonly f1: number; readonly cover: number }[],
): MethodScores[] {
  if (rows.length === 0) return [];
  return [
    {
      method,
      source,
      series: rows.length,
      f1: mean(rows.map(({ f1 }) => f1)),
      cover: mean(rows.map(({ cover }) => cover)),
      ours_f1: mean(rows.map(({ one }) => one.f1)),
      ours_cover: mean(rows.map(({ one }) => one.cover)),
    },
  ];
}
