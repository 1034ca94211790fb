import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CutLines, LineCutter } from './line-cutter.js';

/** Files that grow, and are replaced by new ones under the same name. */

const READ_BYTES = 1_048_576;
/** Bytes of the first line that tell one file of a name from the next. */
const FINGERPRINT_BYTES_MAX = 1_024;
const LF = 10;

export interface FollowOptions {
  readonly line_bytes_max: number;
  /** Number of the line to begin with, of a file that has the fingerprint. */
  start(fingerprint: string): number;
}

export interface FollowedLines extends CutLines {
  readonly fingerprint: string;
}

/**
 * One followed file. Its fingerprint, of the first line, outlives renames, copies and machines; an inode number would
 * be given to the next file. Lines are passed on when they are complete.
 */
export class FollowedFile {
  readonly path: string;
  private readonly options: FollowOptions;
  private handle: FileHandle | undefined;
  private cutter: LineCutter | undefined;
  private fingerprint = '';
  /** The bytes that the fingerprint is of, with the LF behind them. */
  private head: Buffer = Buffer.alloc(0);
  private position = 0;
  /** It was emptied and has grown beyond `position` since: what stands there is of another file. */
  private is_overwritten = false;
  /** How the file was when it was set down; it is not opened again before it has changed. */
  private set_down_as: string | undefined;

  constructor(path: string, options: FollowOptions) {
    this.path = path;
    this.options = options;
  }

  /** Reads what has come since the last time; a file that has been replaced is read to its end, then the new one. */
  async *read(signal: AbortSignal): AsyncGenerator<FollowedLines, void, undefined> {
    for (;;) {
      yield* this.readOpen(signal);
      if (signal.aborted || !(await this.isReplaced())) return;
      // What the old file got between the last read and its replacement.
      yield* this.readOpen(signal);
      if (this.cutter !== undefined) yield* this.named(this.cutter.rest());
      await this.close();
    }
  }

  get isOpen(): boolean {
    return this.handle !== undefined;
  }

  /**
   * Lets go of handle and buffer. When the file has changed it is read on from where the log stands; what is appended to it
   * before another takes its name is not read then.
   */
  async setDown(): Promise<void> {
    this.set_down_as = this.handle === undefined ? undefined : versionOf(await this.handle.stat());
    await this.close();
  }

  async close(): Promise<void> {
    await this.handle?.close();
    this.handle = undefined;
    this.cutter = undefined;
    this.position = 0;
    this.is_overwritten = false;
  }

  private async *readOpen(signal: AbortSignal): AsyncGenerator<FollowedLines, void, undefined> {
    if (this.set_down_as !== undefined) {
      const named = await stat(this.path).catch(() => undefined);
      if (named === undefined || versionOf(named) === this.set_down_as) return;
      this.set_down_as = undefined;
    }
    this.handle ??= await openIfThere(this.path);
    if (this.handle === undefined) return;
    this.cutter ??= await this.begin(this.handle);
    if (this.cutter === undefined) return;
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    while (!signal.aborted && !this.is_overwritten) {
      const { bytesRead } = await this.handle.read(buffer, 0, READ_BYTES, this.position);
      if (bytesRead === 0) break;
      // Looked at after the read: before it, the file might be emptied in between.
      this.is_overwritten = this.position > 0 && !(await this.hasSameHead(this.handle));
      if (this.is_overwritten) break;
      this.position += bytesRead;
      yield* this.named(this.cutter.push(buffer.subarray(0, bytesRead)));
    }
    yield* this.named(this.cutter.wholeLines());
  }

  /** A cutter once the file can be told from others: its first line is complete, or long enough. */
  private async begin(handle: FileHandle): Promise<LineCutter | undefined> {
    const head = Buffer.alloc(FINGERPRINT_BYTES_MAX);
    const { bytesRead } = await handle.read(head, 0, FINGERPRINT_BYTES_MAX, 0);
    const end = head.subarray(0, bytesRead).indexOf(LF);
    if (end < 0 && bytesRead < FINGERPRINT_BYTES_MAX) return undefined;
    const line = head.subarray(0, end < 0 ? bytesRead : end);
    this.head = head.subarray(0, end < 0 ? bytesRead : end + 1);
    this.fingerprint = createHash('sha256').update(line).digest('hex').slice(0, 8);
    return new LineCutter(this.options.line_bytes_max, this.options.start(this.fingerprint));
  }

  private async hasSameHead(handle: FileHandle): Promise<boolean> {
    const head = Buffer.alloc(this.head.length);
    await handle.read(head, 0, head.length, 0);
    return head.equals(this.head);
  }

  private *named(cuts: Iterable<CutLines>): Generator<FollowedLines, void, undefined> {
    for (const cut of cuts) yield { ...cut, fingerprint: this.fingerprint };
  }

  /** Whether another file has the name now, or this one has been cut short. A file that is away may come back. */
  private async isReplaced(): Promise<boolean> {
    if (this.handle === undefined) return false;
    const own = await this.handle.stat();
    if (own.size < this.position || this.is_overwritten) return true;
    const named = await stat(this.path).catch(() => undefined);
    return named !== undefined && (named.ino !== own.ino || named.dev !== own.dev);
  }
}

function versionOf({ dev, ino, size, mtimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs}`;
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Waits, not longer than until the abort. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
