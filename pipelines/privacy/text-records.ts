import { createHmac } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { refuseOther } from '../open-regular.js';
import { keyFolder } from './key-ring.js';
import { unseal } from './seal.js';

/**
 * How texts lie on disk. A day's texts are `texts/<day>.texts`, records of owner (17 characters), length (4 bytes,
 * little-endian) and AES-256-GCM of JSON lines `[event time in microseconds, text]`. What their keys are made of is
 * `keys/texts/<day>.keys`, records of owner and 32 random bytes; the key is HMAC-SHA-256 of these under a secret of the
 * store (of the first version: these themselves). Both files go when the day has passed. An owner is a contact
 * (`c` and the token in hexadecimal) or, where the contact of a call is not known, the call (`k` and its key).
 */

const OWNER_BYTES = 17;
const HEAD_BYTES = OWNER_BYTES + 4;
const KEY_BYTES = 32;
export const KEY_RECORD_BYTES = OWNER_BYTES + KEY_BYTES;

export function textFolder(data_dir: string): string {
  return join(data_dir, 'texts');
}

export function textKeyFolder(data_dir: string): string {
  return join(keyFolder(data_dir), 'texts');
}

/** `kind` c: the halves of a contact's token; k: those of a call's key. */
export function textOwner(kind: 'c' | 'k', low: number, high: number): string {
  return kind + high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

/** Low and high half of the key of a call that owns texts; null for a contact. */
export function callOf(owner: string): [number, number] | null {
  if (!owner.startsWith('k')) return null;
  return [Number.parseInt(owner.slice(9), 16), Number.parseInt(owner.slice(1, 9), 16)];
}

export function encodeKey(owner: string, drawn: Buffer): Buffer {
  return Buffer.concat([Buffer.from(owner, 'latin1'), drawn]);
}

/** The key of texts, of what was drawn for their owner. */
export function textKey(secret: Buffer, drawn: Buffer): Buffer {
  return createHmac('sha256', secret).update(drawn).digest();
}

export function encodeText(owner: string, sealed: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(owner, 0, 'latin1');
  head.writeUInt32LE(sealed.length, OWNER_BYTES);
  return Buffer.concat([head, sealed]);
}

/** Length of the whole records at the beginning of a file: what a crash cut short is left out. */
export function wholeLength(file: string, kind: 'texts' | 'keys'): number {
  const { size } = statSync(file);
  if (kind === 'keys') return size - (size % KEY_RECORD_BYTES);
  let end = 0;
  for (const record of textRecords(file)) end = record.end;
  return end;
}

interface TextRecord {
  readonly owner: string;
  readonly end: number;
  read(): Buffer;
}

function* textRecords(file: string): Generator<TextRecord> {
  const fd = openSync(refuseOther(file), 'r');
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    for (let at = 0; readSync(fd, head, 0, HEAD_BYTES, at) === HEAD_BYTES; ) {
      const from = at + HEAD_BYTES;
      const end = from + head.readUInt32LE(OWNER_BYTES);
      if (end > fstatSync(fd).size) return;
      const read = () => {
        const sealed = Buffer.alloc(end - from);
        readSync(fd, sealed, 0, sealed.length, from);
        return sealed;
      };
      yield { owner: ownerAt(head, 0), end, read };
      at = end;
    }
  } finally {
    closeSync(fd);
  }
}

function ownerAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + OWNER_BYTES);
}

/** What is kept of an owner's texts, oldest day first; nothing when it was forgotten. */
export function* readTexts(
  data_dir: string,
  owner: string,
  secret: Buffer,
): Generator<{ readonly at_us: number; readonly text: string }> {
  for (const day of daysOf(textFolder(data_dir), '.texts')) {
    const drawn = keysOf(join(textKeyFolder(data_dir), `${day}.keys`), owner);
    if (drawn.length === 0) continue;
    const keys = drawn.flatMap((one) => [textKey(secret, one), one]);
    for (const record of textRecords(join(textFolder(data_dir), `${day}.texts`))) {
      if (record.owner !== owner) continue;
      const lines = unsealWithAny(keys, record.read());
      for (const line of lines === null ? [] : lines.toString().split('\n')) {
        const [at_us, text] = JSON.parse(line) as [number, string];
        yield { at_us, text };
      }
    }
  }
}

