import type { Conservation } from '../../contracts/batch.js';
import { systemClock } from '../../contracts/clock.js';
import { detectors } from '../../detectors/index.js';
import { judgeRun, type RunJudgement } from '../../pipelines/evaluate/judge-run.js';
import { simulatedDay } from '../../pipelines/evaluate/simulated-day.js';
import { Pipeline } from '../../pipelines/pipeline.js';
import { sinks } from '../../sinks/index.js';
import { sources } from '../../sources/index.js';
import { shippedConfiguration } from '../shipped-configuration.js';

export interface SeedTask {
  /** A shipped scenario, or the path of a file. */
  readonly scenario: string;
  readonly seed: number;
  /** New folder for the log and the store. */
  readonly data_dir: string;
}

export interface SeedResult extends RunJudgement {
  readonly scenario: string;
  readonly seed: number;
  readonly events: Conservation;
  readonly seconds: number;
}

/** One simulated fleet through the whole pipeline, judged by what was planted in it. */
export async function runSeed({ scenario, seed, data_dir }: SeedTask): Promise<SeedResult> {
  const started_ms = performance.now();
  const pipeline = await Pipeline.open({
    ...shippedConfiguration(),
    base_dir: process.cwd(),
    data_dir,
    clock: systemClock,
    key_seed: `evaluate-${seed}`,
    detectors,
    sinks,
    inputs: [{ source: sources.simulate, config: { scenario, seed } }],
    live: false,
    signal: new AbortController().signal,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    await pipeline.run();
    const judgement = await judgeRun(pipeline.store, simulatedDay(scenario, seed));
    const { events } = pipeline.progress;
    return { scenario, seed, events, seconds: (performance.now() - started_ms) / 1000, ...judgement };
  } finally {
    await pipeline.close();
  }
}
