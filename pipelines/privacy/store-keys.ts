import { PlumblineError } from '../../contracts/errors.js';
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

/**
 * The secrets of a data directory, drawn at first use.
 * @param has_events its log holds events: the key of their tokens must be there, for under another nobody would be found
 * @throws PlumblineError DATA_DIRECTORY_INVALID
 */
export function openStoreKeys(ring: KeyRing, has_events = false): StoreKeys {
  if (has_events && ring.find('contact_token') === null)
    throw new PlumblineError('DATA_DIRECTORY_INVALID', `the keys of the log are not in "${ring.folder}"`, {
      detail: 'the log holds events, whose persons, texts and rejected lines cannot be matched or read without them',
      hint: 'Restore the folder from a copy, or start with a new data directory. What a demo has made is only to be looked at.',
    });
  return { contact_token: ring.key('contact_token'), rejected: ring.key('rejected'), texts: ring.key('texts') };
}
