import type { ReviewReport } from '../../contracts/review-report.js';
import type { PresentOptions } from './episodes.js';
import { countText, localText, localTimeText, magnitudeText, segmentText, valueText } from './figures.js';
import { printable, tableLines, wrapped } from './text.js';

/** Streams that are shown; `--json` has more. */
const SHOWN_MAX = 30;

/** What a period has told, the strongest evidence first. */
export function reviewLines(report: ReviewReport, { colors, width, time_zone }: PresentOptions): string[] {
  const { from_at, to_at, streams, false_share, told, told_count, log_threshold, baseline_version } = report;
  const span = `${localText(from_at, time_zone)} to ${localTimeText(to_at, from_at, time_zone)}`;
  const share = `${Number((false_share * 100).toPrecision(3))} %`;
  const answer =
    told_count === 0 || log_threshold === null
      ? `None of ${countText(streams)} streams stands out: all may lie where their baselines expect them.`
      : `${countText(told_count)} of ${countText(streams)} streams lay elsewhere than expected; on average at most ${share} of such are told wrongly. Evidence counts from ${magnitudeText(log_threshold)} on.`;
  const rows = told
    .slice(0, SHOWN_MAX)
    .map(({ signal, segment, direction, is_harmful, unit, n, observed, expected, log_evidence, episodes }) => [
      `${printable(signal)} ${direction}${is_harmful ? '' : ' (no harm)'}`,
      segmentText(segment),
      countText(n),
      valueText(observed, unit),
      valueText(expected, unit),
      magnitudeText(log_evidence),
      episodes.length === 0 ? 'none' : 'yes',
    ]);
  const head = ['', 'in', 'n', 'observed', 'expected', 'evidence', 'episode'];
  const aligned = head.map((name) => (['n', 'observed', 'expected', 'evidence'].includes(name) ? 'right' : 'left'));
  return [
    colors.bold(span),
    ...wrapped('  ', answer, width),
    ...(rows.length === 0 ? [] : ['', ...tableLines([head, ...rows], aligned).map((line) => `  ${line}`)]),
    ...(told_count > rows.length ? [`  and ${countText(told_count - rows.length)} more`] : []),
    '',
    ...wrapped(
      '  ',
      `Held against baseline ${printable(baseline_version)}, which holds nothing of it. Streams that share calls move together: several lines may have one cause.`,
      width,
    ),
  ];
}
