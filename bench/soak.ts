import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { linearRegression } from 'simple-statistics';
import { wholeNumber } from '../cli/command.js';
import { tableLines } from '../cli/present/text.js';
import { simulatedEvents } from './end-to-end/simulated-events.js';
import { scratchFolder } from './scratch-folder.js';

/**
 * `plumbline run` over events that come at an even rate for a long time: what its memory and its file descriptors do after
 * it has warmed up.
 */

interface Options {
  readonly minutes: number;
  readonly rate: number;
  readonly warmUp: number;
  readonly json?: true;
}

/** One look at the process. */
interface Sample {
  readonly minutes: number;
  readonly rss_mib: number;
  readonly descriptors: number;
  readonly events: number;
}

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const SAMPLE_MS = 5_000;
const FEED_MS = 100;

const options = new Command('soak')
  .description('memory and file descriptors of a process that runs on at an even rate')
  .option('--minutes <n>', 'how long', wholeNumber, 60)
  .option('--rate <n>', 'events a second', wholeNumber, 8_000)
  .option('--warm-up <n>', 'minutes that are left out', wholeNumber, 10)
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<Options>();

const folder = scratchFolder('soak');
const data_dir = join(folder, 'data');
const started_ms = performance.now();
const minutes = () => (performance.now() - started_ms) / 60_000;

function start(): ChildProcess {
  const config = join(folder, 'plumbline.yaml');
  writeFileSync(
    config,
    `version: 1\ndata_dir: ${data_dir}\nsources: [{ use: file, path: '-' }]\nsinks: [{ use: file }]\n`,
  );
  return spawn(process.execPath, [PROGRAM, 'run', '--config', config, '--log-level', 'warn'], {
    stdio: ['pipe', 'ignore', 'inherit'],
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

function look(pid: number, events: number): Sample | null {
  try {
    const rss_kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return { minutes: minutes(), rss_mib: rss_kib / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length, events };
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
  const child = start();
  const fed = { events: 0 };
  const samples: Sample[] = [];
  const timer = setInterval(() => {
    const sample = look(child.pid!, fed.events);
    if (sample === null) return;
    samples.push(sample);
    if (samples.length % 12 === 0)
      process.stderr.write(
        `${sample.minutes.toFixed(0)} min  ${sample.rss_mib.toFixed(0)} MiB  ${sample.descriptors} descriptors  ${sample.events} events\n`,
      );
  }, SAMPLE_MS);
  const ended = once(child, 'exit');
  await feed(child, ended, fed);
  clearInterval(timer);
  const [code] = await ended;
  if (code !== 0) throw new Error(`the process ended with code ${code}`);
  return samples;
}

/** The straight line through the memory after the warm-up, MiB an hour. */
function reportOf(samples: readonly Sample[]) {
  const warm = samples.filter(({ minutes }) => minutes >= options.warmUp);
  if (warm.length < 2) throw new Error('the run ended before its warm-up did');
  const { m } = linearRegression(warm.map(({ minutes, rss_mib }) => [minutes / 60, rss_mib]));
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
    rss_mib_per_hour: m,
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
