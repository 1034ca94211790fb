import type { KeyRing } from './key-ring.js';

/** The lasting secrets of one store: 32 bytes each. */
export interface StoreKeys {
  /** Turns a callee's number into a token. */
  readonly contact_token: Buffer;
  /** Keys the hash of rejected bytes. Logs of before 0.2 have them sealed under it too; since then a day has its own. */
  readonly rejected: Buffer;
  /** Together with what stands in a record of text keys, gives the key of a contact's texts. */
  readonly texts: Buffer;
}

/** The secrets of a data directory, drawn at first use. @throws PlumblineError DATA_DIRECTORY_INVALID */
export function openStoreKeys(ring: KeyRing): StoreKeys {
  return { contact_token: ring.key('contact_token'), rejected: ring.key('rejected'), texts: ring.key('texts') };
}
