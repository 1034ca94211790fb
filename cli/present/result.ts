import type { Conservation } from '../../contracts/batch.js';
import type { DemoDocument, LabelReport, ReplayDocument } from '../../contracts/reports.js';
import { episodeLines, type PresentOptions } from './episodes.js';
import { countText, localText, secondsText, segmentText } from './figures.js';
import { printable, tableLines, wrapped } from './text.js';

/** What a person sees at the end of a run over recorded or simulated events. */

export interface ResultOptions extends PresentOptions {
  /** How this program is called here, such as `plumbline`. */
  readonly program: string;
}

/** Conservation: every event is accounted for. */
export function conservationText(events: Conservation): string {
  const { received, landed, rejected, duplicate, late } = events;
  return `${countText(received)} received = ${countText(landed)} landed + ${countText(rejected)} rejected + ${countText(duplicate)} duplicate; ${countText(late)} late`;
}

export function replayLines(document: ReplayDocument, options: ResultOptions): string[] {
  return [...headLines(document, options), ...endLines(document, options)];
}

export function demoLines(document: DemoDocument, options: ResultOptions): string[] {
  const { bold } = options.colors;
  return [
    ...headLines(document, options),
    bold('Planted drifts'),
    ...labelLines(document.labels, options),
    '',
    bold('False directives'),
    `  ${falseText(document.false_directives)} on the day of the drifts`,
    `  ${falseText(document.quiet_day.false_directives)} on the quiet day before it (${document.quiet_day.date})`,
    `  ${falseText(document.earlier_false_directives)} in the weeks of history before that`,
    '',
    ...endLines(document, options, document.report),
  ];
}

function falseText(count: number): string {
  return count === 0 ? 'none' : countText(count);
}

function headLines(document: ReplayDocument, options: ResultOptions): string[] {
  const { bold } = options.colors;
  return [
    bold('Events'),
    ...wrapped('  ', conservationText(document.events), options.width),
    `  ${countText(document.observations)} observations against ${countText(document.baselines)} baselines, in ${secondsText(document.seconds)}`,
    '',
    ...episodeLines(document, options),
    '',
  ];
}

/** What was planted, whether it was found and how soon, beside the least delay that any method could have. */
function labelLines(labels: readonly LabelReport[], options: ResultOptions): string[] {
  const { green, red } = options.colors;
  const number = (value: number | null) => (value === null ? '' : countText(value));
  const rows = labels.map((label) => [
    label.found ? 'found' : 'MISSED',
    printable(label.name),
    segmentText(closestSegment(label)),
    localText(label.onset_at, options.time_zone).slice(11),
    number(label.delay_calls),
    number(label.delay_minutes),
    number(label.d_star_calls),
  ]);
  const lines = tableLines(
    [['', 'drift', 'in', 'began', 'calls', 'minutes', 'limit'], ...rows],
    ['left', 'left', 'left', 'left', 'right', 'right', 'right'],
    30,
  );
  return [
    `  ${options.colors.dim(lines[0])}`,
    ...lines.slice(1).map((line, at) => {
      const mark = labels[at].found ? green('found') : red('MISSED');
      return `  ${line.replace(/^(found|MISSED)/, mark)}`;
    }),
    ...wrapped(
      '  ',
      'calls and minutes: from the true start to detection. limit: least mean delay in calls of any method that is told the size of the shift and is allowed as few false directives.',
      options.width,
    ).map((line) => options.colors.dim(line)),
  ];
}

/** A number pool belongs to one campaign: it alone says where. */
function closestSegment({ segment }: LabelReport): LabelReport['segment'] {
  const { number_pool } = segment;
  return number_pool === undefined ? segment : { number_pool };
}

function endLines(document: ReplayDocument, options: ResultOptions, report?: string): string[] {
  const { bold, cyan, dim } = options.colors;
  return [
    bold('Look further'),
    ...(report === undefined ? [] : [`  pictures   ${cyan(printable(report))}`]),
    `  store      ${cyan(printable(document.store))}`,
    ...(document.events.rejected === 0
      ? []
      : [`  rejected   ${options.program} rejected list --data-dir ${printable(document.data_dir)}`]),
    `  ask it     ${options.program} sql --data-dir ${printable(document.data_dir)} "<query>"`,
    ...document.queries.flatMap((query) => ['', ...query.split('\n').map((line) => dim(`    ${line}`))]),
  ];
}
