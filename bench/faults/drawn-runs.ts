import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Batch } from '../../contracts/batch.js';
import { type Config, configSchema, settingsOf } from '../../contracts/config.js';
import type { ControlEntry } from '../../contracts/control-entry.js';
import { parseDurationMs } from '../../contracts/duration.js';
import type { DigestReport } from '../../contracts/reports.js';
import { detectors } from '../../detectors/index.js';
import { Applier } from '../../pipelines/applier.js';
import { CALL_MEMORY_US } from '../../pipelines/call-memory.js';
import { digestOf } from '../../pipelines/inspection/digest.js';
import { Landing, readFrames } from '../../pipelines/land.js';
import { openStore } from '../../pipelines/open-store.js';
import { readSignalFiles } from '../../pipelines/signal-files.js';
import type { Store } from '../../pipelines/store.js';
import { Random } from '../../sources/simulate/random.js';
import { drawnFleet, END_US, type Input, type Step } from './drawn-fleet.js';
import { type LandedRow, rowsOf } from './landed-rows.js';
import { type CallRules, type PlainCall, plainCalls } from './plain-calls.js';

/**
 * A drawn fleet, landed and applied twice: in large frames by one process; and in frames of a drawn size, cut anywhere, read back
 * from the log and applied by processes that end between any two frames, detectors being given few observations at a
 * time, or statements being run without an optimizer. Both have to come to the same, and to what plain reckoning makes of the events in the log.
 */

export interface FleetReport {
  readonly seed: number;
  /** Events that landed. */
  readonly events: number;
  readonly calls: number;
  readonly late: number;
  readonly episodes: number;
  readonly violations: readonly string[];
}

/** How a log is cut into frames, and how its frames are applied. */
interface Cut {
  readonly rows_max: number;
  /** How often a frame ends before it is full. */
  readonly flush_share: number;
  /** How often another process goes on with the next frame. */
  readonly restart_share: number;
  readonly observations_max: number | undefined;
  /** Whether DuckDB may rewrite statements: what it makes of them must not depend on that. */
  readonly is_optimized: boolean;
  readonly random: Random;
}

interface Outcome {
  readonly rows: readonly LandedRow[];
  /** Before and after the end of the input closes what is open. */
  readonly digests: readonly DigestReport[];
  readonly calls: readonly PlainCall[];
  readonly stray_seqs: readonly number[];
  readonly episodes: number;
  readonly have_rows_gone: boolean;
}

const CONFIGURATION = `
version: 1
observe: { groupings: [[], [campaign], [campaign, agent_version]], rows_keep: 12d }
baseline: { history: 8d, guard: 1h, history_min: 1d }
detect: { window_calls: 10 }
relationships:
  - { name: answer_voicemail, x: answer_rate, y: voicemail_rate, groupings: [[], [campaign]] }
  - { name: interrupted_conversions, x: interrupted_call_rate, y: conversion_rate, both: interrupted_conversion_rate, groupings: [[]], window: 1h }
  - { name: dispositions, parts: [completed_call_share, voicemail_call_share, no_answer_call_share, busy_call_share], groupings: [[]] }
budget: { false_directives_per_week: 2000 }
policy:
  rules:
    - name: throttle
      when: { signal: answer_rate, direction: down }
      directive: { action: throttle, value: 1, unit: calls_per_minute, lease: 1d }
`;
const signals = readSignalFiles();
const config = configSchema.parse(parse(CONFIGURATION));
/** What is changed to; the rules of calls stay, which plain reckoning goes by. */
const CHANGED: readonly Config[] = [
  config,
  { ...config, observe: { ...config.observe, groupings: [[], ['agent_version']] }, relationships: [] },
  {
    ...config,
    observe: { ...config.observe, rows_keep: '20d' },
    detect: { ...config.detect, window_calls: 20 },
    budget: { ...config.budget, false_directives_per_week: 200 },
  },
  {
    ...config,
    detect: { ...config.detect, signals: ['answer_rate', 'voicemail_rate'] },
    budget: { ...config.budget, false_directives_per_week: 20 },
    policy: { ...config.policy, rules: [] },
  },
];
const rules: CallRules = {
  settle_us: parseDurationMs(config.observe.settle) * 1000,
  open_max_us: parseDurationMs(config.observe.call_open_max) * 1000,
  memory_us: CALL_MEMORY_US,
};
const ROWS_MAX = 1_000;
/** Of those that close at a time a few, where detectors are given few at a time. */
const OBSERVATIONS_MIN = 2_000;
/** Frames of the short cut, but for those that other steps end. */
const FRAMES_MIN = 20;
const FRAMES_MAX = 80;

/**
 * @param folder where folders may be made; nothing is left there
 * @param steps what the log is given, if not all that the seed draws
 */
export async function drawnRun(folder: string, seed: number, steps = drawnFleet(seed)): Promise<FleetReport> {
  const random = Random.of(seed, 'drawn-fleet/cut');
  const whole = await outcomeOf(join(folder, 'whole'), steps, {
    rows_max: ROWS_MAX,
    flush_share: 0,
    restart_share: 0,
    observations_max: undefined,
    is_optimized: true,
    random,
  });
  const frames = FRAMES_MIN + random.index(FRAMES_MAX - FRAMES_MIN);
  const short = await outcomeOf(join(folder, 'short'), steps, {
    rows_max: Math.ceil(steps.length / frames),
    flush_share: random.uniform() < 0.5 ? 0 : (random.uniform() * FRAMES_MIN) / steps.length,
    restart_share: random.uniform() < 0.5 ? 1 : 0.2,
    observations_max: random.uniform() < 0.5 ? OBSERVATIONS_MIN + random.index(OBSERVATIONS_MIN) : undefined,
    is_optimized: random.uniform() < 0.5,
    random,
  });
  return {
    seed,
    events: whole.rows.length,
    calls: whole.calls.length,
    late: whole.rows.filter(({ is_late }) => is_late === 1).length,
    episodes: whole.episodes,
    violations: [...cutViolations(whole, short), ...callViolations(whole)],
  };
}

