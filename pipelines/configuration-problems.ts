import { type Document, isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { ErrorCode } from '../contracts/errors.js';
import { nearestName } from './nearest-name.js';

/** Where something stands in a configuration: keys and indexes from the top. */
export type FieldPath = readonly (string | number)[];

/** One thing that is wrong with a configuration, and where. */
export interface ConfigurationProblem {
  readonly code: ErrorCode;
  /** What is wrong, with the value. */
  readonly message: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** What is allowed. */
  readonly detail: string | null;
  /** What to do, where the nearest valid name is known. */
  readonly hint: string | null;
}

/** What a check says before its place in the file is known. */
export interface Finding {
  readonly code: ErrorCode;
  readonly message: string;
  readonly path: FieldPath;
  /** Whether the place meant is the key itself and not its value. */
  readonly at_key?: boolean;
  readonly allowed?: string;
  readonly hint?: string;
}

/** A configuration as text, with the way back from a field to its line. */
export class ConfigurationText {
  readonly file: string;
  readonly document: Document.Parsed;
  readonly #lines = new LineCounter();

  constructor(file: string, text: string) {
    this.file = file;
    this.document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, version: '1.2' });
  }

  /** What the YAML parser itself objects to: the first thing only, since the rest follows from it. */
  syntaxProblems(): ConfigurationProblem[] {
    return [...this.document.errors, ...this.document.warnings].slice(0, 1).map((error) => ({
      code: 'CONFIG_SYNTAX_INVALID',
      message: `this is not the YAML of a configuration: ${firstLine(error.message)}`,
      file: this.file,
      ...this.#place(error.pos[0]),
      detail: null,
      hint: 'Check the indentation (spaces, no tabs), the colons and the quotes of this line and the one above.',
    }));
  }

  problem(finding: Finding): ConfigurationProblem {
    const field = finding.path.length === 0 ? '' : ` (${fieldText(finding.path)})`;
    return {
      code: finding.code,
      message: `${finding.message}${field}`,
      file: this.file,
      ...this.#place(this.#offset(finding.path, finding.at_key === true)),
      detail: finding.allowed ?? null,
      hint: finding.hint ?? null,
    };
  }

  #place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Where a field stands; where it is missing, the nearest thing around it that is there. */
  #offset(path: FieldPath, at_key: boolean): number {
    let node: unknown = this.document.contents;
    let offset = startOf(node) ?? 0;
    for (const [depth, part] of path.entries()) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isPair(item) && keyText(item.key) === String(part));
        if (pair === undefined) return offset;
        const key_offset = startOf(pair.key) ?? offset;
        offset = at_key && depth === path.length - 1 ? key_offset : (startOf(pair.value) ?? key_offset);
        node = pair.value;
      } else {
        node = this.document.getIn(path.slice(0, depth + 1), true);
        offset = startOf(node) ?? offset;
      }
    }
    return offset;
  }
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0].replace(/:$/, '');
}

