import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Fill } from '../../contracts/fill.js';
import { appendDurably, cutDurably, makeFolder, syncFolder } from '../durable-files.js';
import { drawBytes } from './draw-bytes.js';
import { seal } from './seal.js';
import {
  callOf,
  dayOf,
  daysOf,
  destroyTextKeys,
  encodeKey,
  encodeText,
  textFolder,
  textKey,
  textKeyFolder,
  textOwner,
  wholeLength,
} from './text-records.js';
import { expireWithheld, noteWithheld, WithheldCalls } from './withheld-calls.js';

const KEY_BYTES = 32;
/** What a text costs in memory beside its characters, bytes. */
const TEXT_OVERHEAD_BYTES = 64;

/**
 * Texts, apart from the log: encrypted under a key per contact and day of their end (or per call, where the contact is
 * not known), in the files that `text-records.ts` describes. A text is written before the frame that holds its event:
 * after a crash it may stand there twice, never be missing.
 */
export class TextVault {
  readonly #data_dir: string;
  readonly #keep_ms: number;
  readonly #secret: Buffer;
  readonly #entries_max: number;
  readonly #warn: (line: string) => void;
  /** What was drawn for owners, a character a byte: a small Buffer would hold on to the whole slab that it was cut from. */
  readonly #keys = new Map<string, string>();
  /** Owners of the texts of calls, by the call; as text, for an array of two numbers takes five times the memory. */
  readonly #owners = new Map<number, string>();
  /** Calls of persons who were forgotten: their texts are not kept, unless the number comes again. */
  readonly #withheld: WithheldCalls;
  #pending = new Map<string, string[]>();
  #pending_bytes = 0;
  /** Day on which the texts at hand end. */
  #day = '';

  /**
   * @param secret of the store; keys of texts follow from it and from what is drawn for their owner
   * @param entries_max keys, and contacts of calls, in memory: so many each, then all of them are forgotten. An owner gets a
   *   further key, and forgetting destroys every key of one; a call itself owns a text whose contact is no longer known
   * @param warn tells people what could not be read of what an earlier process has written
   */
  constructor(
    data_dir: string,
    keep_ms: number,
    secret: Buffer,
    entries_max: number,
    warn: (line: string) => void = () => undefined,
  ) {
    this.#warn = warn;
    this.#entries_max = entries_max;
    this.#data_dir = data_dir;
    this.#secret = secret;
    this.#keep_ms = keep_ms;
    this.#withheld = new WithheldCalls(data_dir, secret, entries_max);
  }

  get isKept(): boolean {
    return this.#keep_ms > 0;
  }

  /** Bytes of texts that wait for `flush`, about. */
  get pending_bytes(): number {
    return this.#pending_bytes;
  }

