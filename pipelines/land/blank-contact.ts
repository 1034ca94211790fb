import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Batch } from '../../contracts/batch.js';
import { createDurably, syncFolder } from '../durable-files.js';
import type { KeyRing } from '../privacy/key-ring.js';
import { mentions } from '../privacy/mentions.js';
import { rejectedKeyOf } from '../privacy/rejected-keys.js';
import { unseal } from '../privacy/seal.js';
import { archivedHeads, twinFile } from './archive-files.js';
import { batchOf } from './arrow-batch.js';
import { blankArchive } from './blank-archive.js';
import { damagedFolder } from './damage.js';
import type { ForgottenContact } from './forgotten-contact.js';
import { HEADER_LENGTH, hashOf, rehashedHeader } from './frame.js';
import { readBytes, segmentFiles, writeAt } from './segment-files.js';
import { type FoundFrame, foundIn, isHole } from './segment-frames.js';

/** What a log held of a person. */
export interface BlankedLog {
  /** Tokens that were replaced. */
  readonly events: number;
  /** Calls of the person, by the halves of their keys: each may own texts. */
  readonly calls: readonly (readonly [low: number, high: number])[];
  /** Keyed hashes of the rejected lines that were blanked. */
  readonly rejected: readonly string[];
}

/**
 * Takes a person out of a log and its archive: the token becomes a random stand-in, the same in every event, so that who is the same
 * person stays and nothing that is counted moves; rejected lines that mention the number become zeros. Lengths stay, so
 * places and footers do; the sums of the frames are made anew. A file is replaced whole or not at all, and doing it again
 * finds nothing more to do. The caller owns the log and has no file of it open for writing.
 */
export async function blankContact(data_dir: string, blanking: Blanking): Promise<BlankedLog> {
  const { contact } = blanking;
  for (const file of segmentFiles(data_dir)) blanking.segment(file);
  for (const file of archivedHeads(data_dir).map(twinFile)) if (existsSync(file)) blanking.segment(file);
  blanking.events += await blankArchive(data_dir, contact, (batch) => blanking.noteCalls(batch));
  const damaged = damagedFolder(data_dir);
  if (existsSync(damaged))
    for (const name of readdirSync(damaged).filter((one) => one.endsWith('.bytes'))) {
      const bytes = readFileSync(join(damaged, name));
      if (blanking.tokens(bytes) > 0) createDurably(damaged, name, bytes);
    }
  return blanking;
}

/** Bytes that take the place of others of the same length. */
interface Patch {
  readonly at: number;
  readonly bytes: Buffer;
}

/** What has been found of a person so far: a pass that damage cuts short goes on with it when it is done again. */
export class Blanking implements BlankedLog {
  readonly #contact: ForgottenContact;
  readonly #ring: KeyRing;
  readonly #token: Buffer;
  readonly #stand_in: Buffer;
  events = 0;
  readonly calls: (readonly [number, number])[] = [];
  readonly #rejected = new Set<string>();

  constructor(contact: ForgottenContact, ring: KeyRing) {
    this.#contact = contact;
    this.#ring = ring;
    this.#token = bytesOf(contact.token);
    this.#stand_in = bytesOf(contact.stand_in);
  }

  get contact(): ForgottenContact {
    return this.#contact;
  }

  get rejected(): readonly string[] {
    return [...this.#rejected];
  }

  segment(file: string): void {
    const fd = openSync(file, 'r');
    const patches: Patch[] = [];
    try {
      for (const found of foundIn(file)) if (!isHole(found)) patches.push(...this.#frame(fd, found));
    } finally {
      closeSync(fd);
    }
    if (patches.length > 0) replaceWith(file, patches);
  }

  /** Replaces the token wherever its eight bytes stand; that others are the same has odds of 2^-64 each. */
  tokens(bytes: Buffer): number {
    let count = 0;
    for (let at = bytes.indexOf(this.#token); at >= 0; at = bytes.indexOf(this.#token, at + 8)) {
      this.#stand_in.copy(bytes, at);
      count++;
    }
    return count;
  }

  /** Notes the calls of the person in a batch. */
  noteCalls({ rows, columns }: Batch): void {
    const tokens = columns.get('contact_token')?.values as BigUint64Array | undefined;
    const calls = columns.get('call_key')?.values as BigUint64Array | undefined;
    const token = this.#token.readBigUInt64LE();
    for (let row = 0; row < rows; row++) {
      const call = calls?.[row];
      if (tokens?.[row] === token && call !== undefined)
        this.calls.push([Number(call & 0xffff_ffffn), Number(call >> 32n)]);
    }
  }

  #frame(fd: number, frame: FoundFrame): Patch[] {
    const { at, metadata_length, payload_at, payload_length, payload_hash } = frame;
    const payload = readBytes(fd, payload_at, payload_length);
    const isWhole = hashOf([payload]) === payload_hash;
    if (isWhole && payload.indexOf(this.#token) >= 0) this.noteCalls(batchOf({ ...frame, payload }));
    const tokens = this.tokens(payload);
    const blanked = isWhole ? this.#blankRejected(frame, payload) : 0;
    if (tokens + blanked === 0) return [];
    this.events += tokens;
    // A frame that is damaged stays so: its bytes are no more than bytes.
    if (!isWhole) return [{ at: payload_at, bytes: payload }];
    const header = readBytes(fd, at, HEADER_LENGTH);
    const text = readBytes(fd, at + HEADER_LENGTH, metadata_length);
    return [
      { at, bytes: rehashedHeader(header, text, payload) },
      { at: payload_at, bytes: payload },
    ];
  }

  #blankRejected({ metadata }: FoundFrame, payload: Buffer): number {
    let count = 0;
    let from = metadata.arrow_length;
    for (const { sealed_length, sealed_until, content_hash } of metadata.rejected) {
      const sealed = payload.subarray(from, from + sealed_length);
      from += sealed_length;
      const key = sealed_until === undefined ? this.#ring.find('rejected') : rejectedKeyOf(this.#ring, sealed_until);
      const line = key === null ? null : unsealed(key, sealed);
      if (line === null || !mentions(line, this.#contact.callee)) continue;
      sealed.fill(0);
      this.#rejected.add(content_hash);
      count++;
    }
    return count;
  }
}

function replaceWith(file: string, patches: readonly Patch[]): void {
  const replacement = `${file}.new`;
  copyFileSync(file, replacement);
  const fd = openSync(replacement, 'r+');
  try {
    for (const { at, bytes } of patches) writeAt(fd, [bytes], at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(replacement, file);
  syncFolder(dirname(file));
}

/** Null for bytes that were blanked before, or that another key sealed. */
function unsealed(key: Buffer, sealed: Uint8Array): Buffer | null {
  try {
    return unseal(key, sealed);
  } catch {
    return null;
  }
}

function bytesOf([low, high]: Uint32Array): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(low!, 0);
  bytes.writeUInt32LE(high!, 4);
  return bytes;
}
