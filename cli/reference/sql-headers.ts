import { sourceText } from './source-files.js';

/** A file of `sql/`: the fields of its header, and the statements below it. */
export interface SqlFile {
  readonly file: string;
  readonly name: string;
  readonly header: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Reads a header of `-- key: value` lines; a line that is indented further goes on with the value above. */
export function sqlFile(file: string): SqlFile {
  const lines = sourceText(file).split('\n');
  const header: Record<string, string> = {};
  let key = '';
  let at = 0;
  for (; at < lines.length && lines[at]!.startsWith('--'); at++) {
    const line = lines[at]!;
    const field = /^-- ([a-z_]+): (.*)$/.exec(line);
    if (field !== null) {
      key = field[1]!;
      header[key] = key in header ? `${header[key]}; ${field[2]}` : field[2]!;
    } else if (key !== '') header[key] += ` ${line.slice(2).trim()}`;
  }
  const name = file.slice(file.lastIndexOf('/') + 1, -4);
  return { file, name, header, body: lines.slice(at).join('\n').trim() };
}

/** Name, type and whether it may be null, of every column of a `create table` statement. */
export function tableColumns(body: string): string[][] {
  const inside = body.slice(body.indexOf('(') + 1, body.lastIndexOf(')'));
  return inside.split(/,(?![^(]*\))/).map((column) => {
    const [, name, type, not_null] = /^\s*"?(\w+)"?\s+(.*?)(\s+not null)?\s*$/s.exec(column) ?? [];
    return [`\`${name}\``, type!, not_null === undefined ? 'allowed' : ''];
  });
}
