import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { seal } from './seal.js';

const DAY_MS = 86_400_000;
/** Keys held in memory; a contact beyond them gets a further key, and forgetting destroys every key of a contact. */
const KEYS_MAX = 100_000;
/** Contacts of open calls held in memory. */
const CALLS_MAX = 200_000;

/**
 * Texts, apart from the log: encrypted under a key per contact (or, where the contact is unknown, per call), in files
 * named by the day on which they end. A record is: owner (16 hexadecimal digits), length (4 bytes), AES-256-GCM of JSON
 * lines `[event time in microseconds, text]`. Keys stand in `keys/texts.keys`: owner and 32 bytes each.
 */
export class TextVault {
  readonly #folder: string;
  readonly #key_file: string;
  readonly #keep_ms: number;
  readonly #keys = new Map<string, Buffer>();
  readonly #contacts = new Map<number, string>();
  #pending = new Map<string, string[]>();

  constructor(data_dir: string, keep_ms: number) {
    this.#folder = join(data_dir, 'texts');
    this.#key_file = join(data_dir, 'keys', 'texts.keys');
    this.#keep_ms = keep_ms;
    if (keep_ms > 0) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  get isKept(): boolean {
    return this.#keep_ms > 0;
  }

  /** The contact of a call, by the call's key. */
  callTo(call_low: number, call_high: number, token: Uint32Array): void {
    if (this.#contacts.size >= CALLS_MAX) this.#contacts.clear();
    this.#contacts.set(call(call_low, call_high), owner('c', token[0]!, token[1]!));
  }

  /** A text of a call, to be written with the next `flush`. */
  keep(call_low: number, call_high: number, at_us: number, text: string): void {
    const who = this.#contacts.get(call(call_low, call_high)) ?? owner('k', call_low, call_high);
    const line = JSON.stringify([at_us, text]);
    const lines = this.#pending.get(who);
    if (lines === undefined) this.#pending.set(who, [line]);
    else lines.push(line);
  }

  /** Writes what was kept since the last call, on disk when it returns. */
  flush(now_ms: number): void {
    if (this.#pending.size === 0) return;
    const records: Buffer[] = [];
    const newKeys: Buffer[] = [];
    for (const [who, lines] of this.#pending) {
      let key = this.#keys.get(who);
      if (key === undefined) {
        key = randomBytes(32);
        if (this.#keys.size >= KEYS_MAX) this.#keys.clear();
        this.#keys.set(who, key);
        newKeys.push(Buffer.from(who, 'latin1'), key);
      }
      const sealed = seal(key, Buffer.from(lines.join('\n')));
      const head = Buffer.alloc(21);
      head.write(who, 0, 'latin1');
      head.writeUInt32LE(sealed.length, 17);
      records.push(head, sealed);
    }
    this.#pending = new Map();
    if (newKeys.length > 0) appendDurably(this.#key_file, Buffer.concat(newKeys));
    const ends = new Date(now_ms + this.#keep_ms).toISOString().slice(0, 10);
    appendDurably(join(this.#folder, `${ends}.texts`), Buffer.concat(records));
  }

  /** Removes the files whose day has passed. */
  expire(now_ms: number): void {
    if (!this.isKept) return;
    const today = new Date(now_ms - DAY_MS).toISOString().slice(0, 10);
    for (const name of readdirSync(this.#folder))
      if (name.endsWith('.texts') && name.slice(0, 10) <= today) rmSync(join(this.#folder, name));
  }
}

function call(low: number, high: number): number {
  return (high & 0x1f_ffff) * 4_294_967_296 + low;
}

function owner(kind: 'c' | 'k', low: number, high: number): string {
  return kind + high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

function appendDurably(file: string, bytes: Buffer): void {
  const fd = openSync(file, 'a', 0o600);
  try {
    writeSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
