import { code, fence, fileLink, page, table } from './markdown.js';
import { sourceFiles } from './source-files.js';
import { type SqlFile, sqlFile, tableColumns } from './sql-headers.js';

/** What a file of the schema makes, by the words of its first statement. */
const KINDS = [
  { title: 'Tables', pattern: /^create table/m, text: 'They last in the DuckDB file: what analysts query.' },
  {
    title: 'Views',
    pattern: /^create or replace view/m,
    text: 'They last too. The views of the signals are on [their own page](signals.md).',
  },
  {
    title: 'Working tables',
    pattern: /^create temp table/m,
    text: 'Of a run alone, emptied batch by batch; another client of the file does not see them.',
  },
  { title: 'Working views, copies and macros', pattern: /^create or replace temp/m, text: 'Of a run alone as well.' },
] as const;

export function relationsPage(): string {
  const files = ['sql/schema', 'sql/views'].flatMap((folder) => sourceFiles(folder, '.sql')).map(sqlFile);
  const ofKind = (title: string) => files.filter((file) => kindOf(file).title === title);
  return page(
    'Relations',
    'What the DuckDB file holds. All of it is derived from the log: `plumbline rebuild` makes it again. Instants are ' +
      '`timestamp`s in UTC. A segment is text: `all`, or `campaign=spring`, or `campaign=spring,number_pool=a`, with ' +
      'dimensions in the order of the event contract. Ask with `plumbline sql "<query>"`.',
    ...KINDS.flatMap(({ title, text }) => [`## ${title}`, text, ...ofKind(title).flatMap(section)]),
  );
}

function kindOf({ file, body }: SqlFile): (typeof KINDS)[number] {
  const kind = KINDS.find(({ pattern }) => pattern.test(body));
  if (kind === undefined) throw new Error(`${file} creates neither a table nor a view nor a macro`);
  return kind;
}

function section(file: SqlFile): string[] {
  const { grain, inputs, columns, parameters } = file.header;
  const facts = [
    ['grain', grain],
    ['inputs', inputs],
    ['parameters', parameters],
    ['columns', columns],
  ].flatMap(([name, text]) => (text === undefined ? [] : [`- ${name}: ${text}`]));
  const is_table = /^create (temp )?table/m.test(file.body);
  return [
    `### ${file.name}`,
    [...facts, `- file: ${fileLink(file.file)}`].join('\n'),
    is_table ? table(['column', 'type', 'nulls'], tableColumns(file.body).map(nullText)) : fence('sql', file.body),
  ];
}

function nullText([name, type, nullable]: readonly string[]): string[] {
  return [name!, code(type!), nullable!];
}
