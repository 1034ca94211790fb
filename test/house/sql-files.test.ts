import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesIn, literalsOf, PRODUCT_ROOMS, textOf } from './source-tree.js';

/** Folders of `sql/` that are taken as they are: all of them, by their names. */
const TAKEN_WHOLE = ['schema', 'views', 'signals', 'imports'];

const files = filesIn('sql', '.sql');
const folderOf = (path: string) => basename(dirname(path));
const nameOf = (path: string) => basename(path, '.sql');

describe('every SQL file', () => {
  it('is there to be looked at', () => {
    expect(files.length).toBeGreaterThan(80);
  });

  it('is named in snake case, or as the import mapping that it is', () => {
    const wrong = files.filter((path) => !/^[a-z0-9]+([_-][a-z0-9]+)*$/.test(nameOf(path)));
    expect(wrong).toEqual([]);
    expect(files.filter((path) => folderOf(path) !== 'imports' && path.includes('-'))).toEqual([]);
  });

  // `<relation>_emptied.sql` does something to `<relation>`; everything else makes what it is named after.
  it('begins with what it makes or changes: its own name, or the name that its own begins with', () => {
    const wrong = files
      .map((path) => ({ path, header: textOf(path).split('\n', 1)[0] ?? '' }))
      .filter(({ path, header }) => {
        const match = /^-- (relation|signal|mapping): ([a-z0-9_-]+)$/.exec(header);
        if (match === null) return true;
        const [, kind, name] = match as unknown as [string, string, string];
        if (kind !== 'relation') return name !== nameOf(path);
        return name !== nameOf(path) && !nameOf(path).startsWith(`${name}_`);
      });
    expect(wrong, 'its first line is "-- relation: <name>", "-- signal: <name>" or "-- mapping: <name>"').toEqual([]);
  });

  it('ends with one line feed, has no tabs and no blanks at the ends of lines', () => {
    const wrong = files.filter((path) => !/[^\n]\n$/.test(textOf(path)) || /\t|[ \t]+$/m.test(textOf(path)));
    expect(wrong).toEqual([]);
  });

  it('is run by somebody', () => {
    const texts = PRODUCT_ROOMS.flatMap((room) => filesIn(room, '.ts')).flatMap((path) =>
      literalsOf(path).map(({ text }) => text),
    );
    const is_run = (path: string) => {
      const name = `${folderOf(path)}/${nameOf(path)}`;
      // `folder/${table}_emptied` is put together: its end must stand somewhere, and its beginning too.
      const [, ending] = /(_[a-z]+)$/.exec(name) ?? [];
      return (
        texts.includes(name) || (texts.includes(`${folderOf(path)}/`) && ending !== undefined && texts.includes(ending))
      );
    };
    const idle = files.filter((path) => !TAKEN_WHOLE.includes(folderOf(path)) && !is_run(path));
    expect(idle, 'run it, or delete it').toEqual([]);
  });

  // Of sums it cannot be told here whether they are of whole numbers.
  it('tells means, deviations and correlations their order where baselines are learnt: they follow it in their last bits', () => {
    const untold = files
      .filter((path) => folderOf(path) === 'baselines')
      .flatMap((path) =>
        callsOf(/\b(?:avg|corr|stddev_\w+|var_\w+)\(/g, textOf(path)).map((call) => `${nameOf(path)}: ${call}`),
      )
      .filter((call) => !/\border by\b/.test(call));
    expect(untold).toEqual([]);
  });

  it('makes temporary tables anew instead of emptying them, for what is deleted from one stays in memory', () => {
    const temporary = files.flatMap((path) =>
      [...textOf(path).matchAll(/^create (?:or replace )?temp table (?:if not exists )?([a-z_]+)/gm)].map(
        ([, name]) => name!,
      ),
    );
    expect(temporary.length).toBeGreaterThan(10);
    const deleting = new RegExp(`^(delete from|truncate) (${temporary.join('|')})\\b`, 'm');
    expect(files.filter((path) => deleting.test(textOf(path)))).toEqual([]);
    expect(files.filter((path) => /^create temp table/m.test(textOf(path)))).toEqual([]);
  });

  it('is written in lower case', () => {
    const wrong = files.flatMap((path) =>
      textOf(path)
        .split('\n')
        .filter(
          (line) => !line.startsWith('--') && /\b(SELECT|FROM|WHERE|GROUP BY|ORDER BY|CREATE|INSERT|JOIN)\b/.test(line),
        )
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('queries that are shown to people', () => {
  it('say their grain, inputs and columns before they begin', () => {
    for (const path of filesIn('cli/queries', '.sql')) {
      const text = textOf(path);
      for (const key of ['grain', 'inputs', 'columns']) expect(text, path).toMatch(new RegExp(`^-- ${key}: \\S`, 'm'));
    }
  });
});

/** Calls that begin as told, to the bracket that closes each. */
function callsOf(beginning: RegExp, text: string): string[] {
  return [...text.matchAll(beginning)].map(({ index, 0: { length } }) => {
    let end = index + length;
    for (let open = 1; open > 0 && end < text.length; end++) open += text[end] === '(' ? 1 : text[end] === ')' ? -1 : 0;
    return text.slice(index, end);
  });
}
