import { isCollection, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { configSchema, relationshipSchema, ruleSchema } from '../../contracts/config.js';
import { ACTION_UNITS } from '../../pipelines/action-units.js';
import { defaultConfigurationText } from '../shipped-files.js';
import { type FieldRow, kindText } from './field-rows.js';
import { code, fileLink, page, table } from './markdown.js';
import { SchemaSections } from './schema-sections.js';

const PARTS = { configSchema, relationshipSchema, ruleSchema };

export function configurationPage(): string {
  const sections = new SchemaSections([{ file: 'contracts/config.ts', schemas: PARTS }], 'input');
  const comments = shippedComments();
  const rows = (constant: keyof typeof PARTS) =>
    sections.fields(constant).map((row) => ({
      ...row,
      meaning: sections.meaning(constant, row) || (constant === 'configSchema' ? (comments.get(row.path) ?? '') : ''),
    }));
  const config = rows('configSchema');
  const groups = config.filter(({ path, has_fields }) => has_fields && !path.includes('.'));
  const isIn = (group: string) => (row: FieldRow) =>
    row.path.startsWith(`${group}.`) || row.path.startsWith(`${group}[]`);
  const alone = config.filter((row) => !groups.some(({ path }) => isIn(path)(row)));
  return page(
    'Configuration',
    'The keys of `plumbline.yaml`. `plumbline init` writes a file that works as it is and explains itself: ' +
      `${fileLink('cli/default-configuration.yaml')}. \`plumbline lint\` checks yours, with line and column. ` +
      'A key that is left out has the default of this page; a key that is not on it is refused. The file that `init` ' +
      'writes sets more than the defaults: sources, sinks, a relationship, a time zone and rules.',
    '## Top level',
    keyTable(alone),
    ...groups.flatMap((group) => [`## ${group.path}`, group.meaning, keyTable(config.filter(isIn(group.path)))]),
    '## relationship',
    'An entry of `relationships`: two signals that move together (`x` and `y`), or kinds that calls divide into (`parts`).',
    keyTable(rows('relationshipSchema')),
    '## rule',
    'An entry of `policy.rules`. Rules are tried in their order; the first that matches an episode answers it. ' +
      '`segment` names exactly the dimensions that the episode must have, `"*"` for any value; left out, any segment.',
    keyTable(rows('ruleSchema')),
    '## Actions',
    'What `directive.action` can be, and the value that each takes in each unit. Values are absolute.',
    actionTable(),
    '## Options of components',
    'Entries of `sources` and `sinks` name a component with `use` and give its options: [sources and sinks](sources-and-sinks.md). ' +
      'Options of detectors: [detectors](detectors.md).',
  );
}

function keyTable(rows: readonly (FieldRow & { readonly meaning: string })[]): string {
  return table(
    ['key', 'takes', 'default', 'meaning'],
    rows.map(({ path, schema, is_required, has_fields, meaning }) => [
      code(path),
      kindText(schema),
      defaultText(schema.default, is_required, has_fields),
      meaning,
    ]),
  );
}

function defaultText(value: unknown, is_required: boolean, has_fields: boolean): string {
  if (is_required) return '(required)';
  if (value === undefined || (has_fields && !Array.isArray(value))) return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}

function actionTable(): string {
  return table(
    ['action', 'unit', 'value'],
    Object.entries(ACTION_UNITS).flatMap(([action, units]) =>
      Object.entries(units).map(([unit, { type, at_least, at_most }]) => [
        code(action),
        code(unit),
        [type, at_least === undefined ? '' : `at least ${at_least}`, at_most === undefined ? '' : `at most ${at_most}`]
          .filter((part) => part !== '')
          .join(', '),
      ]),
    ),
  );
}

/** What the comments of the shipped file say of its keys, by path. */
function shippedComments(): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  const visit = (map: YAMLMap, prefix: string) => {
    for (const [at, { key, value }] of map.items.entries()) {
      if (!isScalar(key)) continue;
      const path = `${prefix}${String(key.value)}`;
      const beside = isScalar(value) || (isCollection(value) && value.flow === true) ? value.comment : null;
      // Above a group, and above the first key of the file, stands what is said of more than that key.
      const is_said_above = !isMap(value) && !(at === 0 && prefix === '');
      const above = is_said_above ? (key.commentBefore ?? (at === 0 ? map.commentBefore : null)) : null;
      const text = (beside ?? above?.split(/\n\s*\n/).at(-1) ?? '').replaceAll(/\s+/g, ' ').trim();
      if (text !== '') comments.set(path, text);
      if (isMap(value)) visit(value, `${path}.`);
    }
  };
  const { contents } = parseDocument(defaultConfigurationText());
  if (isMap(contents)) visit(contents, '');
  return comments;
}
