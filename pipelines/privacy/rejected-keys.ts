import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../durable-files.js';
import { type KeyRing, keyFolder } from './key-ring.js';
import { dayOf, daysOf } from './text-records.js';

const DAY_MS = 86_400_000;

/** The key under which rejected bytes are sealed, and the last day (UTC) on which they can be read. */
export interface RejectedKey {
  readonly key: Buffer;
  readonly sealed_until: string;
}

/**
 * Keys of rejected bytes, one for each day on which such bytes end, in `keys/rejected/<day>.key`. When the day has passed
 * the key goes: the bytes can be read nowhere any more, in the log, the store or a copy of either.
 */
export class RejectedKeys {
  readonly #data_dir: string;
  readonly #keep_ms: number;
  readonly #ring: KeyRing;
  #current: RejectedKey | null = null;
  /** Days since 1970 of `sealed_until`. */
  #current_day = 0;

  constructor(data_dir: string, keep_ms: number, ring: KeyRing) {
    this.#data_dir = data_dir;
    this.#keep_ms = keep_ms;
    this.#ring = ring;
  }

  /** The key of what is rejected now. */
  at(now_ms: number): RejectedKey {
    const day = Math.floor((now_ms + this.#keep_ms) / DAY_MS);
    if (this.#current === null || this.#current_day !== day) {
      const sealed_until = dayOf(now_ms + this.#keep_ms);
      this.#current = { key: this.#ring.key(nameOf(sealed_until)), sealed_until };
      this.#current_day = day;
    }
    return this.#current;
  }

  /** Removes the keys whose day has passed. */
  expire(now_ms: number): void {
    const folder = rejectedKeyFolder(this.#data_dir);
    const ended = daysOf(folder, '.key').filter((day) => day < dayOf(now_ms));
    for (const day of ended) rmSync(join(folder, `${day}.key`));
    if (ended.length > 0) syncFolder(folder);
  }
}

/** The key of bytes that can be read until a day; null when the day has passed, and its key has gone. */
export function rejectedKeyOf(ring: KeyRing, day: string): Buffer | null {
  return ring.find(nameOf(day));
}

export function rejectedKeyFolder(data_dir: string): string {
  return join(keyFolder(data_dir), 'rejected');
}

function nameOf(day: string): string {
  return `rejected/${day}`;
}
