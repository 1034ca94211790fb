import { RFC3339 } from '../../contracts/event.js';
import { code } from './markdown.js';

/** The part of JSON Schema that zod writes and these pages read. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly open_list?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** Patterns that people know by another name. */
const PATTERNS: Readonly<Record<string, string>> = {
  [RFC3339.source]: 'RFC 3339 time with a zone',
  '^\\d+(ms|s|m|h|d)$': 'duration, such as `30s`, `15m` or `28d`',
  '^[a-z][a-z0-9_]*$': 'name in lower case',
  '^\\d{4}-\\d{2}-\\d{2}$': 'calendar day, such as `2025-12-25`',
  '^[A-Z]{3}$': 'ISO 4217 code',
  '^\\+[1-9][0-9]{4,14}$': 'E.164 number',
};

/** What a field takes, in words. References go to the section of that name on the same page. */
export function kindText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return refText(schema.$ref);
  if (schema.open_list !== undefined) return `open list: ${listed(schema.open_list)}`;
  if (schema.enum !== undefined) return `one of ${listed(schema.enum)}`;
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(kindText))].join(', or ');
  const { type } = schema;
  if (typeof type === 'object') return type.map((one) => kindText({ type: one })).join(', or ');
  switch (type) {
    case 'string':
      return textKind(schema);
    case 'integer':
    case 'number':
      return `${type === 'integer' ? 'whole number' : 'number'}${numberRange(schema)}`;
    case 'array':
      return `list${entries(schema)} of ${kindText(schema.items ?? {})}`;
    case 'object':
      return objectKind(schema);
    case 'boolean':
      return '`true` or `false`';
    default:
      return type ?? 'any JSON value';
  }
}

function listed(values: readonly unknown[]): string {
  return values.map((value) => code(String(value))).join(' ');
}

function refText(ref: string): string {
  const name = ref.split('/').at(-1)!.replace('#', '');
  return /^_*schema\d+$/.test(name) ? 'any JSON value' : `[${name}](#${name.toLowerCase()})`;
}

function textKind({ pattern, format, minLength, maxLength }: JsonSchema): string {
  if (format === 'date-time') return 'RFC 3339 time, UTC';
  if (format === 'date') return 'calendar day';
  if (pattern !== undefined) return PATTERNS[pattern] ?? `text that matches ${code(pattern)}`;
  if (maxLength !== undefined) return `text of ${number(minLength ?? 0)} to ${number(maxLength)} characters`;
  return minLength === undefined ? 'text' : 'text, not empty';
}

function objectKind(schema: JsonSchema): string {
  const { properties, propertyNames, additionalProperties } = schema;
  if (properties !== undefined) return 'group of fields';
  const names = propertyNames?.enum === undefined ? '' : `; keys: ${listed(propertyNames.enum)}`;
  const values = typeof additionalProperties === 'object' ? ` of ${kindText(additionalProperties)}` : '';
  return `map${values}${names}`;
}

function entries({ minItems, maxItems }: JsonSchema): string {
  if (maxItems === undefined) return minItems === undefined ? '' : ` (at least ${number(minItems)})`;
  return minItems === maxItems ? ` (${number(maxItems)})` : ` (${number(minItems ?? 0)} to ${number(maxItems)})`;
}

function numberRange(schema: JsonSchema): string {
  const known = (bound: number | undefined) => (Math.abs(bound ?? 0) === Number.MAX_SAFE_INTEGER ? undefined : bound);
  const { exclusiveMinimum, exclusiveMaximum } = schema;
  const [minimum, maximum] = [known(schema.minimum), known(schema.maximum)];
  const low =
    exclusiveMinimum !== undefined
      ? `more than ${exclusiveMinimum}`
      : minimum === undefined
        ? ''
        : `at least ${number(minimum)}`;
  const high =
    exclusiveMaximum !== undefined
      ? `less than ${exclusiveMaximum}`
      : maximum === undefined
        ? ''
        : `at most ${number(maximum)}`;
  const both = [low, high].filter((text) => text !== '').join(', ');
  return both === '' ? '' : `, ${both}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

export interface FieldRow {
  /** Such as `policy.recovery_calls`, or `counts[].n`. */
  readonly path: string;
  readonly schema: JsonSchema;
  readonly is_required: boolean;
  readonly has_fields: boolean;
}

/** The fields of an object and of the objects inside it, depth first. */
export function fieldRows(schema: JsonSchema, prefix = ''): FieldRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const inner = innerObject(field);
    const row = { path, schema: field, is_required: schema.required?.includes(name) === true };
    if (inner === null) return [{ ...row, has_fields: false }];
    return [{ ...row, has_fields: true }, ...fieldRows(inner.schema, `${path}${inner.suffix}.`)];
  });
}

function innerObject(schema: JsonSchema): { schema: JsonSchema; suffix: string } | null {
  if (schema.properties !== undefined) return { schema, suffix: '' };
  if (schema.items?.properties !== undefined) return { schema: schema.items, suffix: '[]' };
  return null;
}
