import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NAB_PROFILE_NAMES, type NabProfileName } from '../../pipelines/evaluate/nab-score.js';
import { malformed, rowsOf, textOf } from '../../pipelines/evaluate/series/series-file.js';

/** One row of `published_per_file_scores.csv`. */
export interface PublishedScore {
  readonly detector: string;
  readonly profile: NabProfileName;
  readonly name: string;
  readonly threshold: number;
  readonly sum: number;
}

/** Scores of published detectors for each series, not normalised; empty where the folder has none. */
export function readPublishedScores(folder: string): PublishedScore[] {
  const file = join(folder, 'published_per_file_scores.csv');
  if (!existsSync(file)) return [];
  return rowsOf(textOf(file))
    .slice(1)
    .map(([detector, profile, name, threshold, sum]) => ({
      detector,
      profile: profileOf(profile, file),
      name,
      threshold: Number(threshold),
      sum: Number(sum),
    }));
}

function profileOf(published: string, file: string): NabProfileName {
  const profile = NAB_PROFILE_NAMES.find((name) => name === published.replace('_rate', '').toLowerCase());
  if (profile === undefined) throw malformed(file, `"${published}" is no profile; there are ${NAB_PROFILE_NAMES}`);
  return profile;
}

/** One row of `published_default_scores.csv`: methods by name; null where a method gave no answer. */
export interface PublishedDefault {
  readonly name: string;
  readonly figure: 'f1' | 'cover';
  readonly methods: Readonly<Record<string, number | null>>;
}

/** Scores of published methods at their default settings; empty where the folder has none. */
export function readPublishedDefaults(folder: string): PublishedDefault[] {
  const file = join(folder, 'published_default_scores.csv');
  if (!existsSync(file)) return [];
  const [heading, ...rows] = rowsOf(textOf(file));
  return rows
    .filter(([name]) => !name.startsWith('MEAN'))
    .map(([name, figure, ...scores]) => ({
      name,
      figure: figure === 'cover' ? 'cover' : 'f1',
      methods: Object.fromEntries(
        scores.map((score, index) => [heading[index + 2], score === '' ? null : Number(score)]),
      ),
    }));
}
