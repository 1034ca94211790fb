import { basename, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesIn, literalsOf, nodesOf, PRODUCT_ROOMS, syntaxOf, textOf } from './source-tree.js';

const LINES_MAX = 400;
const TEST_LINES_MAX = 450;
const FUNCTION_LINES_MAX = 70;

/** Files and functions that are longer, each with how long it may be and why; to shrink, not to grow. */
const LONGER: Readonly<Record<string, { readonly lines: number; readonly reason: string }>> = {
  'pipelines/store.ts': { lines: 500, reason: 'the one file that may know the DuckDB driver' },
  'pipelines/pipeline.ts': { lines: 460, reason: 'the one loop that runs every stage' },
};
const LONGER_FUNCTIONS: Readonly<Record<string, { readonly lines: number; readonly reason: string }>> = {
  'cli/report/episode-chart.ts': { lines: 110, reason: 'one object of chart options' },
};

/** What a statement looks like; the words of prose do not come in this order. */
const SQL_TEXT =
  /\bselect\b[\s\S]*\bfrom\s+\w|\binsert\s+into\s|\bdelete\s+from\s|\bupdate\s+\w+\s+set\s|\bcreate\s+(or\s+replace\s+)?(temp\s+)?(table|view|macro)\b/i;
/** Hints tell people what they may type. */
const SHOWN_TO_PEOPLE = /\bplumbline sql\b/;

const product = PRODUCT_ROOMS.flatMap((room) => filesIn(room, '.ts'));
const tests = filesIn('test', '.ts');

describe('every source file', () => {
  it('is there to be looked at', () => {
    expect(product.length).toBeGreaterThan(150);
  });

  it('is named in kebab case, and for what it is', () => {
    const wrong = [...product, ...tests].filter(
      (path) =>
        !/^[a-z0-9]+(-[a-z0-9]+)*((\.apart)?\.test)?\.ts$/.test(basename(path)) ||
        /\b(utils?|helpers?|common|managers?|misc)\b/.test(path.replaceAll('-', ' ')),
    );
    expect(wrong, 'rename it after its main export').toEqual([]);
  });

  it(`has at most ${LINES_MAX} lines, a test ${TEST_LINES_MAX}`, () => {
    const wrong = [...product, ...tests]
      .map((path) => ({ path, lines: textOf(path).split('\n').length - 1 }))
      .filter(
        ({ path, lines }) => lines > (LONGER[path]?.lines ?? (path.startsWith('test/') ? TEST_LINES_MAX : LINES_MAX)),
      );
    expect(wrong, 'one idea a file: move one of them out').toEqual([]);
  });

  it(`has functions of at most ${FUNCTION_LINES_MAX} lines`, () => {
    const wrong = product.flatMap((path) => {
      const source = syntaxOf(path);
      const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
      const lines_max = LONGER_FUNCTIONS[path]?.lines ?? FUNCTION_LINES_MAX;
      return [...nodesOf(source)]
        .filter((node) => ts.isFunctionLike(node) && 'body' in node && node.body !== undefined)
        .map((node) => ({ path, line: lineOf(node.getStart()), lines: lineOf(node.end) - lineOf(node.getStart()) + 1 }))
        .filter(({ lines }) => lines > lines_max);
    });
    expect(wrong, 'name a part of it and move it out').toEqual([]);
  });

  it('is a test that runs apart when it replaces what others see too', () => {
    const replacing = tests.filter((path) => /\bvi\.(?:do)?mock\(|\bsyncBuiltinESMExports\(/.test(textOf(path)));
    expect(replacing.length).toBeGreaterThan(0);
    expect(replacing.filter((path) => !path.endsWith('.apart.test.ts'))).toEqual([]);
  });

  it('makes folders that users name one by one', () => {
    // Below /proc `mkdir` with `recursive` never returns, and nothing but SIGKILL ends the process.
    const wrong = product.filter(
      (path) =>
        !/^(bench|cli\/reference)\//.test(path) && /\bmkdir(Sync)?\([^)]*\)?[^)]*\brecursive: true/.test(textOf(path)),
    );
    expect(wrong, 'use makeFolder of pipelines/durable-files.ts').toEqual([]);
  });

  it('leaves nothing for later', () => {
    const wrong = [...product, ...tests].filter((path) => /(\/\/|\*)\s*(TODO|FIXME|XXX|HACK)\b/.test(textOf(path)));
    expect(wrong, 'do it, or say what is not done in the documentation').toEqual([]);
  });
});

describe('the waivers', () => {
  it('are needed still', () => {
    for (const path of Object.keys(LONGER))
      expect(textOf(path).split('\n').length - 1, `${path} needs no waiver any more`).toBeGreaterThan(LINES_MAX);
    for (const path of Object.keys(LONGER_FUNCTIONS)) expect(product).toContain(path);
  });
});

describe('SQL', () => {
  it('does not stand in TypeScript', () => {
    const wrong = product.flatMap((path) =>
      literalsOf(path)
        .filter(({ text }) => SQL_TEXT.test(text) && !SHOWN_TO_PEOPLE.test(text))
        .map(({ text, line }) => `${path}:${line} ${text.slice(0, 60)}`),
    );
    expect(wrong, 'put it into a file of sql/ and run it by name').toEqual([]);
  });

  it.each([
    'select n from observations',
    'SELECT *\nFROM calls',
    'insert into episodes values (1)',
    'delete from journal',
    'create or replace temp view x as select 1',
    'update calls set n = 1',
  ])('would be seen: %s', (text) => {
    expect(text).toMatch(SQL_TEXT);
  });

  it('is not seen in prose', () => {
    expect('Select a file, or name another one').not.toMatch(SQL_TEXT);
    expect('events come from the log').not.toMatch(SQL_TEXT);
  });
});

describe.each(['sources', 'detectors', 'sinks'])('the registry of %s', (room) => {
  const registry = join(room, 'index.ts');
  const source = syntaxOf(registry);
  const components = [...nodesOf(source)]
    .filter(ts.isObjectLiteralExpression)
    .flatMap(({ properties }) => [...properties])
    .filter((property) => ts.isPropertyAssignment(property) || ts.isShorthandPropertyAssignment(property));
  const imported = [...nodesOf(source)]
    .filter(ts.isImportDeclaration)
    .map(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text)
    .filter((path) => path.startsWith('./'));

  it('has one line a component, by name, and imports each for its value', () => {
    expect(components.length).toBeGreaterThan(0);
    expect(imported).toHaveLength(components.length);
    const lines = components.map((node) => source.getLineAndCharacterOfPosition(node.getStart()).line);
    expect(new Set(lines).size).toBe(components.length);
    for (const node of components) expect(node.getText()).not.toContain('\n');
  });

  it('knows every component of the room', () => {
    const files = filesIn(room, '.ts').filter((path) => path.split('/').length === 2 && basename(path) !== 'index.ts');
    expect(imported.sort()).toEqual(files.map((path) => `./${basename(path, '.ts')}.js`));
  });
});
