import { configurationPage } from './configuration-page.js';
import { detectorsPage } from './detectors-page.js';
import { errorsPage } from './errors-page.js';
import { eventsPage } from './events-page.js';
import { jsonPage } from './json-page.js';
import { page } from './markdown.js';
import { relationsPage } from './relations-page.js';
import { jsonSchemas } from './schemas.js';
import { signalsPage } from './signals-page.js';
import { sourcesAndSinksPage } from './sources-and-sinks-page.js';

export const REFERENCE_FOLDER = 'docs/reference';

/** Every generated page, by its path below `docs/reference/`. */
export function referencePages(): ReadonlyMap<string, string> {
  const pages = {
    'configuration.md': configurationPage(),
    'detectors.md': detectorsPage(),
    'errors.md': errorsPage(),
    'events.md': eventsPage(),
    'json.md': jsonPage(),
    'relations.md': relationsPage(),
    'signals.md': signalsPage(),
    'sources-and-sinks.md': sourcesAndSinksPage(),
  };
  const schemas = [...jsonSchemas()].map(([name, text]): [string, string] => [`schemas/${name}`, text]);
  const links = Object.entries(pages).map(([name, text]) => `- [${/^# (.*)$/m.exec(text)![1]}](${name})`);
  const index = page('Reference', [...links, '- [JSON Schemas](schemas/)'].join('\n'));
  return new Map([['README.md', index], ...Object.entries(pages), ...schemas]);
}
