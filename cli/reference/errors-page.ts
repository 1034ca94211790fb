import { ERROR_CODES } from '../../contracts/errors.js';
import { fileLink, page, table } from './markdown.js';
import { sourceFiles, sourceText } from './source-files.js';

const ROOMS = ['sources', 'detectors', 'sinks', 'pipelines', 'serving', 'cli'] as const;
const TEXT = /^\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/;

interface Raised {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly file: string;
}

export function errorsPage(): string {
  const raised = ROOMS.flatMap((room) => sourceFiles(room, '.ts'))
    .filter((file) => !file.startsWith('cli/reference/'))
    .flatMap(raisedIn);
  return page(
    'Errors',
    'Every error that a user can cause has a code. Its text says what was attempted, the value, what is allowed, ' +
      'where, and what to do. The exit code is 1; an error of Plumbline itself has no code of this page and exit code ' +
      '2; an interrupt gives 130. With `--json` the error is a document: [error_document](json.md#error_document). ' +
      '`…` stands for a value.',
    ...ERROR_CODES.flatMap((error_code) => [
      `## ${error_code}`,
      raisedTable(raised.filter((one) => one.code === error_code)),
    ]),
  );
}

/** Places that say nothing of their own are left out where others do. */
function raisedTable(raised: readonly Raised[]): string {
  if (raised.length === 0) return 'Nothing raises it.';
  const told = raised.filter(({ message, hint }) => message !== '' || hint !== '');
  return table(
    ['message', 'hint', 'raised in'],
    (told.length === 0 ? raised : told).map(({ message, hint, file }) => [message, hint, fileLink(file)]),
  );
}

/** Where a file names a code: with the text that stands beside it, where that is a literal. */
function raisedIn(file: string): Raised[] {
  const text = sourceText(file);
  const found = [...text.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].filter(([, name]) => isCode(name!));
  const raised = found.map((match, at): Raised => {
    const from = match.index + match[0].length;
    const until = Math.min(found[at + 1]?.index ?? text.length, from + 1_200);
    const after = text.slice(from, until);
    const is_raised = text.slice(Math.max(0, match.index - 40), match.index).includes('PlumblineError(');
    const message = is_raised ? literal(after.replace(/^\s*,/, '')) : literalAfter(after, 'message:');
    return { code: match[1]!, message, hint: literalAfter(after, 'hint:'), file };
  });
  const keys = new Set<string>();
  return raised.filter((one) => {
    const key = `${one.code} ${one.message}`;
    return keys.size !== keys.add(key).size;
  });
}

function isCode(name: string): boolean {
  return (ERROR_CODES as readonly string[]).includes(name);
}

function literalAfter(text: string, key: string): string {
  const at = text.indexOf(key);
  return at < 0 ? '' : literal(text.slice(at + key.length));
}

/** The literal that a text begins with, its values as an ellipsis; empty when it begins with none. */
function literal(text: string): string {
  const [, , content] = TEXT.exec(text) ?? [];
  const plain = (content ?? '').replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, '…').replaceAll(/\\(.)/g, '$1');
  return plain.includes('${') ? '' : plain;
}
