import { z } from 'zod';
import { configSchema } from '../../contracts/config.js';
import { directiveSchema } from '../../contracts/directive.js';
import { EVENT_DATA, EVENT_TYPES, envelopeSchema } from '../../contracts/event.js';
import { DOCUMENTS, errorDocumentSchema } from '../../contracts/reports.js';

/** JSON Schemas by file name: of events, the configuration, directives, and what commands print with `--json`. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  const schemas = new Map<string, string>();
  const add = (name: string, title: string, schema: z.ZodType, io: 'input' | 'output' = 'output') => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io });
    schemas.set(`${name}.schema.json`, `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`);
  };
  add('envelope', 'An event of any type', envelopeSchema, 'input');
  for (const type of EVENT_TYPES) {
    const event = envelopeSchema.extend({ type: z.literal(type), data: EVENT_DATA[type] });
    add(`event.${type}`, `An event of type ${type}`, event, 'input');
  }
  add('configuration', 'plumbline.yaml', configSchema, 'input');
  add('directive', 'A directive', directiveSchema);
  for (const [name, document] of Object.entries(DOCUMENTS)) add(`json.${name}`, `plumbline ${name} --json`, document);
  add('json.error', 'What --json prints when a command fails', errorDocumentSchema);
  return schemas;
}
