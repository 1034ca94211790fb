import { existsSync, renameSync } from 'node:fs';
import { Applier } from './applier.js';
import { configurationVersion } from './configuration.js';
import { lockDirectory } from './directory-lock.js';
import { type LandedFrame, readFrames } from './land.js';
import { openStore, storePath } from './open-store.js';
import type { PipelineOptions } from './pipeline.js';
import { readSignalFiles } from './signal-files.js';

export type RebuildOptions = Pick<PipelineOptions, 'config' | 'config_text' | 'data_dir' | 'detectors'> & {
  onFrame?(frame: LandedFrame): void;
};

/**
 * Derives the store again from the log: the old file is set aside, every frame is applied to a new one.
 * @returns the number of frames applied
 * @throws PlumblineError DATA_DIRECTORY_IN_USE, LOG_FRAME_DAMAGED
 */
export async function rebuild(options: RebuildOptions): Promise<number> {
  const lock = await lockDirectory(options.data_dir);
  try {
    return await deriveAnew(options);
  } finally {
    await lock.release();
  }
}

async function deriveAnew(options: RebuildOptions): Promise<number> {
  const { config, data_dir } = options;
  const path = storePath(data_dir);
  for (const suffix of ['', '.wal'])
    if (existsSync(path + suffix)) renameSync(path + suffix, `${path}${suffix}.before`);
  const signals = readSignalFiles(config.signals_dir);
  const store = await openStore(data_dir, config, signals);
  try {
    const applier = new Applier(store, config, configurationVersion(options.config_text), signals, options.detectors);
    let frames = 0;
    for await (const frame of readFrames(data_dir, { from_frame: 0 })) {
      await applier.apply(frame);
      options.onFrame?.(frame);
      frames++;
    }
    await store.checkpoint();
    return frames;
  } finally {
    await store.close();
  }
}
