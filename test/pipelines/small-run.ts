import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { systemClock } from '../../contracts/clock.js';
import { type Config, configSchema } from '../../contracts/config.js';
import type { Sink } from '../../contracts/sink.js';
import { detectors } from '../../detectors/index.js';
import { Pipeline, type PipelineInput, type PipelineProgress } from '../../pipelines/pipeline.js';
import { sinks } from '../../sinks/index.js';
import { sources } from '../../sources/index.js';
import { loadScenario, simulate } from '../../sources/simulate.js';

/** A small fleet over eight days, the last of them with a drift: enough for baselines, episodes and directives. */
const SCENARIO = `
extends: demo
name: small
summary: Seven small days and one with two drifts
calendar:
  start_date: '2025-09-08'
  history_days: 7
  live_days: 1
  time_zone: America/Chicago
  calling_from: '09:00'
  calling_until: '15:00'
calls_per_day: 2400
drifts:
  - name: answer_collapse
    kind: answer_collapse
    onset: { from: '09:20', until: '09:40' }
    pools: [south_a, south_b]
    answer_shift: { from: -2.0, until: -1.8 }
  - name: barge_in_rise
    kind: barge_in_rise
    onset: { from: '09:20', until: '09:40' }
    agent_version: v2
    call_share: 0.5
    interruption_factor: { from: 2.4, until: 2.5 }
`;

const CONFIG = `
version: 1
time_zone: America/Chicago
sinks: []
observe:
  groupings: [[], [campaign], [number_pool], [agent_version]]
baseline: { history: 14d, guard: 12h, history_min: 6d }
budget: { false_directives_per_week: 20 }
relationships:
  - { name: answer_voicemail, x: answer_rate, y: voicemail_rate, groupings: [[campaign]] }
  - { name: interrupted_conversions, x: interrupted_call_rate, y: conversion_rate, both: interrupted_conversion_rate, groupings: [[]], window: 1h }
  - { name: dispositions, parts: [completed_call_share, voicemail_call_share, no_answer_call_share, busy_call_share], groupings: [[]] }
policy:
  rules:
    - name: throttle
      when: { signal: [answer_rate, human_answer_rate], direction: down }
      directive: { action: throttle, value: 1, unit: calls_per_minute, lease: 2h }
    - name: calm
      when: { signal: interruption_rate_by_callee, direction: up }
      directive: { action: recalibrate_prompt, value: shorter_turns, unit: prompt_profile, lease: 2h }
`;

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'plumbline-test-'));
}

export function smallConfig(land: Partial<Config['land']> = {}): Config {
  const config = configSchema.parse(parse(CONFIG));
  return { ...config, land: { ...config.land, ...land } };
}

export function scenarioFile(folder: string): string {
  const file = join(folder, 'small.yaml');
  writeFileSync(file, SCENARIO);
  return file;
}

/** The events of the small fleet as NDJSON. */
export function smallEvents(folder: string, seed: number): Buffer {
  const chunks: Buffer[] = [];
  for (const { bytes } of simulate(loadScenario(scenarioFile(folder)), seed)) chunks.push(Buffer.from(bytes));
  return Buffer.concat(chunks);
}

/** The first lines of `smallEvents`; no more than holds them is simulated. */
export function smallLines(folder: string, seed: number, count: number): string[] {
  let [text, events] = ['', 0];
  for (const chunk of simulate(loadScenario(scenarioFile(folder)), seed)) {
    text += Buffer.from(chunk.bytes).toString('latin1');
    events += chunk.events;
    if (events >= count) break;
  }
  return text.split('\n').slice(0, count);
}

export function simulated(folder: string, seed: number): PipelineInput {
  return { source: sources.simulate, config: { scenario: scenarioFile(folder), seed } };
}

export function fromFile(path: string): PipelineInput {
  return { source: sources.file, config: { path } };
}

export interface RunOptions {
  /** Instead of `smallConfig(land)`. */
  readonly config?: Config;
  readonly land?: Partial<Config['land']>;
  readonly signal?: AbortSignal;
  /** Observations that detectors are given at a time. */
  readonly observations_max?: number;
  /** Followed by a clock that stands still. */
  readonly live?: { readonly now_us: number };
  readonly sinks?: Readonly<Record<string, Sink>>;
  onProgress?(progress: PipelineProgress): void;
  write?(line: string): void;
}

/** A pipeline over a data directory, keys drawn from a fixed seed; the caller closes it. */
export function openSmall(
  data_dir: string,
  inputs: readonly PipelineInput[],
  options: RunOptions = {},
): Promise<Pipeline> {
  return Pipeline.open({
    config: options.config ?? smallConfig(options.land),
    config_text: CONFIG,
    data_dir,
    base_dir: data_dir,
    clock: options.live === undefined ? systemClock : { nowUs: () => options.live!.now_us },
    key_seed: 'test',
    detectors,
    sinks: options.sinks ?? sinks,
    inputs,
    observations_max: options.observations_max,
    live: options.live !== undefined,
    signal: options.signal ?? new AbortController().signal,
    write: options.write ?? (() => undefined),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });
}

export { CONFIG as SMALL_CONFIG_TEXT };
