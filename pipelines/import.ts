import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '../contracts/errors.js';
import type { Source, SourceChunk, SourceContext } from '../contracts/source.js';
import { type EventColumn, eventColumns } from './import/columns.js';
import { eventLine } from './import/event-lines.js';
import { type Mapping, readMapping } from './import/mapping.js';
import type { PipelineInput } from './pipeline.js';
import { Store } from './store.js';

export { shippedMappings } from './import/mapping.js';

const configSchema = z.strictObject({
  mapping: z.string().min(1).describe('file of the mapping, or the name of a shipped one'),
  file: z.string().min(1).describe('CSV, JSON or Parquet, also compressed; * and ? stand for parts of names'),
  time_zone: z.string().min(1).default('UTC').describe('whose time a file means that does not say: an IANA time zone'),
  memory_mib_max: z.number().int().min(128).max(65_536).default(512).describe('more than this is sorted on disk'),
});
export type ImportConfig = z.infer<typeof configSchema>;

/**
 * Files of any layout, through a mapping: one SELECT that names its columns as the event contract does. It runs in a
 * DuckDB of its own, in memory, where `getvariable('file')` and `getvariable('time_zone')` say what to read. Its rows
 * land in the order of event time, as an input `import:<file name>`; offsets count events from 1, and a partition is
 * one content of the files under one mapping, so that the same import again goes on where it stood, or brings nothing.
 *
 * Errors: IMPORT_MAPPING_INVALID, IMPORT_FILE_UNREADABLE, IMPORT_COLUMN_INVALID.
 */
export const importSource: Source<ImportConfig> = {
  name: 'import',
  summary: 'CSV, JSON and Parquet files, through a mapping written in SQL',
  config: configSchema,
  open: imported,
};

/** An import as an input of a pipeline, once its mapping fits the contract and its file can be read. */
export async function importInput(
  mapping: string,
  file: string,
  options: Partial<Pick<ImportConfig, 'time_zone' | 'memory_mib_max'>> = {},
): Promise<PipelineInput> {
  const config = configSchema.parse({ mapping, file: resolve(file), ...options });
  const opened = await OpenedImport.open(config);
  await opened.close();
  return { source: importSource, config };
}

async function* imported(config: ImportConfig, context: SourceContext): AsyncGenerator<SourceChunk, void, undefined> {
  const opened = await OpenedImport.open({ ...config, file: resolve(context.base_dir, config.file) });
  try {
    const { input } = opened;
    const partition = await opened.partition();
    const start = context.resume(input, partition) ?? 1;
    let offset = 1;
    for await (const lines of opened.lines()) {
      const first_offset = Math.max(offset, start);
      const wanted = lines.slice(first_offset - offset);
      offset += lines.length;
      if (wanted.length > 0) yield { input, partition, first_offset, bytes: Buffer.from(`${wanted.join('\n')}\n`) };
      if (context.signal.aborted) return;
    }
  } finally {
    await opened.close();
  }
}

/** A mapping over its files, in a DuckDB of its own. */
class OpenedImport {
  readonly #store: Store;
  readonly #mapping: Mapping;
  readonly #files: readonly string[];
  readonly #columns: readonly EventColumn[];
  readonly #close: () => Promise<void>;
  /** The path, or the pattern, without its folder. */
  readonly #file_name: string;

  private constructor(
    store: Store,
    close: () => Promise<void>,
    config: ImportConfig,
    parts: { readonly mapping: Mapping; readonly files: readonly string[]; readonly columns: readonly EventColumn[] },
  ) {
    this.#store = store;
    this.#close = close;
    this.#mapping = parts.mapping;
    this.#files = parts.files;
    this.#columns = parts.columns;
    this.#file_name = basename(config.file);
  }

  static async open(config: ImportConfig): Promise<OpenedImport> {
    const mapping = readMapping(config.mapping);
    const temp_dir = mkdtempSync(join(tmpdir(), 'plumbline-import-'));
    const remove = () => rmSync(temp_dir, { recursive: true, force: true });
    // One that is interrupted is not asked for more, and does not come to its end.
    process.once('exit', remove);
    const { memory_mib_max } = config;
    // Rows hold numbers and texts as they came. A process that is killed leaves what it could not hold in memory.
    const options = { path: ':memory:', threads: 1, memory_mib_max, temp_dir, is_spill_sealed: true };
    const store = await Store.open(options);
    const close = async () => {
      await store.close();
      remove();
      process.off('exit', remove);
    };
    try {
      await store.setVariable('file', config.file);
      await store.setVariable('time_zone', config.time_zone);
      await store.setVariable('mapping', mapping.sql);
      const files = (await store.rows('staging/import_files')).map(({ file }) => String(file));
      if (files.length === 0) throw unreadable(config.file, 'there is no such file');
      await asked(() => store.check(mapping.sql), mapping, config.file);
      const described = await asked(() => store.rows('staging/import_columns'), mapping, config.file);
      const columns = eventColumns(
        described.map(({ column_name, column_type }) => ({ name: String(column_name), type: String(column_type) })),
        mapping,
      );
      return new OpenedImport(store, close, config, { mapping, files, columns });
    } catch (error) {
      await close();
      throw error;
    }
  }

  get input(): string {
    return `import:${this.#file_name}`;
  }

  /** Names the mapping and what the files hold. */
  async partition(): Promise<string> {
    const hash = createHash('sha256').update(this.#mapping.sql);
    for (const file of this.#files) for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
    return `${this.#mapping.name}#${hash.digest('hex').slice(0, 16)}`;
  }

  /** The events in the order of their time. */
  async *lines(): AsyncGenerator<string[], void, undefined> {
    const origin = { source: `import/${this.#mapping.name}/${this.#file_name}`, file_name: this.#file_name };
    await asked(() => this.#store.run('staging/imported_rows'), this.#mapping, this.#file_name);
    for await (const rows of this.#store.stream('staging/imported_events'))
      yield rows.map((row) => eventLine(row, this.#columns, origin));
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

/** Tells apart what is wrong with the file and what is wrong with the mapping. */
async function asked<Answer>(ask: () => Promise<Answer>, mapping: Mapping, file: string): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const reason = error instanceof PlumblineError && error.detail !== undefined ? error.detail : String(error);
    if (/^(IO|HTTP) Error|CSV Error|Malformed JSON|parquet/i.test(reason)) throw unreadable(file, reason, error);
    throw new PlumblineError(
      'IMPORT_MAPPING_INVALID',
      `the mapping "${mapping.name}" cannot be run over "${basename(file)}"`,
      {
        detail: `${mapping.file}: ${reason}`,
        hint: "A mapping is one SELECT over read_csv, read_json or read_parquet of getvariable('file'); see sql/imports for examples.",
        cause: error,
      },
    );
  }
}

function unreadable(file: string, reason: string, cause?: unknown): PlumblineError {
  return new PlumblineError('IMPORT_FILE_UNREADABLE', `"${basename(file)}" cannot be read`, {
    detail: `${file}: ${reason}`,
    hint: 'Check the path and the permissions, and that the layout of the file is what the head of the mapping assumes.',
    cause,
  });
}
