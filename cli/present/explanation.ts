import { directiveReport } from '../../contracts/episode-report.js';
import type { Explanation } from '../../contracts/reports.js';
import { parseSegmentKey } from '../../contracts/signal.js';
import { attributionLines } from './attribution.js';
import type { PresentOptions } from './episodes.js';
import {
  countText,
  evidenceText,
  instructionText,
  intervalText,
  localText,
  localTimeText,
  segmentText,
  streamText,
  valueText,
} from './figures.js';
import { printable, tableLines, wrapped } from './text.js';

/** Rows of observations and of segments that are shown; `--json` has all of them. */
const OBSERVATIONS_MAX = 16;
const SEGMENTS_MAX = 8;

/** Why a directive was issued: the rule, the episode, the baseline, what was counted and where it lies in the log. */
export function explanationLines(explanation: Explanation, options: PresentOptions): string[] {
  const { bold } = options.colors;
  const section = (title: string, lines: readonly string[]) => ['', bold(title), ...lines];
  return [
    ...directiveLines(explanation, options),
    ...section('Authorised by', ruleLines(explanation, options)),
    ...section('Because of', episodeLines(explanation, options)),
    ...section('Observed', observationLines(explanation, options)),
    ...section('What explains it', attributionLines(explanation, options)),
    ...section('Where it shows', segmentLines(explanation)),
    ...section('Counted again by', countLines(explanation, options)),
    ...section('Journal', journalLines(explanation, options)),
  ];
}

function row(name: string, text: string, { width }: PresentOptions): string[] {
  return wrapped(`  ${name.padEnd(10)}`, text, width);
}

function directiveLines({ directive }: Explanation, options: PresentOptions): string[] {
  const { id, mode, epoch, seq, issued_at, expires_at } = directive;
  const until = localTimeText(expires_at, issued_at, options.time_zone);
  return [
    options.colors.bold(instructionText(directiveReport(directive))),
    ...row('directive', `${printable(id)}, ${mode}, epoch ${epoch}, seq ${seq}`, options),
    ...row('lease', `${localText(issued_at, options.time_zone)} to ${until} (${options.time_zone})`, options),
  ];
}

function ruleLines({ directive, rule }: Explanation, options: PresentOptions): string[] {
  const lines = row('rule', `${printable(directive.rule)}, policy ${printable(directive.policy_version)}`, options);
  if (rule === null) return [...lines, ...row('', 'the rule does not stand in the configuration any more', options)];
  const conditions = Object.entries(rule.when).map(([name, value]) => {
    const text = typeof value === 'object' ? JSON.stringify(value).replaceAll('"', '') : String(value);
    return `${name} ${text}`;
  });
  return [...lines, ...row('when', printable(conditions.join(', ')), options)];
}

function episodeLines({ episode, baseline }: Explanation, options: PresentOptions): string[] {
  const { time_zone } = options;
  const { evidence, unit } = episode;
  const units = episode.relationship === null ? 'calls' : 'windows';
  const detected = localTimeText(episode.detected_at, episode.began_at, time_zone);
  const history =
    baseline.history_from === null || baseline.history_to === null
      ? ''
      : `, learnt from ${localText(baseline.history_from, time_zone).slice(0, 10)} to ${localText(baseline.history_to, time_zone).slice(0, 10)}`;
  return [
    ...row('episode', `${streamText(episode)} in ${segmentText(episode.segment)}, ${episode.severity}`, options),
    ...row(
      'began',
      `${localText(episode.began_at, time_zone)}, detected ${detected} after ${countText(evidence.units)} ${units}`,
      options,
    ),
    ...row(
      'observed',
      `${valueText(episode.observed, unit)}, expected ${intervalText(episode.expected, episode.expected_low, episode.expected_high, unit)}`,
      options,
    ),
    ...(episode.leaves === null
      ? []
      : row('', `expected of the calls of each ${leafText(episode.leaves)}, by the level of that one`, options)),
    ...row('evidence', evidenceText(episode), options),
    ...episode.folded.flatMap(({ signal, segment }, at) =>
      row(at === 0 ? 'also' : '', `in ${printable(signal)} of ${segmentText(segment)}`, options),
    ),
    ...row('detector', printable(evidence.detector), options),
    ...row(
      'baseline',
      `${printable(baseline.version)} of ${segmentText(baselineSegment(baseline.segment))}${history}`,
      options,
    ),
  ];
}

