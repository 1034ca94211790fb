import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { copyFile, type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Batch } from '../../contracts/batch.js';
import { createDurably, syncFolder } from '../durable-files.js';
import { openRegular, readRegular } from '../open-regular.js';
import type { KeyRing } from '../privacy/key-ring.js';
import { mentions } from '../privacy/mentions.js';
import { rejectedKeyOf } from '../privacy/rejected-keys.js';
import { unseal } from '../privacy/seal.js';
import { textOwner } from '../privacy/text-records.js';
import { archivedHeads, archiveFolder, namesIn, twinFile } from './archive-files.js';
import { batchOf } from './arrow-batch.js';
import { damagedFolder } from './damage.js';
import type { ForgottenContact } from './forgotten-contact.js';
import { HEADER_LENGTH, hashOf, rehashedHeader } from './frame.js';
import { logFolder, readBytes, segmentFiles, writeAt } from './segment-files.js';
import { type FoundFrame, foundIn, isHole } from './segment-frames.js';
import { readSummary, writeSummary } from './segment-summary.js';

/** After so many bytes of a file that is looked through, others have their turn. */
const TURN_BYTES = 8_388_608;

/** What a log held of a person. */
export interface BlankedLog {
  /** Tokens that were replaced. */
  readonly events: number;
  /** Calls of the person, as owners of texts (`textOwner`): each may own some. */
  readonly calls: ReadonlySet<string>;
  /** Keyed hashes of the rejected lines that mention the person. */
  readonly rejected: ReadonlySet<string>;
}

/** Every file of frames that may hold a person: segments, heads of the archive, and their twins. */
export function filesOfFrames(data_dir: string): string[] {
  return [...segmentFiles(data_dir), ...archivedHeads(data_dir).map(twinFile).filter(existsSync)];
}

/**
 * Takes a person out of the files of frames in which they were found, and out of what was set aside: the token becomes a
 * random stand-in, the same in every event, so that who is the same person stays and nothing that is counted moves;
 * rejected lines that mention the number become zeros. Lengths stay, so places and footers do; the sums of the frames are
 * made anew. A file is replaced whole or not at all, and doing it again finds nothing more to do. The caller owns the log
 * and has no file of it open for writing.
 */
export function blankFrames(data_dir: string, blanking: Blanking): void {
  // Who a person is stands in no summary: it says the same of the file that takes the place of this one.
  const summaries = [...blanking.files].flatMap((file) => readSummary(data_dir, file) ?? []);
  for (const file of blanking.files) blanking.blank(file);
  for (const summary of summaries) writeSummary(data_dir, summary);
  const damaged = damagedFolder(data_dir);
  if (existsSync(damaged))
    for (const name of readdirSync(damaged).filter((one) => one.endsWith('.bytes'))) {
      const bytes = readRegular(join(damaged, name));
      if (blanking.tokens(bytes) > 0) createDurably(damaged, name, bytes);
    }
}

/** Bytes that take the place of others of the same length. */
interface Patch {
  readonly at: number;
  readonly bytes: Buffer;
}

/** What has to be written for a frame to be without a person, and how many tokens that replaces. */
interface BlankedFrame {
  readonly patches: readonly Patch[];
  readonly tokens: number;
}

/**
 * A person who is taken out of a log: first they are looked for, then what was found is blanked. Whose texts are theirs
 * can be told by their token alone, so all of it has to be found, and noted, before the first token goes.
 */
export class Blanking implements BlankedLog {
  readonly contact: ForgottenContact;
  readonly #ring: KeyRing;
  readonly #token: Buffer;
  readonly #stand_in: Buffer;
  readonly #files = new Set<string>();
  /** Files of which a copy without the person lies beside them, and the tokens that are replaced in it. */
  readonly #drafts = new Map<string, number>();
  readonly #rejected = new Set<string>();
  readonly calls = new Set<string>();
  /** Of these, in order, so many have been taken. */
  #taken = 0;
  events = 0;

  constructor(contact: ForgottenContact, ring: KeyRing) {
    this.contact = contact;
    this.#ring = ring;
    this.#token = bytesOf(contact.token);
    this.#stand_in = bytesOf(contact.stand_in);
  }

  /** Files of frames in which the person was found. */
  get files(): ReadonlySet<string> {
    return this.#files;
  }

  get rejected(): ReadonlySet<string> {
    return this.#rejected;
  }