/** What stands for an owner that was forgotten. */
const NOBODY = Buffer.alloc(OWNER_BYTES, '-');

/** Destroys every key of owners: their texts cannot be read again, nor whose they were. Gives how many keys there were. */
export function destroyTextKeys(data_dir: string, owners: ReadonlySet<string>): number {
  let destroyed = 0;
  for (const day of daysOf(textKeyFolder(data_dir), '.keys')) {
    const file = join(textKeyFolder(data_dir), `${day}.keys`);
    const bytes = readFileSync(refuseOther(file));
    const records: number[] = [];
    for (let at = 0; at + KEY_RECORD_BYTES <= bytes.length; at += KEY_RECORD_BYTES)
      if (owners.has(ownerAt(bytes, at))) records.push(at);
    overwrite(file, records, Buffer.concat([NOBODY, Buffer.alloc(KEY_BYTES)]));
    destroyed += records.length;
  }
  for (const day of daysOf(textFolder(data_dir), '.texts')) {
    const file = join(textFolder(data_dir), `${day}.texts`);
    const records: number[] = [];
    let at = 0;
    for (const { owner, end } of textRecords(file)) {
      if (owners.has(owner)) records.push(at);
      at = end;
    }
    overwrite(file, records, NOBODY);
  }
  return destroyed;
}

function overwrite(file: string, places: readonly number[], bytes: Buffer): void {
  if (places.length === 0) return;
  const fd = openSync(file, 'r+');
  try {
    for (const at of places) writeSync(fd, bytes, 0, bytes.length, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Day of an instant, UTC. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Days for which a folder has a file, in order. */
export function daysOf(folder: string, suffix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .sort();
}

/** What is left of kept texts: whether there are any, and the files that are gone without which others cannot be read. */
export function keptTexts(data_dir: string): { readonly has_any: boolean; readonly gone: readonly string[] } {
  const [texts_folder, keys_folder] = [textFolder(data_dir), textKeyFolder(data_dir)];
  const holds = (file: string) => statSync(file).size > 0;
  const texts = daysOf(texts_folder, '.texts').filter((day) => holds(join(texts_folder, `${day}.texts`)));
  const keys = daysOf(keys_folder, '.keys').filter((day) => holds(join(keys_folder, `${day}.keys`)));
  // Keys come first: a file of texts that holds nothing yet is what a crash between the two leaves, and nothing is lost.
  const gone = [
    ...texts.filter((day) => !keys.includes(day)).map((day) => join(keys_folder, `${day}.keys`)),
    ...keys.map((day) => join(texts_folder, `${day}.texts`)).filter((file) => !existsSync(file)),
  ];
  return { has_any: texts.length + keys.length > 0, gone };
}

function keysOf(file: string, owner: string): Buffer[] {
  if (!existsSync(file)) return [];
  const bytes = readFileSync(refuseOther(file));
  const keys: Buffer[] = [];
  for (let at = 0; at + KEY_RECORD_BYTES <= bytes.length; at += KEY_RECORD_BYTES) {
    const key = bytes.subarray(at + OWNER_BYTES, at + KEY_RECORD_BYTES);
    if (ownerAt(bytes, at) === owner && key.some((byte) => byte !== 0)) keys.push(key);
  }
  return keys;
}

function unsealWithAny(keys: readonly Buffer[], sealed: Buffer): Buffer | null {
  for (const key of keys) {
    try {
      return unseal(key, sealed);
    } catch {
      // Sealed under another key of the same owner.
    }
  }
  return null;
}