/** `campaign,number_pool` as `campaign and number_pool`. */
function leafText(leaves: string): string {
  return printable(leaves.replaceAll(',', ' and ').replaceAll(';', ', or of each'));
}

function baselineSegment(key: string): Record<string, string> {
  return { ...parseSegmentKey(key) } as Record<string, string>;
}

/** The last points up to the detection, as they were known then. */
function observationLines({ observations, episode, rows_from }: Explanation, options: PresentOptions): string[] {
  const gone =
    rows_from === null
      ? []
      : wrapped(
          '  ',
          `rows of before ${localText(rows_from, options.time_zone)} have left the store (observe.rows_keep): what is told here was ` +
            'written down when the drift was detected; what is counted again finds what is left, and the log holds its events',
          options.width,
        );
  const shown = observations.filter(({ is_recorded }) => is_recorded).slice(-OBSERVATIONS_MAX);
  if (shown.length === 0) return [...gone, '  nothing that a level was known of'];
  const value = (figure: number | null) => (figure === null ? '' : valueText(figure, episode.unit));
  const rows = shown.map(({ at, n, observed, expected, expected_low, expected_high }) => [
    localText(at, options.time_zone),
    countText(n),
    value(observed),
    expected === null || expected_low === null || expected_high === null
      ? value(expected)
      : intervalText(expected, expected_low, expected_high, episode.unit),
  ]);
  return [...gone, ...headed(['from', 'n', 'observed', 'expected'], rows, options)];
}

function segmentLines({ contributing_segments, episode, positions }: Explanation): string[] {
  const rows = contributing_segments
    .slice(0, SEGMENTS_MAX)
    .map(({ segment, n, observed, expected, excess }) => [
      segmentText(segment),
      countText(n),
      valueText(observed, episode.unit),
      valueText(expected, episode.unit),
      `${excess > 0 ? '+' : ''}${countText(excess)}`,
    ]);
  const { calls, first_seq, last_seq, frames } = positions;
  const place = frames.map(({ file, frame }) => `${printable(file)} frame ${frame}`).slice(0, 3);
  return [
    ...(rows.length === 0
      ? []
      : tableLines(
          [['in', 'n', 'observed', 'expected', 'excess'], ...rows],
          ['left', 'right', 'right', 'right', 'right'],
        ).map((line) => `  ${line}`)),
    first_seq === null || last_seq === null
      ? '  none of its calls had settled by then'
      : `  ${countText(calls)} calls, events ${countText(first_seq)} to ${countText(last_seq)} of the log (${place.join(', ')}${frames.length > 3 ? ', ...' : ''})`,
  ];
}

function countLines({ counts }: Explanation, { colors }: PresentOptions): string[] {
  return counts.flatMap(({ signal, n, total, exposure_ms, windows, sql }) => [
    `  ${printable(signal)}: ${countText(total)} ${countedOver(n, exposure_ms)} in ${countText(windows)} windows`,
    ...sql.split('\n').map((line) => colors.dim(`    ${printable(line)}`)),
  ]);
}

function journalLines({ journal }: Explanation, options: PresentOptions): string[] {
  const rows = journal.map(({ ordinal, at, kind, hash }) => [
    countText(ordinal),
    localText(at, options.time_zone),
    kind,
    hash.slice(0, 16),
  ]);
  return headed(['entry', 'at', 'what', 'hash'], rows, options);
}

function headed(head: readonly string[], rows: readonly (readonly string[])[], { colors }: PresentOptions): string[] {
  const is_left = new Set(['from', 'at', 'what', 'hash']);
  const lines = tableLines(
    [head, ...rows],
    head.map((name) => (is_left.has(name) ? 'left' : 'right')),
  );
  return lines.map((line, at) => (at === 0 ? colors.dim(`  ${line}`) : `  ${line}`));
}

/** A rate is counted over time at risk, everything else over its units. */
function countedOver(n: number, exposure_ms: number): string {
  return exposure_ms > 0
    ? `in ${(exposure_ms / 60_000).toFixed(1)} minutes of ${countText(n)} calls`
    : `of ${countText(n)}`;
}
