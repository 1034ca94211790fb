import { noteStoreUnwiped, removeStore } from './derived-store.js';
import { type Blanking, removeDrafts } from './land/blank-contact.js';
import { endForgetting, finishInArchive, finishInLog, halfForgotten, type Settled } from './land/forget-in-log.js';
import type { KeyRing } from './privacy/key-ring.js';
import type { Store } from './store.js';

/**
 * Blanks a store that has applied what the log held. Once, and whole: whoever has the token after that is somebody new. The
 * caller brings it to disk (`checkpoint`).
 */
export async function forgetInStore(store: Store, data_dir: string, { keys }: Blanking): Promise<void> {
  const values = { token: String(keys.token), stand_in: String(keys.stand_in) };
  noteStoreUnwiped(data_dir);
  await store.transaction(async () => {
    await store.run('staging/contacts_blanked', values);
    await store.run('staging/hot_events_blanked', values);
  });
}

/**
 * Ends what was cut short before log and store were blanked, before anything of the log is read; the store is made anew
 * from it. Where only the archive is left, that is left to the run.
 * @returns what has to come before a store reads the log from a frame on: one that is made of an archive in which a person
 * is half forgotten would take them for two, so what is left of it is ended then
 * @throws PlumblineError LOG_FRAME_DAMAGED
 */
export async function resumeForgetting(
  data_dir: string,
  ring: KeyRing,
  settled: Settled,
  now_ms: number,
): Promise<(from_frame: number) => Promise<void>> {
  removeDrafts(data_dir);
  const half = halfForgotten(data_dir, ring);
  if (half === null) return async () => undefined;
  const { blanking, blanked_frame } = half;
  if (blanked_frame === null) {
    await finishInLog(data_dir, ring, blanking, settled, now_ms);
    removeStore(data_dir);
    endForgetting(data_dir);
    return async () => undefined;
  }
  let isLeft = true;
  return async (from_frame) => {
    if (!isLeft || from_frame > blanked_frame) return;
    await finishInArchive(data_dir, ring, half, settled, now_ms);
    endForgetting(data_dir);
    isLeft = false;
  };
}
