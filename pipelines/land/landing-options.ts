import type { Clock } from '../../contracts/clock.js';
import type { Config } from '../../contracts/config.js';
import type { LogDisk } from './log-disk.js';

export interface LandingOptions {
  readonly data_dir: string;
  readonly config: Config['land'];
  readonly clock: Clock;
  /** Derives the keys of the store from a text, for demonstrations. */
  readonly key_seed?: string | undefined;
  /** Default: the disk of this machine. */
  readonly disk?: LogDisk | undefined;
  /** Tells people what was found damaged and is made anew, and what cannot be kept for the next start. */
  readonly warn?: ((line: string) => void) | undefined;
}
