import { noteStoreUnwiped, removeStore } from './derived-store.js';
import { endForgetting, type ForgottenPerson, resumeInLog, type Settled } from './land/forget-in-log.js';
import type { KeyRing } from './privacy/key-ring.js';
import type { Store } from './store.js';

export type { ForgottenPerson } from './land/forget-in-log.js';

/** Blanks a store that has applied what the log held, and ends what was begun. */
export async function forgetInStore(store: Store, data_dir: string, person: ForgottenPerson): Promise<ForgottenPerson> {
  const { token, stand_in } = person.contact;
  const values = { token: textOf(token), stand_in: textOf(stand_in) };
  await store.transaction(async () => {
    await store.run('staging/contacts_blanked', values);
    await store.run('staging/hot_events_blanked', values);
    for (const content_hash of person.rejected) await store.run('staging/rejected_blanked', { content_hash });
  });
  await store.checkpoint();
  noteStoreUnwiped(data_dir);
  endForgetting(data_dir);
  return person;
}

/** Ends what a crash has cut short, before anything of the log is read; the store is made anew from it. */
export async function resumeForgetting(data_dir: string, ring: KeyRing, settled: Settled): Promise<void> {
  if (!(await resumeInLog(data_dir, ring, settled))) return;
  removeStore(data_dir);
  endForgetting(data_dir);
}

/** A token as the store has it: an unsigned integer of 64 bits. */
function textOf([low, high]: Uint32Array): string {
  return String((BigInt(high!) << 32n) | BigInt(low!));
}
