import { z } from 'zod';
import { docComments } from './doc-comments.js';
import { type FieldRow, fieldRows, type JsonSchema, kindText } from './field-rows.js';
import { code, table } from './markdown.js';

/** Schemas that a page gives a section each, by the name of their constant; `file` is where they stand. */
export interface SchemaGroup {
  readonly file: string;
  readonly schemas: Readonly<Record<string, z.ZodType>>;
}

/** A section for every schema, with a table of its fields; where one holds another, it refers to its section. */
export class SchemaSections {
  readonly #schemas: Readonly<Record<string, JsonSchema>>;
  readonly #sources: Readonly<Record<string, z.ZodType>>;
  readonly #comments: ReadonlyMap<string, string>;

  constructor(groups: readonly SchemaGroup[], io: 'input' | 'output' = 'output') {
    const registry = z.registry<{ id: string }>();
    for (const { schemas } of groups)
      for (const [name, schema] of Object.entries(schemas)) registry.add(schema, { id: sectionName(name) });
    this.#schemas = z.toJSONSchema(registry, { io, uri: (id) => id }).schemas as Record<string, JsonSchema>;
    this.#sources = Object.assign({}, ...groups.map(({ schemas }) => schemas));
    this.#comments = new Map(groups.flatMap(({ file }) => [...docComments(file)]));
  }

  /** What the doc comment says of the schema itself. */
  summary(constant: string): string {
    return this.#comments.get(constant) ?? '';
  }

  schema(constant: string): JsonSchema {
    return this.#schemas[sectionName(constant)]!;
  }

  fields(constant: string): FieldRow[] {
    return fieldRows(this.schema(constant));
  }

  /** What a field means: its own description, or its doc comment, or that of the schema it was taken over from. */
  meaning(constant: string, { path, schema }: FieldRow): string {
    const key = path.replaceAll('[]', '');
    const own = schema.description ?? this.#comments.get(`${constant}.${key}`);
    if (own !== undefined) return own;
    const field = shapeOf(this.#sources[constant])[key];
    for (const [other, source] of Object.entries(this.#sources)) {
      const said = this.#comments.get(`${other}.${key}`);
      if (said !== undefined && field !== undefined && shapeOf(source)[key] === field) return said;
    }
    return '';
  }

  table(constant: string): string {
    return table(
      ['field', 'holds', 'meaning'],
      this.fields(constant).map((row) => [code(row.path), kindText(row.schema), this.meaning(constant, row)]),
    );
  }
}

function shapeOf(schema: z.ZodType | undefined): Readonly<Record<string, unknown>> {
  return schema instanceof z.ZodObject ? schema.shape : {};
}

export function sectionName(constant: string): string {
  return constant.replace(/Schema$/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