async function outcomeOf(folder: string, steps: readonly Step[], cut: Cut): Promise<Outcome> {
  mkdirSync(folder);
  let landing = await openLanding(folder, cut.rows_max);
  const store = await openStore(folder, signals, config.operate);
  try {
    if (!cut.is_optimized) await store.run('bench/optimizer_off');
    landing = await landAll(folder, landing, steps, cut);
    const applier = await applyFrom(null, folder, store, cut);
    const open = await digestOf(store);
    await landing.control({ kind: 'drained', until_us: END_US });
    await applyFrom(applier, folder, store, cut);
    const closed = await digestOf(store);
    return { ...(await foundIn(folder, store)), digests: [open, closed] };
  } finally {
    await store.close();
    await landing.close();
    rmSync(folder, { recursive: true });
  }
}

/** @returns the landing that is open at last */
async function landAll(folder: string, opened: Landing, steps: readonly Step[], cut: Cut): Promise<Landing> {
  let landing = opened;
  const lines: Record<Input, number> = { first: 0, second: 0 };
  const again = async () => {
    await landing.flush();
    await landing.close();
    landing = await openLanding(folder, cut.rows_max);
  };
  for (const step of steps) {
    if (step.kind === 'line') {
      const { input, line } = step;
      const bytes = Buffer.from(`${line}\n`);
      for await (const _ of landing.land({ input, partition: input, first_offset: ++lines[input], bytes }));
      if (cut.random.uniform() < cut.flush_share) await landing.flush();
      continue;
    }
    await landing.flush();
    if (step.kind === 'restart') await again();
    else if (step.kind === 'control') await landing.control(step.entry);
    else if (step.kind === 'configured') await landing.control(changeTo(step.configuration));
    else if (Number.isFinite(landing.watermark_us))
      await landing.control({ kind: 'baseline_refresh', as_of_us: landing.watermark_us });
  }
  await landing.flush();
  return landing;
}

function changeTo(configuration: number): ControlEntry {
  const settings = settingsOf(CHANGED[configuration]!);
  return { kind: 'configured', version: `v${configuration}`, configuration: '', settings };
}

function openLanding(data_dir: string, batch_rows_max: number): Promise<Landing> {
  const land = { ...config.land, batch_rows_max, duplicate_entries_max: 4_096 };
  return Landing.open({ data_dir, config: land, clock: { nowUs: () => END_US }, key_seed: 'drawn' });
}

/** Applies what has been landed since; the applier that did the last of it. */
async function applyFrom(before: Applier | null, folder: string, store: Store, cut: Cut): Promise<Applier> {
  let applier = before ?? (await newApplier(store, cut));
  for await (const frame of readFrames(folder, { from_frame: applier.frame + 1 })) {
    await applier.apply(frame);
    if (cut.random.uniform() < cut.restart_share) applier = await newApplier(store, cut);
  }
  return applier;
}

async function newApplier(store: Store, { observations_max }: Cut): Promise<Applier> {
  const applier = new Applier(store, config, 'drawn', signals, detectors, observations_max);
  await applier.restore();
  return applier;
}

async function foundIn(folder: string, store: Store): Promise<Omit<Outcome, 'digests'>> {
  const batches: Batch[] = [];
  for await (const frame of readFrames(folder, { from_frame: 0 }))
    if (frame.kind === 'events') batches.push(frame.batch);
  const [facts] = await store.rows('bench/drawn_facts');
  return {
    rows: rowsOf(batches),
    calls: (await store.rows('bench/plain_calls')) as unknown as PlainCall[],
    stray_seqs: (await store.rows('bench/stray_seqs')).map(({ seq }) => seq as number),
    episodes: facts!.episodes as number,
    have_rows_gone: facts!.have_rows_gone as boolean,
  };
}

/** Relations that are not the same however the log is cut. */
function cutViolations(whole: Outcome, short: Outcome): string[] {
  return whole.digests.flatMap(({ relations }, at) => {
    const others = short.digests[at]!.relations;
    const differing = relations.filter(({ digest }, index) => digest !== others[index]!.digest);
    const when = at === 0 ? 'while the inputs are open' : 'at the end';
    return differing.length === 0
      ? []
      : [`other relations when cut otherwise, ${when}: ${differing.map(({ relation }) => relation).join(', ')}`];
  });
}

/** Of calls that have left the store nothing is said. */
function callViolations({ rows, calls, stray_seqs, have_rows_gone }: Outcome): string[] {
  const plain = plainCalls(rows, rules);
  const expected = plain.calls.map(textOf);
  const found = calls.map(textOf);
  const extra = found.filter((one) => !expected.includes(one));
  const missing = have_rows_gone ? [] : expected.filter((one) => !found.includes(one));
  const are_strays_other = !have_rows_gone && stray_seqs.join() !== plain.stray_seqs.join();
  return [
    ...extra.map((one) => `a call that plain reckoning does not know: ${one}`),
    ...missing.map((one) => `a call is missing: ${one}`),
    ...(are_strays_other ? [`strays are ${stray_seqs.join()}, and not ${plain.stray_seqs.join()}`] : []),
  ];
}

function textOf(call: PlainCall): string {
  return JSON.stringify(call);
}
