import type { LintDocument } from '../../contracts/reports.js';
import { type Colors, printable, wrapped } from './text.js';

/** What is wrong with a configuration, one problem after another, or that nothing is. */
export function lintLines(document: LintDocument, { colors, width }: { colors: Colors; width: number }): string[] {
  const { bold, green, red } = colors;
  const file = printable(document.config);
  if (document.is_valid) {
    const { signals, relationships, rules, configuration_version } = document;
    return [
      `${green('valid')}  ${file}, version ${configuration_version}`,
      `       ${[counted(signals, 'signal'), counted(relationships, 'relationship'), counted(rules, 'rule')].join(', ')}`,
    ];
  }
  const count = document.problems.length;
  return [
    ...document.problems.flatMap(({ line, column, message, detail, hint }) => [
      bold(`${file}:${line}:${column}`),
      ...[message, detail, hint].flatMap((text) => (text === null ? [] : wrapped('  ', printable(text), width))),
    ]),
    red(counted(count, 'problem')),
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
