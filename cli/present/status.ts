import type { StatusDocument } from '../../contracts/reports.js';
import { episodeLines, type PresentOptions, withoutRenewals } from './episodes.js';
import { countText, instructionText, localText, localTimeText } from './figures.js';
import { conservationText } from './result.js';
import { printable, tableLines, wrapped } from './text.js';

export function statusLines(status: StatusDocument, options: PresentOptions): string[] {
  const { bold, green, dim } = options.colors;
  const local = (instant: string | null) => (instant === null ? 'no event yet' : localText(instant, options.time_zone));
  const { is_running, epoch, configuration_version, baseline_version } = status;
  const inputs = status.inputs.map(({ input, watermark_at, is_idle, is_ended }) => [
    printable(input),
    local(watermark_at),
    is_ended ? 'ended' : is_idle ? 'idle' : 'reading',
  ]);
  const directives = withoutRenewals(status.directives_in_force).map(({ last }) => [
    instructionText(last),
    last.mode,
    `until ${localTimeText(last.expires_at, status.watermark_at ?? last.issued_at, options.time_zone)}`,
    printable(last.id),
  ]);
  const reasons = Object.entries(status.rejected_by_reason)
    .map(([reason, n]) => `${countText(n)} ${reason}`)
    .join(', ');
  const gone = `rows of before ${local(status.rows_from)} have left the store (observe.rows_keep); the log holds what they were made of`;
  return [
    `${is_running ? green('running') : dim('not running')}  ${printable(status.data_dir)}, configuration ${configuration_version}, epoch ${epoch}`,
    '',
    bold('Events'),
    ...wrapped('  ', conservationText(status.events), options.width),
    ...(reasons === '' ? [] : wrapped('  ', `kept out: ${reasons}`, options.width)),
    `  complete up to ${local(status.watermark_at)} (${options.time_zone})`,
    ...tableLines(inputs).map((line) => `    ${line}`),
    '',
    bold('Baselines'),
    `  ${countText(status.baselines)}${baseline_version === null ? ', none learnt yet' : `, version ${baseline_version}`}; ${countText(status.observations)} observations`,
    ...(status.rows_from === null ? [] : wrapped('  ', gone, options.width)),
    ...unwatchedLines(status.unwatched_streams, options),
    '',
    ...episodeLines(
      { episodes: status.open_episodes, directives: status.directives_in_force, baselines: status.baselines },
      options,
    ),
    '',
    bold(`Directives in force (${directives.length})`),
    ...(directives.length === 0 ? ['  none'] : tableLines(directives, [], 52).map((line) => `  ${line}`)),
  ];
}

function unwatchedLines(count: number, { colors: { yellow }, width }: PresentOptions): string[] {
  if (count === 0) return [];
  const text = `not watched: ${countText(count)} signals and relationships in segments, for detect.streams_max; plumbline sql "from unwatched_streams" names them`;
  return wrapped('  ', text, width).map(yellow);
}
