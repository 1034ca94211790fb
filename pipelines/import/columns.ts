import { PlumblineError } from '../../contracts/errors.js';
import { nearestName } from '../nearest-name.js';
import { ENVELOPE_FIELDS, eventFields, type FieldKind } from './event-fields.js';
import type { Mapping } from './mapping.js';

/** A column as DuckDB describes it. */
export interface MappedColumn {
  readonly name: string;
  /** Such as `VARCHAR` or `DECIMAL(18,3)`. */
  readonly type: string;
}

/** How the values of a column become JSON. */
export type Conversion = 'as_it_is' | 'to_text' | 'to_number' | 'to_instant';

export interface EventColumn {
  readonly name: string;
  readonly is_envelope: boolean;
  readonly conversion: Conversion;
}

const INTEGER_TYPES = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
const TEXT_TYPES = /^(VARCHAR|UUID|ENUM\(.*\))$/;

/** Conversions by what a field holds; a type of DuckDB that none of them takes does not fit. */
const CONVERSIONS: Readonly<Record<FieldKind, readonly (readonly [RegExp, Conversion])[]>> = {
  text: [
    [TEXT_TYPES, 'to_text'],
    [INTEGER_TYPES, 'to_text'],
  ],
  instant: [
    [/^TIMESTAMP WITH TIME ZONE$/, 'to_instant'],
    [/^VARCHAR$/, 'as_it_is'],
  ],
  integer: [[INTEGER_TYPES, 'as_it_is']],
  number: [
    [INTEGER_TYPES, 'as_it_is'],
    [/^(FLOAT|DOUBLE|DECIMAL\(.*\))$/, 'to_number'],
  ],
  boolean: [[/^BOOLEAN$/, 'as_it_is']],
};
const WANTED: Readonly<Record<FieldKind, string>> = {
  text: 'varchar',
  instant: 'timestamptz',
  integer: 'bigint',
  number: 'double',
  boolean: 'boolean',
};

/**
 * What becomes of the columns of a mapping.
 *
 * @throws PlumblineError IMPORT_COLUMN_INVALID: a column that no event has, of a type that does not fit, or missing
 */
export function eventColumns(columns: readonly MappedColumn[], mapping: Mapping): EventColumn[] {
  const fields = new Map(
    [...Object.entries(ENVELOPE_FIELDS), ...eventFields()].map(([name, kinds]) => [name, [...kinds]]),
  );
  const problems: string[] = [];
  const hints = new Set<string>();
  for (const required of ['type', 'time']) {
    if (columns.some(({ name }) => name === required)) continue;
    problems.push(`there is no column "${required}"`);
    hints.add(`Every mapping selects "type" (the type of the event) and "time" (when it happened).`);
  }
  const taken = columns.map((column): EventColumn => {
    const kinds = fields.get(column.name);
    const conversion = kinds === undefined ? undefined : conversionOf(column.type, kinds);
    if (kinds === undefined) {
      const nearest = nearestName(column.name, [...fields.keys()]);
      problems.push(
        `column "${column.name}" is no field of an event${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`,
      );
      hints.add(`Allowed: ${[...fields.keys()].join(', ')}.`);
    } else if (conversion === undefined) {
      problems.push(
        `column "${column.name}" is ${column.type}; it takes ${kinds.map((kind) => WANTED[kind]).join(' or ')}`,
      );
      hints.add(typeHint(column, kinds));
    }
    return { name: column.name, is_envelope: column.name in ENVELOPE_FIELDS, conversion: conversion ?? 'as_it_is' };
  });
  if (problems.length === 0) return taken;
  throw new PlumblineError('IMPORT_COLUMN_INVALID', `mapping "${mapping.name}": ${problems[0]}`, {
    detail: [mapping.file, ...problems.slice(1)].join('\n  '),
    hint: [...hints].join('\n  '),
  });
}

function conversionOf(type: string, kinds: readonly FieldKind[]): Conversion | undefined {
  for (const kind of kinds)
    for (const [pattern, conversion] of CONVERSIONS[kind]) if (pattern.test(type)) return conversion;
  return undefined;
}

function typeHint({ name, type }: MappedColumn, kinds: readonly FieldKind[]): string {
  if (kinds.includes('instant') && type.startsWith('TIMESTAMP'))
    return `A time without a zone may be any of 24: say whose it is, such as timezone('Europe/Lisbon', ${name}) as ${name}.`;
  return `Cast it in the mapping, such as ${name}::${WANTED[kinds[0]!]} as ${name}.`;
}
