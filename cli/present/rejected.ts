import type { RejectedDocument } from '../../contracts/rejected-report.js';
import { bytesText, countText } from './figures.js';
import { conservationText } from './result.js';
import { type Colors, printable, tableLines } from './text.js';

/** What `plumbline rejected` says to people: nothing of a line can move the cursor. */
export function rejectedLines(document: RejectedDocument, { colors }: { readonly colors: Colors }): string[] {
  const { what, rejected, by_reason, lines, base64, text, replayed } = document;
  if (what === 'replay')
    return [
      `${countText(lines.length)} ${lines.length === 1 ? 'line' : 'lines'} again: ${replayed === null ? '' : conservationText(replayed)}`,
    ];
  const rows = lines.map(({ id, rejected_at, reason, input, partition, offset, bytes_length }) => [
    id,
    rejected_at ?? 'time not noted',
    reason,
    bytesText(bytes_length),
    printable(`${input} ${partition}:${offset}`),
  ]);
  if (what === 'show') {
    const bytes = base64 === null ? null : Buffer.from(base64, 'base64');
    return [
      ...tableLines(rows, [], 80),
      ...lines.map(({ detail }) => printable(detail)),
      '',
      bytes === null ? 'its bytes cannot be read any more' : printable(text ?? bytes.toString('latin1')),
    ];
  }
  const reasons = Object.entries(by_reason)
    .sort(([, left], [, right]) => right - left)
    .map(([reason, count]) => [`  ${countText(count)}`, reason]);
  return [
    colors.bold(`${countText(rejected)} rejected`),
    ...tableLines(reasons, ['right']),
    ...(rows.length === 0 ? [] : ['', ...tableLines(rows, [], 80)]),
    ...(rows.length === 0 && rejected > 0 ? ['', 'none of them is what was asked for'] : []),
    ...(rows.length > 0 && rows.length < rejected
      ? ['', `the newest ${countText(rows.length)} that were asked for; --limit shows more`]
      : []),
  ];
}
