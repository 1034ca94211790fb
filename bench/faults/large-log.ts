import { type ChildProcess, spawn } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { systemClock } from '../../contracts/clock.js';
import { configSchema } from '../../contracts/config.js';
import type { Source, SourceChunk } from '../../contracts/source.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';
import { Pipeline } from '../../pipelines/pipeline.js';
import { simulatedEvents } from '../end-to-end/simulated-events.js';
import { fleetOptions } from './fleet-run.js';
import { FLEET_CONFIGURATION } from './small-fleet.js';

/** How long `plumbline run` takes to be there again when much has been landed and applied before. */

export interface LargeLogReport {
  readonly log_megabytes: number;
  readonly events: number;
  readonly frames: number;
  /** From the start of the process to its first frame that is on disk and applied, s; the longest. */
  readonly restart_seconds_max: number;
  readonly restarts: number;
}

const EVENTS = 'more.ndjson';
const DATA = 'large';
const MEGABYTE = 1_000_000;
/** More than a log of the size asked for can hold: an event takes about 290 bytes of it. */
const EVENTS_PER_MEGABYTE = 6_000;
const RESTARTS = 4;
/** No event is too old to come again: a start has to know as many as it ever may. */
const LAND = { text_keep: '0d', duplicate_horizon: '365d' };
const CONFIGURATION = `${FLEET_CONFIGURATION}
sources: [{ use: file, path: ${EVENTS}, follow: true }]
sinks: []
land: { text_keep: ${LAND.text_keep}, duplicate_horizon: ${LAND.duplicate_horizon} }
`;

/** @param options.folder new */
export async function restartsWithLog(options: {
  readonly program: string;
  readonly folder: string;
  readonly megabytes: number;
  say(text: string): void;
}): Promise<LargeLogReport> {
  const { folder, megabytes, say } = options;
  if (megabytes === 0) return { log_megabytes: 0, events: 0, frames: 0, restart_seconds_max: 0, restarts: 0 };
  writeFileSync(join(folder, 'plumbline.yaml'), CONFIGURATION);
  writeFileSync(join(folder, EVENTS), '');
  const { events, frames } = await writeLog(folder, megabytes);
  const log_megabytes = logBytes(folder) / MEGABYTE;
  say(`${log_megabytes.toFixed(0)} MB of log, ${events} events in ${frames} frames, all of them applied`);
  let restart_seconds_max = 0;
  for (let restart = 0; restart < RESTARTS; restart++) {
    const seconds = await watchingAfter(options.program, folder);
    restart_seconds_max = Math.max(restart_seconds_max, seconds);
    say(`restart ${restart + 1} of ${RESTARTS}: ${seconds.toFixed(1)} s`);
  }
  return { log_megabytes, events, frames, restart_seconds_max, restarts: RESTARTS };
}

function logBytes(folder: string): number {
  return segmentFiles(join(folder, DATA)).reduce((total, file) => total + statSync(file).size, 0);
}

/** Lands and applies events of the demo's fleet until the log is as large as that; then the process stops in order. */
async function writeLog(folder: string, megabytes: number): Promise<{ events: number; frames: number }> {
  const stop = new AbortController();
  const source: Source = {
    name: 'large',
    summary: 'events until the log is large enough',
    config: z.unknown(),
    async *open(): AsyncGenerator<SourceChunk> {
      let first_offset = 1;
      for (const { bytes, events } of simulatedEvents(megabytes * EVENTS_PER_MEGABYTE)) {
        if (logBytes(folder) >= megabytes * MEGABYTE) stop.abort();
        yield { input: 'large', partition: 'large', first_offset, bytes };
        first_offset += events;
      }
    },
  };
  const { config, ...options } = fleetOptions(1);
  const pipeline = await Pipeline.open({
    ...options,
    key_seed: undefined,
    config: { ...config, land: { ...configSchema.parse({ version: 1 }).land, ...LAND } },
    config_text: CONFIGURATION,
    data_dir: join(folder, DATA),
    base_dir: folder,
    clock: systemClock,
    sinks: {},
    inputs: [{ source, config: {} }],
    live: false,
    signal: stop.signal,
    write: () => undefined,
  });
  try {
    await pipeline.run();
    return { events: pipeline.landing.conservation.landed, frames: pipeline.landing.last_frame + 1 };
  } finally {
    await pipeline.close();
  }
}

/** Starts a process, waits until it watches, and ends it by SIGKILL: so the next one has to find its place. */
async function watchingAfter(program: string, folder: string): Promise<number> {
  const begun_ms = performance.now();
  const child = spawn(process.execPath, [program, 'run', '--config', 'plumbline.yaml', '--data-dir', DATA], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await lineOf(child, '"msg":"watching"');
  const seconds = (performance.now() - begun_ms) / 1000;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
  return seconds;
}

function lineOf(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    createInterface({ input: child.stderr! }).on('line', (line) => {
      said.push(line);
      if (line.includes(text)) resolve();
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`plumbline run ended with ${code}: ${said.join('\n')}`)));
  });
}
