import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Fill } from '../../contracts/fill.js';
import { appendDurably, cutDurably, makeFolder, syncFolder } from '../durable-files.js';
import { refuseOther } from '../open-regular.js';
import { keyFolder } from './key-ring.js';
import { dayOf, daysOf } from './text-records.js';

/** How long a call of somebody who was forgotten is known: far longer than any call is open. */
const KEPT_MS = 30 * 86_400_000;
const RECORD_BYTES = 6;

/**
 * Calls of persons who were forgotten, of which no further text is kept: nothing tells any more whose it would be. On disk in
 * `keys/withheld/<day>.calls`, records of six bytes: the beginning of HMAC-SHA-256, under a secret of the store, of the
 * call's key. So a file says neither who it is nor which calls they were in. It goes when its day has passed.
 */
export class WithheldCalls {
  readonly #secret: Buffer;
  readonly #entries_max: number;
  readonly #calls = new Set<number>();

  /** @param entries_max in memory: beyond that the oldest is forgotten, and what is said in it is kept again */
  constructor(data_dir: string, secret: Buffer, entries_max: number) {
    this.#secret = secret;
    this.#entries_max = entries_max;
    const folder = withheldFolder(data_dir);
    for (const day of daysOf(folder, '.calls')) {
      const bytes = readFileSync(refuseOther(join(folder, `${day}.calls`)));
      for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES)
        this.#take(bytes.readUIntBE(at, RECORD_BYTES));
    }
  }

  get fill(): Fill {
    return { queue: 'withheld_calls', filled: this.#calls.size, max: this.#entries_max };
  }

  has(call_low: number, call_high: number): boolean {
    return this.#calls.size > 0 && this.#calls.has(markOf(this.#secret, call_low, call_high));
  }

  add(call_low: number, call_high: number): void {
    this.#take(markOf(this.#secret, call_low, call_high));
  }

  #take(mark: number): void {
    this.#calls.add(mark);
    if (this.#calls.size > this.#entries_max) this.#calls.delete(this.#calls.values().next().value!);
  }
}

/** Notes that no text of calls (halves of their keys) is kept from now on. Durable when it returns. */
export function noteWithheld(
  data_dir: string,
  secret: Buffer,
  calls: readonly (readonly [low: number, high: number])[],
  now_ms: number,
): void {
  if (calls.length === 0) return;
  const folder = withheldFolder(data_dir);
  makeFolder(folder);
  const file = join(folder, `${dayOf(now_ms + KEPT_MS)}.calls`);
  const bytes = Buffer.alloc(calls.length * RECORD_BYTES);
  for (const [at, [low, high]] of calls.entries())
    bytes.writeUIntBE(markOf(secret, low, high), at * RECORD_BYTES, RECORD_BYTES);
  // What a crash cut short.
  const torn = existsSync(file) ? statSync(file).size % RECORD_BYTES : 0;
  if (torn > 0) cutDurably(file, statSync(file).size - torn);
  appendDurably(file, bytes);
  syncFolder(folder);
  syncFolder(keyFolder(data_dir));
}

/** Removes the files whose day has passed. */
export function expireWithheld(data_dir: string, now_ms: number): void {
  const folder = withheldFolder(data_dir);
  for (const day of daysOf(folder, '.calls')) if (day < dayOf(now_ms)) rmSync(join(folder, `${day}.calls`));
}

function withheldFolder(data_dir: string): string {
  return join(keyFolder(data_dir), 'withheld');
}

function markOf(secret: Buffer, call_low: number, call_high: number): number {
  const key = Buffer.alloc(8);
  key.writeUInt32LE(call_low >>> 0, 0);
  key.writeUInt32LE(call_high >>> 0, 4);
  return createHmac('sha256', secret).update('withheld').update(key).digest().readUIntBE(0, RECORD_BYTES);
}
