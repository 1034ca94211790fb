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

/** What a log that holds events was written under. Those of texts came later: they are there where there are texts. */
const NAMES_BY_LOG = ['contact_token', 'rejected'] as const;

/**
 * The secrets of a data directory, drawn at first use.
 * @param holds what must not lie under a key that is drawn now, for under another nobody would be found, and no text read
 * @throws PlumblineError DATA_DIRECTORY_INVALID
 */
export function openStoreKeys(
  ring: KeyRing,
  holds: { readonly events: boolean; readonly texts: boolean } = { events: false, texts: false },
): StoreKeys {
  const needed = [...(holds.events ? NAMES_BY_LOG : []), ...(holds.texts ? ['texts'] : [])];
  const gone = needed.filter((name) => ring.find(name) === null).map((name) => `${name}.key`);
  if (gone.length > 0)
    throw new PlumblineError('DATA_DIRECTORY_INVALID', `keys of the log are not in "${ring.folder}"`, {
      detail: `${gone.join(', ')} ${gone.length === 1 ? 'is' : 'are'} gone; the log holds events, whose persons, texts and rejected lines cannot be matched or read without`,
      hint: 'Restore the folder from a copy, or start with a new data directory. What a demo has made is only to be looked at.',
    });
  return { contact_token: ring.key('contact_token'), rejected: ring.key('rejected'), texts: ring.key('texts') };
}
