import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Config, configSchema } from '../contracts/config.js';
import { PlumblineError } from '../contracts/errors.js';
import { type ConfigurationProblem, ConfigurationText, schemaFindings } from './configuration-problems.js';
import { type KnownNames, referenceFindings } from './configuration-references.js';

export type { ConfigurationProblem } from './configuration-problems.js';
export type { KnownNames } from './configuration-references.js';

/** Larger files are no configuration. */
export const CONFIGURATION_BYTES_MAX = 1_048_576;
/** Aliases (`*name`) that a configuration may hold: a few repeated groups, and no document that grows without end. */
const ALIASES_MAX = 100;
/** Problems that one error lists. */
const PROBLEMS_LISTED_MAX = 20;

export interface LoadedConfiguration {
  readonly config: Config;
  /** As it stands in the file: what the log keeps. */
  readonly text: string;
  readonly version: string;
  /** Absolute path of the file. */
  readonly file: string;
  /** Where relative paths of the configuration start from. */
  readonly base_dir: string;
}

export interface CheckedConfiguration {
  /** Null when there are problems. */
  readonly config: Config | null;
  /** In the order of the file. */
  readonly problems: readonly ConfigurationProblem[];
}

/** Names a text of a configuration: the first 12 hex digits of its SHA-256. */
export function configurationVersion(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** The names that a configuration may use; they may depend on the folder of the operator's own signals that it names. */
export type KnownNamesOf = KnownNames | ((signals_dir: string | undefined) => KnownNames);

/** Everything that is wrong with a configuration, in the order of the file; `file` is what the messages name. */
export function checkConfiguration(text: string, file: string, known: KnownNamesOf): CheckedConfiguration {
  const source = new ConfigurationText(file, text);
  const syntax = source.syntaxProblems();
  if (syntax.length > 0) return { config: null, problems: syntax };
  const tree = plainTree(source);
  if ('problem' in tree) return { config: null, problems: [tree.problem] };
  const parsed = configSchema.safeParse(tree.value);
  const findings = parsed.success
    ? referenceFindings(parsed.data, typeof known === 'function' ? known(parsed.data.signals_dir) : known)
    : schemaFindings(configSchema, parsed.error.issues, tree.value);
  const problems = findings
    .map((finding) => source.problem(finding))
    .sort((left, right) => left.line - right.line || left.column - right.column);
  return { config: parsed.success && problems.length === 0 ? parsed.data : null, problems };
}

function plainTree(source: ConfigurationText): { value: unknown } | { problem: ConfigurationProblem } {
  const invalid = (message: string, hint: string) => ({
    problem: source.problem({ code: 'CONFIG_SYNTAX_INVALID', message, path: [], hint }),
  });
  try {
    const value: unknown = source.document.toJS({ maxAliasCount: ALIASES_MAX });
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return { value };
    const hint = 'A configuration starts with "version: 1"; `plumbline init` writes one.';
    return invalid(
      value === null || value === undefined ? 'the configuration is empty' : 'this is not a group of keys',
      hint,
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return invalid(`this is not the YAML of a configuration: ${message}`, 'Write repeated groups out.');
  }
}

/**
 * The configuration of a text.
 *
 * @throws PlumblineError with the code of the first problem; it lists every problem with its line
 */
export function parseConfiguration(text: string, file: string, known: KnownNamesOf): Config {
  const { config, problems } = checkConfiguration(text, file, known);
  if (config === null) throw problemsError(file, problems);
  return config;
}

/**
 * Reads and checks a configuration file.
 *
 * @throws PlumblineError CONFIG_FILE_UNREADABLE, or as `parseConfiguration`
 */
export function loadConfiguration(path: string, known: KnownNamesOf): LoadedConfiguration {
  const file = resolve(path);
  return configurationOf(readConfiguration(path), { name: path, file, base_dir: dirname(file) }, known);
}

/** Where a text of a configuration comes from: `name` is what messages call it. */
export interface ConfigurationPlace {
  readonly name: string;
  readonly file: string;
  readonly base_dir: string;
}

/** As `parseConfiguration`, with the folder of the operator's signals as an absolute path. */
export function configurationOf(text: string, place: ConfigurationPlace, known: KnownNamesOf): LoadedConfiguration {
  const { name, file, base_dir } = place;
  const parsed = parseConfiguration(text, name, known);
  const { signals_dir, land } = parsed;
  const placed = <Name extends string>(name: Name, path: string | undefined) =>
    (path === undefined ? {} : { [name]: resolve(base_dir, path) }) as { [key in Name]?: string };
  const config: Config = {
    ...parsed,
    ...placed('signals_dir', signals_dir),
    land: { ...land, ...placed('phrases', land.phrases), ...placed('master_key_file', land.master_key_file) },
  };
  return { config, text, version: configurationVersion(text), file, base_dir };
}

/** @throws PlumblineError CONFIG_FILE_UNREADABLE */
export function readConfiguration(path: string): string {
  const unreadable = (detail: string, cause?: unknown) =>
    new PlumblineError('CONFIG_FILE_UNREADABLE', `the configuration "${path}" cannot be read`, {
      detail,
      hint: 'Name it with --config <file>, or write one with `plumbline init`.',
      cause,
    });
  let size: number;
  try {
    const facts = statSync(path);
    if (!facts.isFile()) throw unreadable('it is not a file');
    size = facts.size;
    if (size <= CONFIGURATION_BYTES_MAX) return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw unreadable(code === 'ENOENT' ? 'there is no such file' : String(code ?? error), error);
  }
  throw unreadable(`it has ${size} bytes; a configuration has at most ${CONFIGURATION_BYTES_MAX}`);
}

function problemsError(file: string, problems: readonly ConfigurationProblem[]): PlumblineError {
  const [first] = problems;
  const code = first?.code ?? 'CONFIG_FIELD_INVALID';
  if (problems.length === 1) {
    const detail = [placeText(first), first.detail].filter(Boolean).join('; ');
    return new PlumblineError(code, first.message, { detail, hint: first.hint ?? undefined });
  }
  const lines = problems.slice(0, PROBLEMS_LISTED_MAX).map(problemText);
  const more = problems.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  return new PlumblineError(code, `${file} has ${problems.length} problems`, { detail: lines.join('\n  ') });
}

/** `plumbline.yaml:14:7` */
export function placeText({ file, line, column }: ConfigurationProblem): string {
  return `${file}:${line}:${column}`;
}

/** One problem on one line. */
export function problemText(problem: ConfigurationProblem): string {
  const rest = [problem.detail, problem.hint].filter((part) => part !== null);
  return [`${placeText(problem)} ${problem.message}`, ...rest].join('; ');
}
