import { z } from 'zod';
import { docComments } from './doc-comments.js';
import { fieldRows, type JsonSchema, kindText } from './field-rows.js';
import { code, table } from './markdown.js';

/** A component of a registry, as its page shows it. */
export interface Component {
  readonly name: string;
  readonly summary: string;
  readonly config: z.ZodType;
}

/** The doc comment above the constant that a file is named after: what a component says of itself. */
export function componentText(file: string, name: string, suffix = ''): string {
  const constant = `${name.replaceAll('-', '')}${suffix}`.toLowerCase();
  for (const [commented, text] of docComments(file)) if (commented.toLowerCase() === constant) return text;
  return '';
}

/** The table of a component's own options; a line that says so when it has none. */
export function optionTable(config: z.ZodType): string {
  const rows = fieldRows(z.toJSONSchema(config, { io: 'input' }) as JsonSchema).filter(({ path }) => path !== 'use');
  if (rows.length === 0) return 'No options.';
  return table(
    ['option', 'takes', 'default', 'meaning'],
    rows.map(({ path, schema, is_required }) => [
      code(path),
      kindText(schema),
      is_required ? '(required)' : schema.default === undefined ? '' : code(JSON.stringify(schema.default)),
      schema.description ?? '',
    ]),
  );
}
