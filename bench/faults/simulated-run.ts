import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../pipelines/inspection/digest.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { openStore } from '../../pipelines/open-store.js';
import { Pipeline } from '../../pipelines/pipeline.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { readSignalFiles } from '../../pipelines/signal-files.js';
import { Random } from '../../sources/simulate/random.js';
import { FAULTS, type Fault, INPUT, Life, type Outside, PARTITION, PLACES, type Place } from './faulty-life.js';
import { differences, factsOf, fleetOptions, type RunFacts, violationsOf } from './fleet-run.js';
import { leaveDirectory } from './left-directory.js';
import { prepareFleet } from './prepared-fleet.js';
import type { SmallFleet } from './small-fleet.js';

/**
 * The whole process under compound faults, drawn from a seed: the real pipeline on a real store, with a clock, source,
 * sink and log disk that fail, and with ends at any place. Each end leaves the directory as it stands; another process
 * goes on from there, and the last one has peace.
 */

/** The events, and where most seeds begin: a directory with the history landed and baselines learnt. */
export interface PreparedFleet extends SmallFleet {
  readonly prepared_dir: string;
}

type Places = Readonly<Record<Place, number>>;
/** Where a seed begins: with an empty directory, or with the prepared one. */
export type Beginning = 'empty' | 'prepared';

export interface CleanRun extends RunFacts {
  /** How often a run without faults comes to each place. */
  readonly places: Readonly<Partial<Record<Beginning, Places>>>;
}

export interface SeedReport {
  readonly seed: number;
  /** Events that it was given. */
  readonly events: number;
  readonly happened: Readonly<Record<Fault, number>>;
  readonly violations: readonly string[];
  readonly lost: number;
  readonly doubled: number;
  readonly id_differences: number;
  /** Where the process ended by it: the seeds that it had run by then, which may have had a part in that. */
  readonly ran?: { readonly from: number; readonly until: number };
}

interface Seed {
  readonly seed: number;
  readonly fleet: PreparedFleet;
  readonly clean: CleanRun;
  readonly begins: Beginning;
  /** Processes in which anything may fail; one more has peace. */
  readonly lives_max?: number;
}

const START_US = Date.parse('2025-12-01T00:00:00Z') * 1000;
const LIVES_MAX = 3;
/** Of the run without faults: its source brings as many chunks as most do, so that the places that are drawn are come to. */
const CALM_SEED = 25;
const CRASH_SHARE = 0.8;
/** Of the seeds, those whose processes find the closed files of the log with their summaries; the others have to read the heads. */
const WHOLE_SUMMARIES_SHARE = 0.5;
/** Events of one batch, at the most: a few batches either way. */
const ROWS: Readonly<Record<Beginning, number>> = { empty: 2_500, prepared: 1_300 };
const PREPARED_ROWS = 16_384;
const FROM: Readonly<Record<Beginning, string>> = { empty: 'from-empty', prepared: 'from-prepared' };
/** Of so many seeds one begins with an empty directory: it learns its baselines under faults too. */
const EMPTY_EVERY = 20;
/** The store is made again from the log, and compared, for the run without faults and for every so many seeds. */
const RECOMPUTED_EVERY = 8;

/** @param acknowledged lines that the directory which a run begins with holds */
export function outsideOf(lines: readonly string[], seed: number, acknowledged: number): Outside {
  return {
    lines,
    seed,
    lives: 0,
    taken: [],
    happened: Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>,
    acknowledged,
    is_acknowledged_lost: false,
    now_us: START_US,
  };
}