  get fills(): readonly Fill[] {
    const max = this.#entries_max;
    return [
      { queue: 'text_keys', filled: this.#keys.size, max },
      { queue: 'text_calls', filled: this.#owners.size, max },
      this.#withheld.fill,
    ];
  }

  /** The contact of a call, by the call's key. */
  callTo(call_low: number, call_high: number, token: Uint32Array): void {
    this.#own(callNumber(call_low, call_high), textOwner('c', token[0]!, token[1]!));
  }

  /** A text of a call, to be written with the next `flush`. */
  keep(call_low: number, call_high: number, at_us: number, text: string): void {
    const contact = this.#owners.get(callNumber(call_low, call_high));
    if (contact === undefined && this.#withheld.has(call_low, call_high)) return;
    const owner = contact ?? textOwner('k', call_low, call_high);
    const line = JSON.stringify([at_us, text]);
    const lines = this.#pending.get(owner);
    if (lines === undefined) this.#pending.set(owner, [line]);
    else lines.push(line);
    this.#pending_bytes += line.length * 2 + TEXT_OVERHEAD_BYTES;
  }

  /** Writes what was kept since the last call, on disk when it returns. */
  flush(now_ms: number): void {
    if (this.#pending.size === 0) return;
    this.#turnTo(dayOf(now_ms + this.#keep_ms), now_ms);
    const texts: Buffer[] = [];
    const fresh: Buffer[] = [];
    for (const [owner, lines] of this.#pending) {
      const known = this.#keys.get(owner);
      const drawn = known === undefined ? drawBytes(KEY_BYTES) : Buffer.from(known, 'latin1');
      if (known === undefined) {
        if (this.#keys.size >= this.#entries_max) this.#keys.clear();
        this.#keys.set(owner, drawn.toString('latin1'));
        fresh.push(encodeKey(owner, drawn));
      }
      texts.push(encodeText(owner, seal(textKey(this.#secret, drawn), Buffer.from(lines.join('\n')))));
    }
    // Keys first: a text whose key is not on disk would be lost.
    if (fresh.length > 0) appendDurably(this.#file('keys'), Buffer.concat(fresh));
    appendDurably(this.#file('texts'), Buffer.concat(texts));
    this.#pending = new Map();
    this.#pending_bytes = 0;
  }

  /** Removes the texts whose day has passed, and their keys. */
  expire(now_ms: number): void {
    const today = dayOf(now_ms);
    for (const [folder, suffix] of [
      [textKeyFolder(this.#data_dir), '.keys'],
      [textFolder(this.#data_dir), '.texts'],
    ] as const)
      for (const day of daysOf(folder, suffix)) if (day < today) rmSync(join(folder, day + suffix));
    expireWithheld(this.#data_dir, now_ms);
  }

  /**
   * Destroys the keys of owners (`textOwner`), and what still waits of their texts; gives how many keys. What is said from
   * now on in a call that is one of the owners is not kept, by this process and those after it: nothing tells any more
   * whose it would be.
   */
  forget(owners: ReadonlySet<string>, now_ms: number): number {
    for (const owner of owners) {
      this.#keys.delete(owner);
      this.#pending.delete(owner);
      const call = callOf(owner);
      if (call === null) continue;
      this.#owners.delete(callNumber(...call));
      this.#withheld.add(...call);
    }
    return forgetTexts(this.#data_dir, this.#secret, owners, now_ms);
  }

  #own(call: number, owner: string): void {
    if (this.#owners.size >= this.#entries_max) this.#owners.clear();
    this.#owners.set(call, owner);
  }

  /** From the first text of a day on: files of its own, keys of its own; what has ended goes. */
  #turnTo(day: string, now_ms: number): void {
    if (day === this.#day) return;
    this.#day = day;
    this.#keys.clear();
    for (const folder of [textFolder(this.#data_dir), textKeyFolder(this.#data_dir)]) makeFolder(folder);
    for (const kind of ['keys', 'texts'] as const) {
      const file = this.#file(kind);
      if (!existsSync(file)) appendDurably(file, new Uint8Array());
      const whole = wholeLength(file, kind);
      const { size } = statSync(file);
      if (whole === size) continue;
      this.#warn(
        `the last ${size - whole} bytes of "${file}" are cut off: they are no whole record, as after a crash or where the disk has changed one.`,
      );
      cutDurably(file, whole);
    }
    for (const folder of [textFolder(this.#data_dir), textKeyFolder(this.#data_dir)]) syncFolder(folder);
    this.expire(now_ms);
  }

  #file(kind: 'keys' | 'texts'): string {
    const folder = kind === 'keys' ? textKeyFolder(this.#data_dir) : textFolder(this.#data_dir);
    return join(folder, `${this.#day}.${kind}`);
  }
}

/** Destroys the keys of owners on disk, and notes the calls among them; gives how many keys. */
export function forgetTexts(data_dir: string, secret: Buffer, owners: ReadonlySet<string>, now_ms: number): number {
  const calls = [...owners].flatMap((owner) => {
    const call = callOf(owner);
    return call === null ? [] : [call];
  });
  noteWithheld(data_dir, secret, calls, now_ms);
  return destroyTextKeys(data_dir, owners);
}

/** 53 bits of a call's key. */
function callNumber(low: number, high: number): number {
  return (high & 0x1f_ffff) * 4_294_967_296 + low;
}