  /** Token and stand-in as unsigned integers of 64 bits, as rows have them. */
  get keys(): { readonly token: bigint; readonly stand_in: bigint } {
    return { token: this.#token.readBigUInt64LE(), stand_in: this.#stand_in.readBigUInt64LE() };
  }

  /** Looks for the person in a file of frames, and changes nothing. Others have their turn meanwhile. */
  async find(file: string): Promise<void> {
    await this.#look(file, ({ patches }) => {
      if (patches.length > 0) this.#files.add(file);
    });
  }

  /**
   * As `find`; where they are found, a copy of the file without them is made beside it, on disk, which `blank` puts in its
   * place. The file must not change any more.
   */
  async draft(file: string): Promise<void> {
    let copy: FileHandle | null = null;
    let tokens = 0;
    try {
      await this.#look(file, async (frame) => {
        if (frame.patches.length === 0) return;
        this.#files.add(file);
        if (copy === null) {
          await copyFile(file, draftOf(file));
          copy = await open(draftOf(file), 'r+');
        }
        for (const { at, bytes } of frame.patches) writeAt(copy.fd, [bytes], at);
        tokens += frame.tokens;
      });
      if (copy === null) return;
      await (copy as FileHandle).sync();
      this.#drafts.set(file, tokens);
    } finally {
      await (copy as FileHandle | null)?.close();
    }
  }

  blank(file: string): void {
    const drafted = this.#drafts.get(file);
    if (drafted !== undefined) {
      placeCopy(file);
      this.#drafts.delete(file);
      this.events += drafted;
      return;
    }
    const fd = openRegular(file);
    const patches: Patch[] = [];
    let tokens = 0;
    try {
      for (const found of foundIn(file)) {
        if (isHole(found)) continue;
        const frame = this.#frame(fd, found);
        patches.push(...frame.patches);
        tokens += frame.tokens;
      }
    } finally {
      closeSync(fd);
    }
    if (patches.length > 0) replaceWith(file, patches);
    this.events += tokens;
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

  /** Notes a call of the person, by its key. */
  noteCall(call: bigint): void {
    this.calls.add(textOwner('k', Number(call & 0xffff_ffffn), Number(call >> 32n)));
  }

  /** Calls that were noted since the last time. */
  takeNewCalls(): Set<string> {
    const fresh = new Set([...this.calls].slice(this.#taken));
    this.#taken = this.calls.size;
    return fresh;
  }

  /** Replaces the token in the rows of a batch, whose calls are noted; gives how often. */
  tokensOf({ rows, columns }: Batch): number {
    const { token, stand_in } = this.keys;
    const tokens = columns.get('contact_token')?.values as BigUint64Array | undefined;
    if (tokens === undefined || !tokens.includes(token)) return 0;
    const calls = columns.get('call_key')?.values as BigUint64Array | undefined;
    let count = 0;
    for (let row = 0; row < rows; row++) {
      if (tokens[row] !== token) continue;
      if (calls !== undefined) this.noteCall(calls[row]!);
      tokens[row] = stand_in;
      count++;
    }
    return count;
  }

  /** Looks at every frame of a file. */
  async #look(file: string, at: (frame: BlankedFrame) => Promise<void> | void): Promise<void> {
    const fd = openRegular(file);
    let bytes = 0;
    try {
      for (const found of foundIn(file)) {
        if (isHole(found)) continue;
        await at(this.#frame(fd, found));
        bytes += found.end - found.at;
        if (bytes < TURN_BYTES) continue;
        bytes = 0;
        await turn();
      }
    } finally {
      closeSync(fd);
    }
  }

  #frame(fd: number, frame: FoundFrame): BlankedFrame {
    const { at, metadata_length, payload_at, payload_length, payload_hash } = frame;
    const payload = readBytes(fd, payload_at, payload_length);
    const isWhole = hashOf([payload]) === payload_hash;
    if (isWhole && payload.includes(this.#token)) this.tokensOf(batchOf({ ...frame, payload }));
    const tokens = this.tokens(payload);
    const blanked = isWhole ? this.#blankRejected(frame, payload) : 0;
    if (tokens + blanked === 0) return { patches: [], tokens };
    // A frame that is damaged stays so: its bytes are no more than bytes.
    if (!isWhole) return { patches: [{ at: payload_at, bytes: payload }], tokens };
    const header = readBytes(fd, at, HEADER_LENGTH);
    const text = readBytes(fd, at + HEADER_LENGTH, metadata_length);
    const head = { at, bytes: rehashedHeader(header, text, payload) };
    return { patches: [head, { at: payload_at, bytes: payload }], tokens };
  }

  #blankRejected({ metadata }: FoundFrame, payload: Buffer): number {
    let count = 0;
    let from = metadata.arrow_length;
    for (const { sealed_length, sealed_until, content_hash } of metadata.rejected) {
      const sealed = payload.subarray(from, from + sealed_length);
      from += sealed_length;
      const key = sealed_until === undefined ? this.#ring.find('rejected') : rejectedKeyOf(this.#ring, sealed_until);
      const line = key === null ? null : unsealed(key, sealed);
      if (line === null || !mentions(line, this.contact.callee)) continue;
      sealed.fill(0);
      this.#rejected.add(content_hash);
      count++;
    }
    return count;
  }
}

function replaceWith(file: string, patches: readonly Patch[]): void {
  copyFileSync(file, draftOf(file));
  const fd = openSync(draftOf(file), 'r+');
  try {
    for (const { at, bytes } of patches) writeAt(fd, [bytes], at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  placeCopy(file);
}

/** The copy of a file, while it is made. */
function draftOf(file: string): string {
  return `${file}.new`;
}

function placeCopy(file: string): void {
  renameSync(draftOf(file), file);
  syncFolder(dirname(file));
}

/** Removes the copies of files of frames that were made, and not put in their place. */
export function removeDrafts(data_dir: string): void {
  for (const folder of [logFolder(data_dir), archiveFolder(data_dir)])
    for (const name of namesIn(folder)) if (/\.(arrow|frames|twin)\.new$/.test(name)) rmSync(join(folder, name));
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
