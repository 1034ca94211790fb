import { closeSync, openSync, readSync } from 'node:fs';
import { systemClock } from '../../contracts/clock.js';
import type { StatusReport } from '../../contracts/reports.js';
import { detectors } from '../../detectors/index.js';
import { Pipeline } from '../../pipelines/pipeline.js';
import { Store } from '../../pipelines/store.js';
import { sinks } from '../../sinks/index.js';
import { sources } from '../../sources/index.js';
import { shippedConfiguration } from '../shipped-configuration.js';

/** What the same events cost: through Plumbline, and through what could do a part of it. Each tells how many it saw. */

export interface YardstickTask {
  readonly yardstick: keyof typeof YARDSTICKS;
  /** NDJSON file; `-` is the standard input. */
  readonly path: string;
  /** New folder for what is written. */
  readonly data_dir: string;
}

export const YARDSTICKS = {
  duckdb_read_json: (task: YardstickTask) => readJson(task, 'bench/event_counts'),
  duckdb_read_json_few_columns: (task: YardstickTask) => readJson(task, 'bench/event_counts_few'),
  json_parse: async (task: YardstickTask) => parseLines(task),
  plumbline: async ({ path, data_dir }: YardstickTask) => (await throughPlumbline(path, data_dir)).events.landed,
} as const;

const BYTES_PER_READ = 1_048_576;

/** DuckDB on one thread, in memory: explicit columns, and counts by minute and campaign that stay in DuckDB. */
async function readJson({ path, data_dir }: YardstickTask, statement: string): Promise<number> {
  const store = await Store.open({ path: ':memory:', threads: 1, memory_mib_max: 1_536, temp_dir: data_dir });
  try {
    await store.run(statement, { events_path: path });
    const [counted] = await store.rows('bench/events_counted');
    return counted.events as number;
  } finally {
    await store.close();
  }
}

/** `JSON.parse` of every line and nothing else. */
function parseLines({ path }: YardstickTask): number {
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(BYTES_PER_READ);
  let count = 0;
  let rest = '';
  try {
    const read = () => readSync(file, buffer, 0, BYTES_PER_READ, null);
    for (let length = read(); length > 0; length = read()) {
      // The simulator writes ASCII: no character is cut.
      const text = rest + buffer.toString('latin1', 0, length);
      let from = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        const event = JSON.parse(text.slice(from, end)) as { type?: unknown };
        if (event.type !== undefined) count++;
        from = end + 1;
      }
      rest = text.slice(from);
    }
  } finally {
    closeSync(file);
  }
  return count;
}

/** A longer line is rejected: bad input of a length that can be made often. */
export const LINE_BYTES_MAX = 131_072;

/**
 * Everything: decoded, validated, landed with fsync, observed, held against baselines, detected, decided. Baselines come
 * into force after a week instead of three, so that most of the events meet detectors.
 *
 * @param path NDJSON file; `-` is the standard input
 * @param data_dir new folder
 */
export async function throughPlumbline(
  path: string,
  data_dir: string,
): Promise<Pick<StatusReport, 'events' | 'rejected_by_reason' | 'epoch'>> {
  const { config, config_text } = shippedConfiguration();
  const { baseline, land } = config;
  const pipeline = await Pipeline.open({
    config: {
      ...config,
      baseline: { ...baseline, history_min: '7d' },
      land: { ...land, line_bytes_max: LINE_BYTES_MAX },
    },
    config_text,
    base_dir: process.cwd(),
    data_dir,
    clock: systemClock,
    detectors,
    sinks,
    inputs: [{ source: sources.file, config: { path } }],
    live: false,
    signal: new AbortController().signal,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    await pipeline.run();
    return await pipeline.status();
  } finally {
    await pipeline.close();
  }
}
