import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { docComments } from '../../cli/reference/doc-comments.js';
import { fieldRows, kindText } from '../../cli/reference/field-rows.js';
import { REFERENCE_FOLDER, referencePages } from '../../cli/reference/pages.js';
import { sourceFiles } from '../../cli/reference/source-files.js';
import { sqlFile, tableColumns } from '../../cli/reference/sql-headers.js';
import { configSchema } from '../../contracts/config.js';
import { DIRECTIVE_ACTIONS } from '../../contracts/directive.js';
import { ERROR_CODES } from '../../contracts/errors.js';
import { EVENT_DATA, EVENT_TYPES, type EventType, envelopeSchema } from '../../contracts/event.js';
import { DOCUMENTS } from '../../contracts/reports.js';
import { registerObserved } from '../../pipelines/observe.js';
import { packageRoot } from '../../pipelines/package-root.js';
import { readSignalFiles, registerSignals } from '../../pipelines/signal-files.js';
import { Store } from '../../pipelines/store.js';

const pages = referencePages();
const read = (path: string) => readFileSync(join(packageRoot(), path), 'utf8');
const markdown = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...sourceFiles('docs', '.md')];

describe('the reference', () => {
  it('is what the code says; if not, run `npm run docs`', () => {
    const stale = [...pages].filter(([name, text]) => {
      const file = join(packageRoot(), REFERENCE_FOLDER, name);
      return !existsSync(file) || readFileSync(file, 'utf8') !== text;
    });
    expect(stale.map(([name]) => name)).toEqual([]);
  });

  it('holds no page that nothing generates', () => {
    const written = ['.md', '.json'].flatMap((suffix) => sourceFiles(REFERENCE_FOLDER, suffix));
    expect(written.sort()).toEqual([...pages.keys()].map((name) => `${REFERENCE_FOLDER}/${name}`).sort());
  });

  it('says at the head of every page that it is generated', () => {
    const heads = [...pages].filter(([name]) => name.endsWith('.md')).map(([, text]) => text.split('\n')[0]);
    for (const head of heads) expect(head).toContain('generated; do not edit');
  });

  it('has a section for every event type, document, error, signal and relation', () => {
    const sections = (name: string) => [...pages.get(name)!.matchAll(/^#{2,3} (.*)$/gm)].map(([, title]) => title);
    expect(sections('events.md')).toEqual(expect.arrayContaining([...EVENT_TYPES]));
    expect(sections('errors.md')).toEqual([...ERROR_CODES]);
    expect(sections('signals.md')).toEqual(readSignalFiles().map(({ signal }) => signal.signal));
    const relations = ['sql/schema', 'sql/views'].flatMap((folder) => sourceFiles(folder, '.sql'));
    expect(sections('relations.md')).toEqual(expect.arrayContaining(relations.map((file) => sqlFile(file).name)));
    for (const command of Object.keys(DOCUMENTS))
      expect(pages.get('json.md')).toContain(`\`plumbline ${command} --json\``);
  });
});

describe('the pages', () => {
  it('link to files and to sections that are there', () => {
    const dead = markdown.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
        .filter(([, path, section]) => !isThere(page, path!, section))
        .map(([link]) => `${page} ${link}`),
    );
    expect(dead).toEqual([]);
  });

  it('keep the front page under 150 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThan(150);
  });

  it('name every signal and every action on the front page', () => {
    const named = new Set([...read('README.md').matchAll(/`([a-z_]+)`/g)].map(([, name]) => name));
    const known = [...readSignalFiles().map(({ signal }) => signal.signal), ...DIRECTIVE_ACTIONS];
    expect(known.filter((name) => !named.has(name))).toEqual([]);
  });

  it('show events that the contract takes', () => {
    const lines = [...read('README.md').matchAll(/```json\n([\s\S]*?)```/g)].flatMap(([, text]) =>
      text!.trim().split('\n'),
    );
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const event = envelopeSchema.parse(JSON.parse(line));
      EVENT_DATA[event.type as EventType].parse(event.data);
    }
  });

  it('show SQL that runs on the relations as they are', async () => {
    const queries = ['README.md', 'docs/detection.md'].flatMap((page) =>
      [...read(page).matchAll(/```sql\n([\s\S]*?)```/g)].map(([, query]) => query!),
    );
    expect(queries.length).toBeGreaterThan(0);
    const store = await Store.open({ path: ':memory:', threads: 1, memory_mib_max: 256, temp_dir: '' });
    try {
      await store.createSchema();
      await registerSignals(store, readSignalFiles());
      await registerObserved(
        store,
        readSignalFiles(),
        configSchema.parse({ version: 1, observe: { groupings: [[]] } }),
      );
      for (const query of queries) {
        // A signal as an operator would write it: its view is what can be asked.
        const signal = /^-- signal: (\w+)$/m.exec(query)?.[1];
        if (signal !== undefined) await store.define(query);
        const asked = signal === undefined ? query : `select * from ${signal}`;
        expect((await store.query(asked)).columns.length).toBeGreaterThan(0);
      }
    } finally {
      await store.close();
    }
  });
});

function isThere(page: string, path: string, section: string | undefined): boolean {
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(packageRoot(), file))) return false;
  if (section === undefined || !file.endsWith('.md')) return true;
  const anchors = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, title]) => anchor(title!));
  return anchors.includes(section);
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
}

describe('what pages are read off', () => {
  it('takes doc comments by constant and path, also where they take several lines', () => {
    const comments = docComments('contracts/reports.ts');
    expect(comments.get('explanationSchema')).toBe('Everything that a directive rests on.');
    expect(comments.get('explanationSchema.baseline.segment')).toContain('Whose level it is');
    expect(docComments('detectors/never.ts').get('never')).toMatch(/^Null object[\s\S]*finds nothing\.$/);
  });

  it('takes the columns of a table with their types, and knows which may be null', () => {
    const columns = tableColumns(
      'create table if not exists a (x bigint not null, "offset" decimal(18, 3), y varchar[]);',
    );
    expect(columns).toEqual([
      ['`x`', 'bigint', ''],
      ['`offset`', 'decimal(18, 3)', 'allowed'],
      ['`y`', 'varchar[]', 'allowed'],
    ]);
  });

  it('says what a field takes, with its bounds', () => {
    expect(kindText({ type: 'integer', minimum: 0, maximum: 86_400_000 })).toBe(
      'whole number, at least 0, at most 86,400,000',
    );
    expect(kindText({ anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'null' }] })).toBe(
      'number, more than 0, or null',
    );
    expect(kindText({ type: 'array', minItems: 1, items: { enum: ['a', 'b'] } })).toBe(
      'list (at least 1) of one of `a` `b`',
    );
    const rows = fieldRows({ properties: { list: { items: { properties: { one: { type: 'string' } } } } } });
    expect(rows.map(({ path }) => path)).toEqual(['list', 'list[].one']);
  });
});
