import { z } from 'zod';
import { EVENT_DATA, RFC3339 } from '../../contracts/event.js';

/** What a column must hold to become a field of an event. */
export type FieldKind = 'text' | 'instant' | 'integer' | 'number' | 'boolean';

/** Columns of a mapping that become the envelope; all others are fields of `data`. */
export const ENVELOPE_FIELDS: Readonly<Record<string, readonly FieldKind[]>> = {
  type: ['text'],
  time: ['instant'],
  id: ['text'],
  source: ['text'],
};

interface JsonSchema {
  readonly type?: string;
  readonly pattern?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** Kinds of every field of `data` over all event types, read off their schemas; in the order of the contract. */
export function eventFields(): ReadonlyMap<string, ReadonlySet<FieldKind>> {
  const fields = new Map<string, Set<FieldKind>>();
  for (const schema of Object.values(EVENT_DATA)) {
    const { properties = {} } = z.toJSONSchema(schema) as JsonSchema;
    for (const [name, property] of Object.entries(properties)) {
      const kinds = fields.get(name) ?? new Set();
      for (const kind of kindsOf(property)) kinds.add(kind);
      fields.set(name, kinds);
    }
  }
  return fields;
}

function kindsOf({ type, pattern, anyOf }: JsonSchema): FieldKind[] {
  if (anyOf !== undefined) return anyOf.flatMap(kindsOf);
  if (type === 'string') return [pattern === RFC3339.source ? 'instant' : 'text'];
  if (type === 'integer') return ['integer'];
  if (type === 'number') return ['number'];
  if (type === 'boolean') return ['boolean'];
  return [];
}
