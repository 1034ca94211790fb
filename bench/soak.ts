import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { linearRegression, mean, sum } from 'simple-statistics';
import { wholeNumber } from '../cli/command.js';
import { tableLines } from '../cli/present/text.js';
import { simulatedEvents } from './end-to-end/simulated-events.js';
import { scratchFolder } from './scratch-folder.js';

/**
 * `plumbline run` over events that come at an even rate for a long time: what its memory and its file descriptors do after
 * it has warmed up. Memory goes up and down with the checkpoints of the store, so what grows is told by its floor: the
 * least of each few minutes, and a straight line through those.
 */

interface Options {
  readonly minutes: number;
  readonly rate: number;
  readonly warmUp: number;
  readonly json?: true;
}

interface Told {
  /** What JavaScript has taken of the system: its heap, also where it is free, and its buffers. */
  readonly heap_mib: number;
  /** What is in use of the heap after a full collection of its garbage. */
  readonly kept_mib: number;
  readonly rejected: number;
}

/** One look at the process. */
interface Sample {
  readonly minutes: number;
  readonly rss_mib: number;
  /** As the process itself tells; null between two of its answers. */
  readonly told: Told | null;
  readonly descriptors: number;
  readonly store_mib: number;
  readonly events: number;
}

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));
/** Of the environment in deploy/plumbline.service what has to do with memory. */
const DEPLOYED = { UV_THREADPOOL_SIZE: '16', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '2' };
const SAMPLE_MS = 5_000;
const FEED_MS = 100;
/** Each look at the telemetry counts rows of the store: once a minute is enough. */
const SAMPLES_PER_TELEMETRY = 12;
const FLOOR_MINUTES = 3;

const options = new Command('soak')
  .description('memory and file descriptors of a process that runs on at an even rate')
  .option('--minutes <n>', 'how long', wholeNumber, 60)
  .option('--rate <n>', 'events a second', wholeNumber, 8_000)
  .option('--warm-up <n>', 'minutes that are left out: the cache of the store fills meanwhile', wholeNumber, 30)
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<Options>();

const folder = scratchFolder('soak');
const data_dir = join(folder, 'data');
const started_ms = performance.now();
const minutes = () => (performance.now() - started_ms) / 60_000;

function start(port: number): ChildProcess {
  const config = join(folder, 'plumbline.yaml');
  // The events are of as many days as it takes: in an hour or two they come to days that are yet to be. What takes longer than
  // the warm-up to become full with the bounds that are shipped (rows, contacts, the memory of the store) has lower ones.
  writeFileSync(
    config,
    `version: 1\ndata_dir: ${data_dir}\nland: { future_max: 36500d, contact_entries_max: 16384 }\nobserve: { rows_keep: 30d }\nsources: [{ use: file, path: '-' }]\nsinks: [{ use: file }]\noperate: { telemetry_port: ${port}, store_memory_mib_max: 256 }\n`,
  );
  return spawn(process.execPath, [PROGRAM, 'run', '--config', config, '--log-level', 'warn'], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, ...DEPLOYED },
  });
}

/** Events at the rate that was asked for, or at that of the process where it is slower. */
async function feed(child: ChildProcess, ended: Promise<unknown>, fed: { events: number }): Promise<void> {
  const stdin = child.stdin!;
  stdin.on('error', () => undefined);
  const from_ms = performance.now();
  for (const { bytes, events } of simulatedEvents(options.rate * options.minutes * 60)) {
    if (child.exitCode !== null) return;
    if (!stdin.write(bytes)) await Promise.race([drained(stdin), ended]);
    fed.events += events;
    while (fed.events / options.rate > (performance.now() - from_ms) / 1000)
      await new Promise((resolve) => setTimeout(resolve, FEED_MS));
    if (minutes() >= options.minutes) break;
  }
  stdin.end();
}

function drained(stdin: Writable): Promise<void> {
  return new Promise((resolve) => stdin.once('drain', resolve));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function told(port: number): Promise<Told | null> {
  const page = await fetch(`http://127.0.0.1:${port}/metrics`).then(
    (response) => response.text(),
    () => null,
  );
  if (page === null) return null;
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(page)?.[1] ?? Number.NaN);
  return {
    heap_mib: (figure('nodejs_heap_size_total_bytes') + figure('nodejs_external_memory_bytes')) / 2 ** 20,
    kept_mib: figure('plumbline_heap_after_collection_bytes') / 2 ** 20,
    rejected: figure('plumbline_events_total{outcome="rejected"}'),
  };
}

function look(pid: number, events: number, told: Told | null): Sample | null {
  try {
    const rss_kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    const store_mib = sizeMib(join(data_dir, 'plumbline.duckdb'));
    return { minutes: minutes(), rss_mib: rss_kib / 1024, told, descriptors, store_mib, events };
  } catch {
    return null;
  }
}

function sizeMib(path: string): number {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return statSync(path).size / 2 ** 20;
  return readdirSync(path).reduce((total, name) => total + sizeMib(join(path, name)), 0);
}