/** `policy.rules[2].when.signal` */
export function fieldText(path: FieldPath): string {
  return path.map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`)).join('');
}

/** A value as it stands in a message: quoted, one line, bounded. */
export function valueText(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** `Did you mean "x"?`, where a valid name is near. */
export function didYouMean(mistyped: unknown, names: readonly string[]): { hint: string } | Record<never, never> {
  const nearest = typeof mistyped === 'string' ? nearestName(mistyped, names) : undefined;
  return nearest === undefined ? {} : { hint: `Did you mean "${nearest}"?` };
}

/** What zod objects to, in the words of a person who wrote the file. `base` is where the checked value stands. */
export function schemaFindings(
  schema: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
  root: unknown,
  base: FieldPath = [],
): Finding[] {
  return issues.flatMap((issue) => issueFindings(schema, issue, root, base));
}

function issueFindings(schema: z.ZodType, issue: z.core.$ZodIssue, root: unknown, base: FieldPath): Finding[] {
  const inner = issue.path as FieldPath;
  const path = [...base, ...inner];
  const value = valueAt(root, inner);
  const code = 'CONFIG_FIELD_INVALID';
  if (issue.code === 'unrecognized_keys') {
    const keys = keysAt(schema, inner);
    const around = path.length === 0 ? 'a configuration' : fieldText(path);
    return issue.keys.map((key) => ({
      code,
      message: `${around} has no key ${valueText(key)}`,
      path: [...path, key],
      at_key: true,
      allowed: `keys are: ${keys.join(', ')}`,
      ...didYouMean(key, keys),
    }));
  }
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.find((errors) => errors.every((inside) => inside.code !== 'invalid_type'));
    const chosen = nearest ?? issue.errors[0] ?? [];
    return chosen.flatMap((inside) =>
      issueFindings(schema, { ...inside, path: [...issue.path, ...inside.path] } as z.core.$ZodIssue, root, base),
    );
  }
  if (value === undefined && issue.code !== 'custom') {
    return [{ code, message: 'a field is missing', path, allowed: `it takes ${allowedText(schema, issue)}` }];
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const message = `${valueText(value)} is not allowed here`;
    return [{ code, message, path, allowed: `allowed: ${values.join(', ')}`, ...didYouMean(value, values) }];
  }
  return [
    {
      code,
      message: `${valueText(value)} is not allowed here`,
      path,
      allowed: `it takes ${allowedText(schema, issue)}`,
    },
  ];
}

function allowedText(schema: z.ZodType, issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
    const bound = issue.code === 'too_small' ? 'at least' : 'at most';
    if (issue.origin === 'number' || issue.origin === 'int') {
      const strict = issue.inclusive === false ? (issue.code === 'too_small' ? 'more than' : 'less than') : bound;
      return `a number of ${strict} ${limit}`;
    }
    return `${bound} ${limit} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
  }
  if (issue.code === 'invalid_type') return textOfType(issue.expected, schemaAt(schema, issue.path as FieldPath));
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    return values.length === 1 ? values[0] : `one of ${values.join(', ')}`;
  }
  if (issue.code === 'invalid_format' && issue.message.startsWith('Invalid')) return issue.pattern ?? issue.message;
  return issue.message;
}

const TYPE_TEXTS: Record<string, string> = {
  array: 'a list, such as [a, b]',
  object: 'a group of keys',
  record: 'a group of keys',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** A text with a form of its own (a duration, a name) says so when it is given one that cannot be right. */
function textOfType(expected: string, schema: z.core.$ZodType | undefined): string {
  if (expected === 'string' && schema !== undefined) {
    const [issue] = (schema as z.ZodType).safeParse('').error?.issues ?? [];
    if (issue?.code === 'invalid_format' && !issue.message.startsWith('Invalid')) return issue.message;
  }
  return TYPE_TEXTS[expected] ?? expected;
}

function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** The keys that the schema knows at a path; empty where it takes any. */
function keysAt(schema: z.ZodType, path: FieldPath): string[] {
  const at = schemaAt(schema, path);
  if (at === undefined) return [];
  const { def } = (at as z.core.$ZodTypes)._zod;
  if (def.type === 'object') return Object.keys(def.shape);
  if (def.type !== 'record') return [];
  const key = (unwrapped(def.keyType) as z.core.$ZodTypes)._zod.def;
  return key.type === 'enum' ? Object.values(key.entries).map(String) : [];
}

function schemaAt(schema: z.ZodType, path: FieldPath): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = unwrapped(schema);
  for (const part of path) {
    const { def } = (at as z.core.$ZodTypes)._zod;
    if (def.type === 'object') at = def.shape[part];
    else if (def.type === 'array') at = def.element;
    else if (def.type === 'record') at = def.valueType;
    else return undefined;
    if (at === undefined) return undefined;
    at = unwrapped(at);
  }
  return at;
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const has_inner = def.type === 'default' || def.type === 'prefault' || def.type === 'optional';
  return has_inner ? unwrapped(def.innerType) : schema;
}
