import { type DerivedOptions, openDerived, setStoreAside, settled } from './derived-store.js';
import { lockDirectory } from './directory-lock.js';
import { resumeForgetting } from './forget-person.js';
import type { LandedFrame } from './land.js';
import { KeyRing } from './privacy/key-ring.js';
import { readSignalFiles } from './signal-files.js';

/**
 * Derives the store again from the log: the old file is set aside, every frame is applied to a new one.
 * @returns the number of frames applied
 * @throws PlumblineError DATA_DIRECTORY_IN_USE
 */
export async function rebuild(options: DerivedOptions): Promise<number> {
  const lock = await lockDirectory(options.data_dir);
  try {
    const { config, data_dir } = options;
    const ring = new KeyRing(data_dir, undefined, config.land.master_key_file);
    const beforeReading = await resumeForgetting(data_dir, ring, (work) => settled(options, work));
    await beforeReading(0);
    setStoreAside(data_dir, 'before');
    let frames = 0;
    const onFrame = (frame: LandedFrame) => {
      frames++;
      options.onFrame?.(frame);
    };
    const { store } = await openDerived({ ...options, onFrame }, readSignalFiles(options.config.signals_dir));
    await store.checkpoint();
    await store.close();
    return frames;
  } finally {
    await lock.release();
  }
}
