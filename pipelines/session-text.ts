import { EVENT_COLUMNS, TEXT_MARKS } from '../contracts/event-columns.js';

/** Texts that a session of the store begins with, where DuckDB takes no parameters. */

/** Sets a session variable that statements read with `getvariable`. */
export function variableSet(name: string, value: readonly string[] | string): string {
  const text = typeof value === 'string' ? literal(value) : `${listOf(value)}::varchar[]`;
  return `set variable ${name} = ${text}`;
}

/**
 * From then on the instance opens no file but its own and those below these folders, and that cannot be taken back.
 * @returns statements, to be run in this order
 */
export function confinedTo(folders: readonly string[]): readonly string[] {
  return [`set allowed_directories = ${listOf(folders)}`, 'set enable_external_access = false'];
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function listOf(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}

/** The lists that columns of codes mean, as session variables. */
export function codeLists(): [string, readonly string[]][] {
  const lists: [string, readonly string[]][] = EVENT_COLUMNS.flatMap(({ name, values }) =>
    values === undefined ? [] : [[`code_${name}`, values] as [string, readonly string[]]],
  );
  return [...lists, ['text_marks', TEXT_MARKS]];
}