async function soak(): Promise<readonly Sample[]> {
  const port = await freePort();
  const child = start(port);
  const fed = { events: 0 };
  const samples: Sample[] = [];
  const timer = setInterval(async () => {
    const is_minute = (samples.length + 1) % SAMPLES_PER_TELEMETRY === 0;
    const sample = look(child.pid!, fed.events, is_minute ? await told(port) : null);
    if (sample === null) return;
    samples.push(sample);
    if (!is_minute) return;
    const { minutes, rss_mib, told: answer, descriptors, events } = sample;
    process.stderr.write(
      `${minutes.toFixed(0)} min  ${rss_mib.toFixed(0)} MiB, ${answer?.heap_mib.toFixed(0) ?? '?'} of JavaScript  ${descriptors} descriptors  ${events} events\n`,
    );
  }, SAMPLE_MS);
  const ended = once(child, 'exit');
  await feed(child, ended, fed);
  clearInterval(timer);
  const [code] = await ended;
  if (code !== 0) throw new Error(`the process ended with code ${code}`);
  const rejected = samples.findLast((sample) => sample.told !== null)?.told?.rejected;
  if (rejected !== 0) throw new Error(`${rejected} events were rejected: it was not the load that was asked for`);
  return samples;
}

/** Points (hours, MiB) of the floor of a saw: the least of each few minutes. */
function floorOf(points: readonly (readonly [number, number])[]): [number, number][] {
  const least = new Map<number, [number, number]>();
  for (const [hours, mib] of points) {
    const part = Math.floor((hours * 60) / FLOOR_MINUTES);
    if (mib < (least.get(part)?.[1] ?? Number.POSITIVE_INFINITY)) least.set(part, [hours, mib]);
  }
  return [...least.values()];
}

/** Slope of the straight line through points, and its standard error: least squares, points independent of each other. */
function slopeOf(points: readonly [number, number][]): { slope: number; error: number } {
  const { m, b } = linearRegression([...points]);
  const middle = mean(points.map(([x]) => x));
  const rest = sum(points.map(([x, y]) => (y - b - m * x) ** 2));
  const spread = sum(points.map(([x]) => (x - middle) ** 2));
  return { slope: m, error: Math.sqrt(rest / (points.length - 2) / spread) };
}

/** What the memory does after the warm-up; slopes in MiB an hour. */
function reportOf(samples: readonly Sample[]) {
  const warm = samples.filter(({ minutes }) => minutes >= options.warmUp);
  const seen = warm.map(({ minutes, rss_mib }): [number, number] => [minutes / 60, rss_mib]);
  const floor = floorOf(seen);
  if (floor.length < 3) throw new Error('too little of the run is left after its warm-up');
  const rss_floor = slopeOf(floor);
  const answers = warm.flatMap(({ minutes, rss_mib, told }) =>
    told === null
      ? []
      : [{ hours: minutes / 60, heap: told.heap_mib, kept: told.kept_mib, rest: rss_mib - told.heap_mib }],
  );
  const heap_floor = slopeOf(floorOf(answers.map(({ hours, heap }) => [hours, heap])));
  const kept = slopeOf(warm.flatMap(({ minutes, told }) => (told === null ? [] : [[minutes / 60, told.kept_mib]])));
  const store = slopeOf(warm.map(({ minutes, store_mib }) => [minutes / 60, store_mib]));
  const rest_floor = slopeOf(floorOf(answers.map(({ hours, rest }) => [hours, rest])));
  const first = warm[0]!;
  const last = warm.at(-1)!;
  const descriptors = warm.map((sample) => sample.descriptors);
  const rss = warm.map(({ rss_mib }) => rss_mib);
  return {
    minutes: last.minutes,
    events: last.events,
    events_per_second: (last.events - first.events) / ((last.minutes - first.minutes) * 60),
    rss_mib_min: Math.min(...rss),
    rss_mib_max: Math.max(...rss),
    rss_mib_per_hour: slopeOf(seen).slope,
    rss_floor_mib_per_hour: rss_floor.slope,
    rss_floor_standard_error: rss_floor.error,
    heap_mib: answers.at(-1)?.heap ?? Number.NaN,
    heap_floor_mib_per_hour: heap_floor.slope,
    heap_floor_standard_error: heap_floor.error,
    heap_kept_mib: answers.at(-1)?.kept ?? Number.NaN,
    heap_kept_mib_per_hour: kept.slope,
    heap_kept_standard_error: kept.error,
    rest_floor_mib_per_hour: rest_floor.slope,
    rest_floor_standard_error: rest_floor.error,
    store_file_mib: last.store_mib,
    store_file_mib_per_hour: store.slope,
    store_file_standard_error: store.error,
    descriptors_min: Math.min(...descriptors),
    descriptors_max: Math.max(...descriptors),
    data_mib: sizeMib(data_dir),
  };
}

if (process.platform !== 'linux') {
  process.stderr.write('skipped: memory and descriptors of a process are read from /proc, which this system lacks\n');
} else {
  const report = reportOf(await soak());
  if (options.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else
    process.stdout.write(
      `${tableLines(Object.entries(report).map(([name, value]) => [name, value.toFixed(1)])).join('\n')}\n`,
    );
}
