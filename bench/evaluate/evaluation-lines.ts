import { countText } from '../../cli/present/figures.js';
import { printable, tableLines } from '../../cli/present/text.js';
import type { FalseDirective } from '../../pipelines/evaluate/judge-run.js';
import { type Evaluation, falseOnLabelledDay } from './evaluation.js';
import type { SeedResult } from './run-seed.js';

/** An evaluation as people read it. */
export function evaluationLines(evaluation: Evaluation): string[] {
  const { quiet_days, false_directives, budget_per_day, false_directives_99 } = evaluation;
  const expected = budget_per_day * quiet_days;
  return [
    '',
    `Planted drifts, ${evaluation.seeds} seeds`,
    ...labelLines(evaluation).map((line) => `  ${line}`),
    '  calls: mean from the true onset to detection, in the segment of the drift. limit: least mean delay in calls of any',
    '  method that is told both levels and is allowed as few false directives, times the overdispersion of the calls.',
    '',
    `Quiet days: ${quiet_days}`,
    `  ${false_directives} false directives; the budget allows ${expected.toFixed(1)} on average, and ${false_directives_99} at 99 % confidence: ` +
      `${evaluation.is_within_budget ? 'within' : 'BEYOND'} the budget`,
    `  ${evaluation.false_episodes} false episodes, those included that no rule answers`,
    ...evaluation.runs.flatMap((run) =>
      run.false_directives.filter(({ date }) => run.counted_dates.includes(date)).map((one) => falseLine(run, one)),
    ),
    '',
    `Days with drifts: ${evaluation.labelled_days}`,
    `  ${evaluation.labelled_days_false_directives} directives that none of the drifts explains`,
    ...evaluation.runs.flatMap((run) => falseOnLabelledDay(run).map((one) => falseLine(run, one))),
  ];
}

function labelLines({ labels }: Evaluation): string[] {
  const calls = (value: number | null) => (value === null ? '' : countText(value));
  return tableLines(
    [
      ['drift', 'in', 'seeds', 'found', 'calls', 'minutes', 'limit', 'ratio'],
      ...labels.map((label) => [
        printable(label.name),
        printable(label.signal ?? label.relationship ?? ''),
        String(label.seeds),
        `${(label.found * 100).toFixed(0)} %`,
        calls(label.delay_calls),
        calls(label.delay_minutes),
        calls(label.d_star_calls),
        label.ratio === null ? '' : label.ratio.toFixed(2),
      ]),
    ],
    ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
  );
}

function falseLine(run: SeedResult, { date, rule, stream, segment }: FalseDirective): string {
  return `    ${run.scenario} ${run.seed}, ${date}: ${rule} for ${stream} in ${segment}`;
}

/** What one run came to, on one line. */
export function runLine(run: SeedResult): string {
  const labels = run.labels.map(
    ({ name, found, delay_calls }) => `${name} ${found ? countText(delay_calls ?? 0) : 'MISSED'}`,
  );
  const parts = [...labels, `${run.false_directives.length} false`, `${run.quiet_dates.length} quiet days`];
  return `${run.scenario} ${run.seed} (${run.seconds.toFixed(0)} s): ${parts.join(', ')}`;
}
