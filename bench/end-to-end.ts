import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import { countText } from '../cli/present/figures.js';
import { tableLines } from '../cli/present/text.js';
import type { Cost } from './end-to-end/cost.js';
import { writeEvents } from './end-to-end/simulated-events.js';
import { type Throughput, throughput } from './end-to-end/throughput.js';
import { YARDSTICKS, type YardstickTask } from './end-to-end/yardsticks.js';
import { inChild } from './in-child.js';
import { scratchFolder } from './scratch-folder.js';

/**
 * What an event costs from its bytes to a decision, beside what DuckDB's `read_json` and `JSON.parse` take for a part of
 * it: rows per second of processor time, on the same file, each in a process of its own.
 */

interface Options {
  readonly rows: number;
  readonly rounds: number;
  readonly skip10m?: true;
  readonly json?: true;
}

const YARDSTICK_PROCESS = new URL('./end-to-end/yardstick-process.js', import.meta.url);
const EVENTS_PROCESS = new URL('./end-to-end/events-process.js', import.meta.url);
const NAMES = Object.keys(YARDSTICKS) as (keyof typeof YARDSTICKS)[];
/** How many times as many events the long run has. */
const LONG = 10;

const options = new Command('bench')
  .description('rows per second of processor time, end to end and beside two yardsticks; peak memory')
  .option('--rows <n>', 'events of the file', wholeNumber, 1_000_000)
  .option('--rounds <n>', 'how often each is measured', wholeNumber, 3)
  .option('--skip-10m', 'leave the run over ten times as many events out')
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<Options>();

const folder = scratchFolder('bench');

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** @throws Error when not every event was seen */
async function measured(task: Omit<YardstickTask, 'data_dir'>, rows: number, stdin?: Readable): Promise<Cost> {
  const data_dir = join(folder, 'data');
  try {
    const cost = await inChild<YardstickTask, Cost>(YARDSTICK_PROCESS, { ...task, data_dir }, stdin);
    if (cost.rows !== rows) throw new Error(`${task.yardstick} saw ${cost.rows} of ${rows} events`);
    const speed = `${countText(rows / cost.cpu_seconds)} rows per CPU-second`;
    say(`${task.yardstick}: ${speed}, ${countText(cost.peak_rss_mib)} MiB, ${cost.wall_seconds.toFixed(1)} s`);
    return cost;
  } finally {
    rmSync(data_dir, { recursive: true, force: true });
  }
}

async function rounds(rows: number): Promise<Record<keyof typeof YARDSTICKS, Cost[]>> {
  const path = join(folder, 'events.ndjson');
  writeEvents(path, rows);
  const costs = Object.fromEntries(NAMES.map((name) => [name, [] as Cost[]])) as Record<
    keyof typeof YARDSTICKS,
    Cost[]
  >;
  for (let round = 0; round < Math.max(1, options.rounds); round++)
    for (const yardstick of NAMES) costs[yardstick].push(await measured({ yardstick, path }, rows));
  rmSync(path);
  return costs;
}

/** Events made as they are read: nothing of that size lies anywhere. */
async function long(rows: number): Promise<Cost> {
  const events = spawn(process.execPath, [fileURLToPath(EVENTS_PROCESS), String(rows)], {
    stdio: ['ignore', 'pipe', 2],
  });
  return measured({ yardstick: 'plumbline', path: '-' }, rows, events.stdout as Readable);
}

function lines(result: Throughput): string[] {
  const row = (name: string, value: number) => [name, countText(value)];
  const mib = (value: number | null) => (value === null ? 'not measured' : `${countText(value)} MiB`);
  return [
    `${countText(result.rows)} events, rows per second of processor time, median of ${result.rounds}`,
    ...tableLines(
      [
        row('Plumbline, from bytes to decisions', result.plumbline_rows_per_s),
        row('DuckDB read_json and counts', result.duckdb_read_json_rows_per_s),
        row('the same with three columns', result.duckdb_read_json_few_columns_rows_per_s),
        row('JSON.parse alone', result.json_parse_rows_per_s),
      ],
      ['left', 'right'],
    ).map((line) => `  ${line}`),
    `Plumbline / DuckDB ${result.ratio_to_duckdb.toFixed(2)}, Plumbline / JSON.parse ${result.ratio_to_json_parse.toFixed(2)}`,
    `peak memory ${mib(result.peak_rss_mib_1m)}, with ten times as many events ${mib(result.peak_rss_mib_10m)}`,
  ];
}

const costs = await rounds(options.rows);
const result = throughput(costs, options.skip10m === true ? null : await long(options.rows * LONG));
process.stdout.write(`${(options.json === true ? [JSON.stringify(result, null, 2)] : lines(result)).join('\n')}\n`);