export function beginningOf(seed: number): Beginning {
  return seed % EMPTY_EVERY === 0 ? 'empty' : 'prepared';
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

/** Makes the directory that most seeds begin with. @param folder new */
export async function preparedFleet(folder: string, fleet: SmallFleet): Promise<PreparedFleet> {
  const { lines, prepared_lines } = fleet;
  const prepared_dir = join(folder, 'prepared');
  await prepareFleet({
    data_dir: prepared_dir,
    lines: lines.slice(0, prepared_lines),
    input: INPUT,
    partition: PARTITION,
    clock: { nowUs: () => START_US },
    options: fleetOptions(PREPARED_ROWS),
  });
  return { ...fleet, prepared_dir };
}

/**
 * What comes out when nothing fails: the same, whether a run begins with an empty directory or with the prepared one.
 * @param folder new
 * @param beginnings of the seeds that are to be compared with it
 */
export async function cleanRun(
  folder: string,
  fleet: PreparedFleet,
  beginnings: readonly [Beginning, ...Beginning[]] = ['prepared', 'empty'],
): Promise<CleanRun> {
  const [first, ...others] = beginnings;
  const { facts, places } = await calmRun(join(folder, FROM[first]), fleet, first);
  const all: Partial<Record<Beginning, Places>> = { [first]: places };
  for (const begins of others) {
    const other = await calmRun(join(folder, FROM[begins]), fleet, begins);
    const found = violationsOf(differences(other.facts, facts));
    if (found.length > 0) throw new Error(`without a fault, the beginnings differ: ${found.join('; ')}`);
    all[begins] = other.places;
  }
  return { ...facts, places: all };
}

async function calmRun(data_dir: string, fleet: PreparedFleet, begins: Beginning) {
  begin(data_dir, fleet, begins);
  const life = new Life(outsideOf(fleet.lines, CALM_SEED, heldBy(fleet, begins)), {
    data_dir,
    copy_dir: data_dir,
    is_calm: true,
    ends_at: null,
  });
  const pipeline = await openLife(life, ROWS[begins]);
  try {
    life.trouble(pipeline.store);
    await pipeline.run();
    return { facts: await factsOf(pipeline, data_dir), places: life.places };
  } finally {
    await pipeline.close();
  }
}

/** What seeds are compared with has to be what is made of its log. @param folder of `cleanRun` */
export async function verifyCleanRun(folder: string, clean: CleanRun): Promise<void> {
  if ((await recomputed(join(folder, FROM.prepared), ROWS.prepared)) !== clean.digest)
    throw new Error('without a fault, the store is not what is made of the log');
}

/** The directory that the first process finds. */
export function begin(
  data_dir: string,
  { prepared_dir }: PreparedFleet,
  begins: Beginning,
  has_whole_summaries = false,
): void {
  if (begins === 'prepared') leaveDirectory(prepared_dir, data_dir, has_whole_summaries);
}

function heldBy({ prepared_lines }: PreparedFleet, begins: Beginning): number {
  return begins === 'prepared' ? prepared_lines : 0;
}

/** @param folder new, for what the processes leave */
export async function simulatedRun(folder: string, task: Seed): Promise<SeedReport> {
  const { seed, fleet, clean, begins, lives_max = LIVES_MAX } = task;
  const outside = outsideOf(fleet.lines, seed, heldBy(fleet, begins));
  const random = Random.of(seed, 'faults');
  const rows = ROWS[begins] - random.index(ROWS[begins] / 2);
  const places = clean.places[begins];
  if (places === undefined) throw new Error(`nothing is known of a run without faults that begins ${begins}`);
  let data_dir = join(folder, '0');
  const has_whole_summaries = Random.of(seed, 'faults/whole-summaries').uniform() < WHOLE_SUMMARIES_SHARE;
  begin(data_dir, fleet, begins, has_whole_summaries);
  for (let number = 1; number <= lives_max; number++) {
    const place = PLACES[random.index(PLACES.length)]!;
    const copy_dir = join(folder, String(number));
    const ends_at = random.uniform() < CRASH_SHARE ? { place, nth: 1 + random.index(places[place]) } : null;
    const life = new Life(outside, { data_dir, copy_dir, is_calm: false, ends_at, has_whole_summaries });
    const is_done = await live(life, rows);
    if (life.hasEnded) {
      rmSync(data_dir, { recursive: true });
      data_dir = copy_dir;
    }
    if (is_done) break;
  }
  const life = new Life(outside, { data_dir, copy_dir: data_dir, is_calm: true, ends_at: null });
  const is_recomputed = seed % RECOMPUTED_EVERY === 0;
  const facts = await lastLife(life, { rows, is_opened_again: is_recomputed });
  const found = differences(facts, clean);
  const violations = [...violationsOf(found), ...sinkViolations(outside, clean)];
  if (!verifyLog(data_dir).is_whole) violations.push('the log is not whole');
  if (outside.is_acknowledged_lost) violations.push('the log did not hold what had been acknowledged');
  if (is_recomputed && (await recomputed(data_dir, rows)) !== facts.digest)
    violations.push('the store is not what is made of the log');
  const { lost, doubled, id_differences } = found;
  const { happened } = outside;
  return { seed, events: fleet.lines.length, happened, violations, lost, doubled, id_differences };
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
    // Whatever a process would put in order after its end is thrown away: the copy was made before.
    if (life.isDoomed) await pipeline.store.run('bench/store_left_as_it_is');
    life.trouble(pipeline.store);
    await pipeline.run();
    return !life.hasEnded;
  } catch {
    return false;
  } finally {
    await pipeline.close().catch(() => undefined);
  }
}

/** @param after.is_opened_again when not, nobody would see the store that its end writes */
async function lastLife(
  life: Life,
  after: { readonly rows: number; readonly is_opened_again: boolean },
): Promise<RunFacts> {
  const pipeline = await openLife(life, after.rows);
  try {
    await pipeline.run();
    const facts = await factsOf(pipeline, life.data_dir);
    if (!after.is_opened_again) await pipeline.store.run('bench/store_left_as_it_is');
    return facts;
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

async function recomputed(data_dir: string, rows: number): Promise<string> {
  const options = fleetOptions(rows);
  await rebuild({ ...options, data_dir, clock: { nowUs: () => START_US }, write: () => undefined });
  const store = await openStore(data_dir, readSignalFiles(options.config.signals_dir), options.config.operate);
  try {
    return (await digestOf(store)).digest;
  } finally {
    await store.close();
  }
}
