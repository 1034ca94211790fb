import {
  NAB_PROFILE_NAMES,
  NAB_PROFILES,
  type NabProfileName,
  nabNormalised,
  nabSum,
  type RowWindow,
} from '../../pipelines/evaluate/nab-score.js';
import { detectedRows, type Setting } from '../../pipelines/evaluate/series/detection.js';
import type { NabSeries } from '../../pipelines/evaluate/series/nab-folder.js';
import type { PublishedScore } from './published-scores.js';

export type ProfileScores = Readonly<Record<NabProfileName, number>>;

/** One detector over all series. */
export interface DetectorScores extends ProfileScores {
  readonly detector: string;
  /** `plumbline`: at options committed beforehand; `river`: at River's defaults; `published`: at thresholds chosen by label. */
  readonly source: 'plumbline' | 'river' | 'published';
  readonly options?: Setting['options'];
  /** With the threshold of THRESHOLDS that these labels favour, in each profile. */
  readonly optimised?: ProfileScores;
  /** Each category at the threshold that the labels of all other categories favour. */
  readonly cross_checked?: ProfileScores;
}

export interface NabEvaluation extends ProfileScores {
  readonly per_detector: readonly DetectorScores[];
}

/**
 * What is run, at what it is run with: fixed before any series is seen. The first is what the evaluation stands for.
 * The threshold of `seasonal-surprise` is far below its default: this benchmark takes nine false detections for one
 * that is found.
 */
export const NAB_SETTINGS: readonly Setting[] = [
  { detector: 'seasonal-surprise', options: { threshold: 2.5 } },
  { detector: 'self-starting-glr', options: { threshold: 12 } },
  { detector: 'never', options: {} },
];

/** Thresholds of the first setting that `optimised` and `cross_checked` choose from. */
const THRESHOLDS: readonly number[] = [1.6, 1.8, 2, 2.2, 2.4, 2.5, 2.6, 2.8, 3, 3.2, 3.4, 3.6, 4];

/** Rows at which each setting detects, for every series; labels have no part in it. */
export interface Detections {
  readonly fixed: readonly (readonly Uint8Array[])[];
  readonly by_threshold: readonly (readonly Uint8Array[])[];
}

export function detectAll(all: readonly NabSeries[]): Detections {
  const over = (setting: Setting) => all.map(({ at_us, values }) => detectedRows(setting, at_us, values));
  const { detector, options } = NAB_SETTINGS[0];
  return {
    fixed: NAB_SETTINGS.map(over),
    by_threshold: THRESHOLDS.map((threshold) => over({ detector, options: { ...options, threshold } })),
  };
}

/** Detected rows of River's detectors, by detector and series. */
export type RiverDetections = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

export function scoreAll(
  all: readonly NabSeries[],
  windows: readonly (readonly RowWindow[])[],
  detections: Detections,
  beside: { readonly published: readonly PublishedScore[]; readonly river: RiverDetections },
): NabEvaluation {
  const sumsOf = (rows: readonly Uint8Array[]) => rows.map((scores, index) => profileSums(scores, windows[index]));
  const fixed = detections.fixed.map(sumsOf);
  const by_threshold = detections.by_threshold.map(sumsOf);
  const count = windows.reduce((total, one) => total + one.length, 0);
  const ours = NAB_SETTINGS.map(
    ({ detector, options }, index): DetectorScores => ({
      detector,
      source: 'plumbline',
      options,
      ...scoresOf(fixed[index], count),
      ...(index > 0
        ? {}
        : {
            optimised: perProfile((profile) => Math.max(...by_threshold.map((sums) => scoresOf(sums, count)[profile]))),
            cross_checked: perProfile((profile) => crossChecked(all, by_threshold, count, profile)),
          }),
    }),
  );
  const { standard, reward_low_fp, reward_low_fn } = ours[0];
  return {
    standard,
    reward_low_fp,
    reward_low_fn,
    per_detector: [
      ...ours,
      ...riverScores(all, windows, beside.river, count),
      ...publishedScores(all, beside.published, count),
    ],
  };
}

/** Sums of one series, not normalised. */
function profileSums(scores: ArrayLike<number>, windows: readonly RowWindow[]): ProfileScores {
  return perProfile((profile) => nabSum({ scores, windows }, 1, NAB_PROFILES[profile]));
}

function scoresOf(sums: readonly ProfileScores[], windows: number): ProfileScores {
  return perProfile((profile) =>
    nabNormalised(
      sums.reduce((total, one) => total + one[profile], 0),
      windows,
      NAB_PROFILES[profile],
    ),
  );
}

function crossChecked(
  all: readonly NabSeries[],
  by_threshold: readonly (readonly ProfileScores[])[],
  windows: number,
  profile: NabProfileName,
): number {
  const categories = all.map(({ name }) => name.split('/')[0]);
  let total = 0;
  for (const left_out of new Set(categories)) {
    const sumWhere = (sums: readonly ProfileScores[], isWanted: (category: string) => boolean) =>
      sums.reduce((sum, one, index) => sum + (isWanted(categories[index]) ? one[profile] : 0), 0);
    const others = by_threshold.map((sums) => sumWhere(sums, (category) => category !== left_out));
    const chosen = others.indexOf(Math.max(...others));
    total += sumWhere(by_threshold[chosen], (category) => category === left_out);
  }
  return nabNormalised(total, windows, NAB_PROFILES[profile]);
}

/** River's detectors, where it was run on all of these series. */
function riverScores(
  all: readonly NabSeries[],
  windows: readonly (readonly RowWindow[])[],
  river: RiverDetections,
  count: number,
): DetectorScores[] {
  return Object.entries(river)
    .filter(([, rows]) => all.every(({ name }) => name in rows))
    .map(([detector, rows]): DetectorScores => {
      const sums = all.map(({ name, values }, index) => {
        const scores = new Uint8Array(values.length);
        for (const row of rows[name]) scores[row] = 1;
        return profileSums(scores, windows[index]);
      });
      return { detector, source: 'river', ...scoresOf(sums, count) };
    })
    .sort(byStandard);
}

/** Published detectors re-summed over these series, where all of them are published. */
function publishedScores(
  all: readonly NabSeries[],
  published: readonly PublishedScore[],
  count: number,
): DetectorScores[] {
  const names = new Set(published.map(({ detector }) => detector));
  return [...names]
    .flatMap((detector): DetectorScores[] => {
      const sums = all.map(({ name }) => {
        const rows = published.filter((row) => row.detector === detector && row.name === name);
        return perProfile((profile) => rows.find((row) => row.profile === profile)?.sum ?? Number.NaN);
      });
      const scores = scoresOf(sums, count);
      return Number.isNaN(scores.standard) ? [] : [{ detector, source: 'published', ...scores }];
    })
    .sort(byStandard);
}

const byStandard = (one: ProfileScores, other: ProfileScores) => other.standard - one.standard;

function perProfile(value: (profile: NabProfileName) => number): ProfileScores {
  return Object.fromEntries(NAB_PROFILE_NAMES.map((profile) => [profile, value(profile)])) as Record<
    NabProfileName,
    number
  >;
}
