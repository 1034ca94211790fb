import { tableLines } from '../../cli/present/text.js';
import type { DetectorScores, NabEvaluation, ProfileScores } from './nab-evaluation.js';

/** An evaluation as people read it: 100 is a detector that finds every window at its start and says nothing else. */
export function nabLines({ per_detector }: NabEvaluation, files: number, windows: number): string[] {
  const figures = ({ standard, reward_low_fp, reward_low_fn }: ProfileScores) =>
    [standard, reward_low_fp, reward_low_fn].map((score) => score.toFixed(1));
  const rows = per_detector.flatMap((one): string[][] => [
    [one.detector, noteOf(one), ...figures(one)],
    ...(one.cross_checked === undefined
      ? []
      : [['', 'threshold from the other categories', ...figures(one.cross_checked)]]),
    ...(one.optimised === undefined ? [] : [['', 'threshold from these labels', ...figures(one.optimised)]]),
  ]);
  return [
    `NAB, ${files} series with ${windows} windows`,
    ...tableLines(
      [['detector', '', 'standard', 'low FP', 'low FN'], ...rows],
      ['left', 'left', 'right', 'right', 'right'],
    ).map((line) => `  ${line}`),
  ];
}

function noteOf({ source, options }: DetectorScores): string {
  if (source === 'plumbline') return `fixed: ${JSON.stringify(options)}`;
  return source === 'river' ? 'River, defaults' : 'published, threshold from labels';
}
