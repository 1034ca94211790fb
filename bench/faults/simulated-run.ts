import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../pipelines/inspection/digest.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { openStore } from '../../pipelines/open-store.js';
import { Pipeline } from '../../pipelines/pipeline.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { readSignalFiles } from '../../pipelines/signal-files.js';
import { Random, streamKey } from '../../sources/simulate/random.js';
import { FAULTS, type Fault, Life, type Outside, PLACES, type Place } from './faulty-life.js';
import { differences, factsOf, fleetOptions, type RunFacts, violationsOf } from './fleet-run.js';

/**
 * The whole process under compound faults, drawn from a seed: the real pipeline on a real store, with a clock, source,
 * sink and log disk that fail, and with ends at any place. Each end leaves the directory as it stands; another process
 * goes on from there, and the last one has peace.
 */

export interface CleanRun extends RunFacts {
  /** How often a run without faults comes to each place. */
  readonly places: Readonly<Record<Place, number>>;
}

export interface SeedReport {
  readonly seed: number;
  readonly happened: Readonly<Record<Fault, number>>;
  readonly violations: readonly string[];
  readonly lost: number;
  readonly doubled: number;
  readonly id_differences: number;
}

const START_US = Date.parse('2025-12-01T00:00:00Z') * 1000;
const LIVES_MAX = 6;
const CRASH_SHARE = 0.8;
const ROWS = 2_500;
/** The store is made again from the log, and compared, for every so many seeds. */
const RECOMPUTED_EVERY = 4;

export function outsideOf(lines: readonly string[], seed: number): Outside {
  return {
    lines,
    random: new Random().restart(streamKey(seed, 'faults'), 0, 0),
    taken: [],
    happened: Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>,
    now_us: START_US,
  };
}

/** A process begins: the pipeline over what lies in its directory. */
export function openLife(life: Life, rows: number): Promise<Pipeline> {
  const { config, ...rest } = fleetOptions(rows);
  return Pipeline.open({
    ...rest,
    config: { ...config, sinks: [{ use: 'faulty' }] },
    data_dir: life.data_dir,
    base_dir: life.data_dir,
    clock: life.clock,
    disk: life.disk,
    wait: async () => undefined,
    sinks: { faulty: life.sink },
    inputs: [{ source: life.source, config: {} }],
    live: false,
    signal: new AbortController().signal,
    write: () => undefined,
  });
}

/** A run in which nothing fails. @param folder new, for its data */
export async function cleanRun(folder: string, lines: readonly string[]): Promise<CleanRun> {
  const life = new Life(outsideOf(lines, 0), { data_dir: folder, copy_dir: folder, is_calm: true, ends_at: null });
  const pipeline = await openLife(life, ROWS);
  try {
    life.trouble(pipeline.store);
    await pipeline.run();
    return { ...(await factsOf(pipeline, folder)), places: life.places };
  } finally {
    await pipeline.close();
  }
}

/** @param folder new, for what the processes leave */
export async function simulatedRun(
  folder: string,
  { seed, lines, clean }: { readonly seed: number; readonly lines: readonly string[]; readonly clean: CleanRun },
): Promise<SeedReport> {
  const outside = outsideOf(lines, seed);
  const { random } = outside;
  const rows = ROWS - random.index(ROWS / 2);
  let data_dir = join(folder, '0');
  for (let number = 1; number <= LIVES_MAX; number++) {
    const place = PLACES[random.index(PLACES.length)]!;
    const copy_dir = join(folder, String(number));
    const ends_at = random.uniform() < CRASH_SHARE ? { place, nth: 1 + random.index(clean.places[place]) } : null;
    const life = new Life(outside, { data_dir, copy_dir, is_calm: false, ends_at });
    const is_done = await live(life, rows);
    if (life.hasEnded) {
      rmSync(data_dir, { recursive: true });
      data_dir = copy_dir;
    }
    if (is_done) break;
  }
  const life = new Life(outside, { data_dir, copy_dir: data_dir, is_calm: true, ends_at: null });
  const { facts, digest } = await lastLife(life, rows);
  const found = differences(facts, clean);
  const violations = [...violationsOf(found), ...sinkViolations(outside, clean)];
  if (!verifyLog(data_dir).is_whole) violations.push('the log is not whole');
  if (seed % RECOMPUTED_EVERY === 0 && (await recomputed(data_dir, life, rows)) !== digest)
    violations.push('the store is not what is made of the log');
  const { lost, doubled, id_differences } = found;
  return { seed, happened: outside.happened, violations, lost, doubled, id_differences };
}

/** Whether the process came to its end in order. */
async function live(life: Life, rows: number): Promise<boolean> {
  let pipeline: Pipeline;
  try {
    pipeline = await openLife(life, rows);
  } catch {
    return false;
  }
  try {
    life.trouble(pipeline.store);
    await pipeline.run();
    return !life.hasEnded;
  } catch {
    return false;
  } finally {
    await pipeline.close().catch(() => undefined);
  }
}

async function lastLife(life: Life, rows: number): Promise<{ facts: RunFacts; digest: string }> {
  const pipeline = await openLife(life, rows);
  try {
    await pipeline.run();
    return { facts: await factsOf(pipeline, life.data_dir), digest: (await pipeline.digest()).digest };
  } finally {
    await pipeline.close();
  }
}

/** Every directive has come, those that came twice with the same text, and (epoch, seq) grew from each new one to the next. */
function sinkViolations({ taken }: Outside, clean: CleanRun): string[] {
  const violations: string[] = [];
  const texts = new Map<string, string>();
  let last: { epoch: number; seq: number } | null = null;
  for (const directive of taken) {
    const text = JSON.stringify(directive);
    if (texts.has(directive.id)) {
      if (texts.get(directive.id) !== text) violations.push(`directive ${directive.id} came in two forms`);
      continue;
    }
    texts.set(directive.id, text);
    const { epoch, seq } = directive;
    if (last !== null && (epoch < last.epoch || seq <= last.seq)) violations.push(`${directive.id} came out of order`);
    last = { epoch, seq };
  }
  const missing = clean.directive_ids.filter((id) => !texts.has(id));
  if (missing.length > 0) violations.push(`never sent: ${missing.join(', ')}`);
  return violations;
}

async function recomputed(data_dir: string, { clock }: Life, rows: number): Promise<string> {
  const options = fleetOptions(rows);
  await rebuild({ ...options, data_dir, clock, write: () => undefined });
  const store = await openStore(data_dir, readSignalFiles(options.config.signals_dir));
  try {
    return (await digestOf(store)).digest;
  } finally {
    await store.close();
  }
}
