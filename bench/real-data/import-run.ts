import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { knownNames } from '../../cli/known-names.js';
import { systemClock } from '../../contracts/clock.js';
import { detectors } from '../../detectors/index.js';
import { loadConfiguration } from '../../pipelines/configuration.js';
import { importInput } from '../../pipelines/import.js';
import { packageRoot } from '../../pipelines/package-root.js';
import { Pipeline, type PipelineProgress } from '../../pipelines/pipeline.js';
import { sinks } from '../../sinks/index.js';

/** A file that went through a mapping and the whole pipeline, into a data directory of its own. */
export interface ImportRun {
  readonly pipeline: Pipeline;
  readonly progress: PipelineProgress;
  /** From opening the data directory until everything was applied. */
  readonly seconds: number;
  /** Closes the store and removes the data directory. */
  close(): Promise<void>;
}

/** Folder of what the runs over real data need beside this code: configurations, signals, queries. */
export function realDataFolder(): string {
  return join(packageRoot(), 'bench', 'real-data');
}

export async function importRun(mapping: string, file: string, configuration: string): Promise<ImportRun> {
  const data_dir = mkdtempSync(join(tmpdir(), 'plumbline-real-'));
  const path = join(realDataFolder(), configuration);
  const { config, text, base_dir } = loadConfiguration(path, knownNames(realDataFolder()));
  const started_ms = performance.now();
  const pipeline = await Pipeline.open({
    config,
    config_text: text,
    base_dir,
    data_dir,
    clock: systemClock,
    key_seed: 'real data',
    detectors,
    sinks,
    inputs: [await importInput(mapping, file)],
    live: false,
    signal: new AbortController().signal,
    write: () => undefined,
  });
  await pipeline.run();
  const seconds = (performance.now() - started_ms) / 1000;
  const close = async () => {
    await pipeline.close();
    rmSync(data_dir, { recursive: true, force: true });
  };
  return { pipeline, progress: pipeline.progress, seconds, close };
}
