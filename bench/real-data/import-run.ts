import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { knownNames } from '../../cli/known-names.js';
import { systemClock } from '../../contracts/clock.js';
import { detectors } from '../../detectors/index.js';
import { loadConfiguration } from '../../pipelines/configuration.js';
import { importInput } from '../../pipelines/import.js';
import { packageRoot } from '../../pipelines/package-root.js';
import { Pipeline } from '../../pipelines/pipeline.js';
import type { Store } from '../../pipelines/store.js';
import { sinks } from '../../sinks/index.js';
import { scratchFolder } from '../scratch-folder.js';

/** A file that went through a mapping and the whole pipeline, into a data directory of its own. */
export interface ImportRun {
  readonly store: Store;
  readonly facts: ImportFacts;
  /** Closes the store and removes the data directory. */
  close(): Promise<void>;
}

export interface ImportFacts {
  readonly mapping: string;
  readonly events: number;
  readonly rejected: number;
  readonly late: number;
  /** From the file to everything applied: mapping, landing, deriving, observing, detecting. */
  readonly seconds: number;
}

/** @param configuration name of a file beside this one */
export async function importRun(mapping: string, file: string, configuration: string): Promise<ImportRun> {
  const folder = join(packageRoot(), 'bench', 'real-data');
  const data_dir = scratchFolder('real');
  const { config, text, base_dir } = loadConfiguration(join(folder, configuration), knownNames(folder));
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
  const { received, rejected, late } = pipeline.progress.events;
  const close = async () => {
    await pipeline.close();
    rmSync(data_dir, { recursive: true, force: true });
  };
  return { store: pipeline.store, facts: { mapping, events: received, rejected, late, seconds }, close };
}
