import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../contracts/clock.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { Pipeline } from '../../pipelines/pipeline.js';
import { type Differences, differences, factsOf, fleetOptions, type RunFacts, violationsOf } from './fleet-run.js';
import { prepareFleet } from './prepared-fleet.js';
import { FLEET_CONFIGURATION, type SmallFleet } from './small-fleet.js';

/**
 * A folder in which `plumbline run` is started over the small fleet: `plumbline.yaml`, the events, and a data directory with
 * the history behind it, which each run begins with a copy of.
 */

const EVENTS = 'events.ndjson';
const PREPARED = 'prepared';
const ROWS = 250;
const PREPARED_ROWS = 16_384;

const CONFIGURATION = `${FLEET_CONFIGURATION}
sources: [{ use: file, path: ${EVENTS} }]
sinks: [{ use: file }]
land:
  batch_rows_max: ${ROWS}
  duplicate_entries_max: 32768
  batch_bytes_max: 1048576
  segment_bytes_max: 1048576
  segment_age_max: 100ms
  archive_after: 0s
`;

/** What `plumbline run` is started with in such a folder. */
export function runArguments(program: string, name: string): string[] {
  return [program, 'run', '--config', 'plumbline.yaml', '--data-dir', name];
}

/** Makes the folder what it is. @param folder new */
export async function prepareProcess(folder: string, fleet: SmallFleet): Promise<void> {
  writeFileSync(join(folder, EVENTS), `${fleet.lines.join('\n')}\n`);
  writeFileSync(join(folder, 'plumbline.yaml'), CONFIGURATION);
  await prepareFleet({
    data_dir: join(folder, PREPARED),
    lines: fleet.lines.slice(0, fleet.prepared_lines),
    input: `file:${EVENTS}`,
    partition: EVENTS,
    clock: systemClock,
    options: { ...fleetOptions(PREPARED_ROWS), key_seed: undefined, config_text: CONFIGURATION },
  });
}

/** One process, from its start to its end. */
export interface EndedProcess {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
  /** What it said on the standard error. */
  readonly said: string;
}

/** @param command program and arguments; the working directory is the folder */
export function ended(folder: string, [file, ...parameters]: readonly [string, ...string[]]): Promise<EndedProcess> {
  const begun_ms = performance.now();
  const child = spawn(file, parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ms: performance.now() - begun_ms, said }));
  });
}

/** What a run without a fault comes to, and takes. */
export interface WholeRun {
  readonly facts: RunFacts;
  readonly ms: number;
}

export async function wholeRun(folder: string, program: string): Promise<WholeRun> {
  const name = 'whole';
  beginRun(folder, name);
  const { code, ms, said } = await ended(folder, [process.execPath, ...runArguments(program, name)]);
  if (code !== 0) throw new Error(`a run without a fault ended with ${code}: ${said}`);
  const facts = await factsAfter(folder, name);
  if (facts.directive_ids.length === 0) throw new Error('the fleet brings no directive: nothing could differ');
  return { facts, ms };
}

/** The data directory that a run begins with. */
export function beginRun(folder: string, name: string): void {
  cpSync(join(folder, PREPARED), join(folder, name), { recursive: true });
}

/** What has come of a data directory whose last process ended in order, beside a run without a fault. */
export interface EndedRun extends Differences {
  readonly events: number;
  readonly violations: readonly string[];
}

export async function endedRun(folder: string, name: string, whole: RunFacts): Promise<EndedRun> {
  const violations = verifyLog(join(folder, name)).is_whole ? [] : ['the log is not whole'];
  const facts = await factsAfter(folder, name);
  const found = differences(facts, whole);
  violations.push(...violationsOf(found), ...sentViolations(folder, name, whole));
  return { ...found, events: facts.event_ids.length, violations };
}

async function factsAfter(folder: string, name: string): Promise<RunFacts> {
  const data_dir = join(folder, name);
  const pipeline = await Pipeline.open({
    ...fleetOptions(ROWS),
    key_seed: undefined,
    config_text: CONFIGURATION,
    data_dir,
    base_dir: folder,
    clock: systemClock,
    sinks: {},
    inputs: [],
    live: false,
    signal: new AbortController().signal,
    write: () => undefined,
  });
  try {
    return await factsOf(pipeline, data_dir);
  } finally {
    await pipeline.close();
  }
}

/** The file of directives holds each id once, and none is missing. */
function sentViolations(folder: string, name: string, clean: RunFacts): string[] {
  const text = readFileSync(join(folder, name, 'directives.ndjson'), 'utf8');
  const ids = text
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { id: string }).id)
    .sort();
  return ids.join() === clean.directive_ids.join() ? [] : [`sent were [${ids.join(', ')}]`];
}
