import { directiveReport, type Explanation } from '../../contracts/reports.js';
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

/** Why a directive was issued: rule, episode, evidence, observations, journal. */
export function explanationLines(explanation: Explanation, options: PresentOptions): string[] {
  const { bold, dim } = options.colors;
  const { directive, rule, episode, observations, journal } = explanation;
  const local = (instant: string) => localText(instant, options.time_zone);
  const row = (name: string, text: string) => wrapped(`  ${name.padEnd(10)}`, text, options.width);
  const units = episode.relationship === null ? 'calls' : 'windows';
  return [
    bold(instructionText(directiveReport(directive))),
    ...row(
      'directive',
      `${printable(directive.id)}, ${directive.mode}, epoch ${directive.epoch}, seq ${directive.seq}`,
    ),
    ...row('lease', `${local(directive.issued_at)} to ${local(directive.expires_at)} (${options.time_zone})`),
    '',
    bold('Authorised by'),
    ...row('rule', `${printable(directive.rule)}, policy ${printable(directive.policy_version)}`),
    ...(rule === null
      ? row('', 'that policy is not known any more')
      : row('when', printable(JSON.stringify(rule.when)))),
    '',
    bold('Because of'),
    ...row(
      'episode',
      `${streamText(episode)} in ${segmentText(episode.segment)}, ${episode.severity}; ${printable(episode.id)}`,
    ),
    ...row(
      'began',
      `${local(episode.began_at)}, detected ${localTimeText(episode.detected_at, episode.began_at, options.time_zone)} after ${countText(episode.evidence.units)} ${units}`,
    ),
    ...row(
      'observed',
      `${valueText(episode.observed, episode.unit)}, expected ${intervalText(episode.expected, episode.expected_low, episode.expected_high, episode.unit)}`,
    ),
    ...row('evidence', evidenceText(episode)),
    ...row(
      'detector',
      `${printable(episode.evidence.detector)}, baseline ${printable(episode.evidence.baseline_version)}`,
    ),
    '',
    bold('Observations'),
    ...observationLines(explanation, options).map((line, at) => (at === 0 ? dim(`  ${line}`) : `  ${line}`)),
    ...(observations.length === 0 ? ['  none in the store'] : []),
    '',
    bold('Journal'),
    ...tableLines(
      journal.map(({ ordinal, at, kind, hash }) => [String(ordinal), local(at), kind, hash.slice(0, 16)]),
    ).map((line) => `  ${line}`),
  ];
}

function observationLines({ observations, episode }: Explanation, options: PresentOptions): string[] {
  if (observations.length === 0) return [];
  const value = (figure: number | null) => (figure === null ? '' : valueText(figure, episode.unit));
  const rows = observations.map(({ at, n, observed, expected, expected_low, expected_high }) => [
    localText(at, options.time_zone),
    countText(n),
    value(observed),
    expected === null || expected_low === null || expected_high === null
      ? value(expected)
      : intervalText(expected, expected_low, expected_high, episode.unit),
  ]);
  return tableLines([['from', 'n', 'observed', 'expected'], ...rows], ['left', 'right', 'right', 'right']);
}
