import { importSource, shippedMappings } from '../../pipelines/import.js';
import { sinks } from '../../sinks/index.js';
import { sources } from '../../sources/index.js';
import { type Component, componentText, optionTable } from './components.js';
import { fence, fileLink, page } from './markdown.js';
import { sourceText } from './source-files.js';

export function sourcesAndSinksPage(): string {
  const ofRoom = (room: string, suffix: string) => (component: Component) =>
    section(component, `${room}/${component.name}.ts`, suffix);
  return page(
    'Sources and sinks',
    'An entry of `sources` or `sinks` in the configuration: `use` names the component, the other keys are its options.',
    '## Sources',
    ...Object.values(sources).flatMap(ofRoom('sources', 'Source')),
    '## Imports',
    'Files of other layouts come in through `plumbline import`; it is not named in the configuration.',
    ...section(importSource, 'pipelines/import.ts', 'Source'),
    '### Shipped mappings',
    'A mapping is one `select` whose columns are named as the fields of [events](events.md). The head of each says ' +
      'what it reads and what it assumes.',
    ...shippedMappings().flatMap((name) => [`#### ${name}`, fileLink(`sql/imports/${name}.sql`), mappingHead(name)]),
    '## Sinks',
    ...Object.values(sinks).flatMap(ofRoom('sinks', 'Sink')),
  );
}

function section({ name, summary, config }: Component, file: string, suffix: string): string[] {
  const text = componentText(file, name, suffix);
  return [`### ${name}`, `${summary.replace(/\.$/, '')}. ${fileLink(file)}`, text, optionTable(config)];
}

function mappingHead(name: string): string {
  const lines = sourceText(`sql/imports/${name}.sql`).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  return fence(
    'text',
    lines
      .slice(0, end)
      .map((line) => line.replace(/^-- ?/, ''))
      .join('\n'),
  );
}
