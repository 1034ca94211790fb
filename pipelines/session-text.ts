import { DURATION_MS_MAX } from '../contracts/event.js';
import { EVENT_COLUMNS, TEXT_MARKS } from '../contracts/event-columns.js';

/** Texts that a session of the store begins with, where DuckDB takes no parameters. */

/** Sets a session variable that statements read with `getvariable`. */
export function variableSet(name: string, value: readonly string[] | string): string {
  const text = typeof value === 'string' ? literal(value) : `${listOf(value)}::varchar[]`;
  return `set variable ${name} = ${text}`;
}

/**
 * A statement with its parameters written into it, integers as 64 bits: one with parameters that are bound is planned
 * twice, without their values and with them. Null where one of them is a text: what people have written is bound.
 */
export function writtenOut(
  text: string,
  parameters: Readonly<Record<string, number | string | boolean | null>>,
): string | null {
  if (Object.values(parameters).some((value) => typeof value === 'string')) return null;
  return text.replaceAll(/\$([a-z_0-9]+)/g, (asked, name: string) => {
    const value = parameters[name];
    if (typeof value !== 'number') return value === undefined ? asked : String(value);
    return Number.isInteger(value) ? `cast(${BigInt(value)} as bigint)` : `cast('${value}' as double)`;
  });
}

/**
 * From then on the instance opens no file but its own and those below these folders, and that cannot be taken back.
 * @returns statements, to be run in this order
 */
export function confinedTo(folders: readonly string[]): readonly string[] {
  return [`set allowed_directories = ${listOf(folders)}`, 'set enable_external_access = false'];
}

/** What every session begins with: instants are UTC, and columns of codes and marks mean these lists. */
export function sessionStart(): string {
  session_start ??= [
    "set timezone = 'UTC'",
    ...codeLists().map(([name, values]) => variableSet(name, values)),
    variableSet('duration_ms_max', String(DURATION_MS_MAX)),
  ].join(';\n');
  return session_start;
}
let session_start: string | undefined;

/** The file under a name of its own in an instance that has others too. */
export function attached(path: string, name: string): string {
  return `attach ${literal(path)} as ${name}`;
}

export function detached(name: string): string {
  return `detach ${name}`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function listOf(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}

/** The lists that columns of codes mean, as session variables. */
function codeLists(): [string, readonly string[]][] {
  const lists: [string, readonly string[]][] = EVENT_COLUMNS.flatMap(({ name, values }) =>
    values === undefined ? [] : [[`code_${name}`, values] as [string, readonly string[]]],
  );
  return [...lists, ['text_marks', TEXT_MARKS]];
}
