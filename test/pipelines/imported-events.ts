import { join } from 'node:path';
import { type ImportConfig, importSource } from '../../pipelines/import.js';

/** An event as an import writes it. */
export interface ImportedEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const FIXTURES = join(process.cwd(), 'fixtures', 'imports');

/** The lines of an import, in the order in which they would land. */
export async function importedLines(
  config: Partial<ImportConfig> & { readonly mapping: string; readonly file: string },
  next_offset?: number,
): Promise<string[]> {
  const context = {
    signal: new AbortController().signal,
    base_dir: FIXTURES,
    resume: () => next_offset,
    warn: () => undefined,
    filled: () => undefined,
  };
  const lines: string[] = [];
  for await (const { bytes } of importSource.open(importSource.config.parse(config), context))
    lines.push(...Buffer.from(bytes).toString('utf8').trimEnd().split('\n'));
  return lines;
}

export async function importedEvents(config: Parameters<typeof importedLines>[0]): Promise<ImportedEvent[]> {
  return (await importedLines(config)).map((line) => JSON.parse(line) as ImportedEvent);
}
