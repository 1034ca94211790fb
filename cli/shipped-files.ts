import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../pipelines/package-root.js';

/** What stands in the package beside the code: the same from the sources and from `dist/`. */

/** The configuration that `init` writes; `demo` and `replay` use it when they are given none. */
export function defaultConfigurationText(): string {
  return readFileSync(join(packageRoot(), 'cli', 'default-configuration.yaml'), 'utf8');
}

/** A query of `cli/queries/`, without the comments at its head. */
export function shippedQuery(name: string): string {
  const text = readFileSync(join(packageRoot(), 'cli', 'queries', `${name}.sql`), 'utf8');
  return text.replace(/^(--.*\n)+/, '').trim();
}

/** The queries that a run over recorded events ends with. */
export function suggestedQueries(): string[] {
  return ['drift-and-directives', 'answers-by-hour', 'answers-against-voicemail'].map(shippedQuery);
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return version;
}
