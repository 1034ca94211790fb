import { existsSync } from 'node:fs';
import { PlumblineError } from '../contracts/errors.js';
import { type Derived, type DerivedOptions, openDerived, setStoreAside, settled } from './derived-store.js';
import { lockDirectory } from './directory-lock.js';
import { resumeForgetting } from './forget-person.js';
import type { PassedOver } from './land/frames-passed-over.js';
import { refuseAway } from './land/short-log.js';
import type { LandedFrame } from './land.js';
import { storePath } from './open-store.js';
import { KeyRing } from './privacy/key-ring.js';
import { readSignalFiles } from './signal-files.js';
import type { Store } from './store.js';

/** A store that is up to the end of the log, with its directory taken for as long as it is open. */
export interface HeldStore {
  readonly store: Store;
  close(): Promise<void>;
}

/**
 * The store of a directory on which nothing runs. What it lacks of the log is applied first, and what cannot be what the
 * log says is made anew: nobody is answered from less than the log holds. Adds nothing to the log.
 * @throws PlumblineError DATA_DIRECTORY_IN_USE
 */
export async function holdStore(options: DerivedOptions): Promise<HeldStore> {
  const lock = await lockDirectory(options.data_dir);
  try {
    const { store } = await openLocked({ ...options, is_asked: true }, { is_anew: false });
    return {
      store,
      async close() {
        await store.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Derives the store again from the log: the old file is set aside, every frame is applied to a new one.
 * @returns the number of frames applied
 * @throws PlumblineError DATA_DIRECTORY_IN_USE
 */
export async function rebuild(options: DerivedOptions): Promise<number> {
  const lock = await lockDirectory(options.data_dir);
  try {
    let frames = 0;
    const onFrame = (frame: LandedFrame) => {
      frames++;
      options.onFrame?.(frame);
    };
    const { store } = await openLocked({ ...options, onFrame }, { is_anew: true });
    await store.checkpoint();
    await store.close();
    return frames;
  } finally {
    await lock.release();
  }
}

/**
 * Passes over a frame that keeps every start from coming past it: the least of it that helps, found by trying. The store is
 * up to the end of the log then.
 * @param is_whole all of the frame, and without a try
 * @throws PlumblineError COMMAND_ARGUMENT_INVALID when it can be applied, or is; STORE_FAILED when an earlier or a later one cannot be
 */
export async function passOver(options: DerivedOptions, frame: number, is_whole: boolean): Promise<PassedOver> {
  const lock = await lockDirectory(options.data_dir);
  try {
    const noted: PassedOver[] = [];
    const passing_over = { frame, is_whole, onNoted: (note: PassedOver) => noted.push(note) };
    const { store, applier } = await openLocked({ ...options, passing_over }, { is_anew: false });
    await store.close();
    const [note] = noted;
    if (note !== undefined) return note;
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `frame ${frame} is not passed over`, {
      detail: frame > applier.frame ? `the log ends with frame ${applier.frame}` : 'it is applied already',
      hint: 'The error with which a start ends (STORE_FAILED) names the frame that it cannot come past.',
    });
  } finally {
    await lock.release();
  }
}

/** @param how.is_anew the store that is there is set aside */
async function openLocked(options: DerivedOptions, how: { readonly is_anew: boolean }): Promise<Derived> {
  const { config, data_dir } = options;
  const ring = new KeyRing(data_dir, undefined, config.land.master_key_file);
  const beforeReading = await resumeForgetting(
    data_dir,
    ring,
    (work) => settled(options, work),
    options.clock.nowUs() / 1000,
  );
  if (how.is_anew) {
    if (existsSync(storePath(data_dir))) refuseAway(data_dir, 'would be set aside, and nothing be made of none');
    await beforeReading(0);
    setStoreAside(data_dir, 'before', options.write);
  }
  return await openDerived({ ...options, beforeReading }, readSignalFiles(config.signals_dir));
}
