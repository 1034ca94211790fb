import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Directive } from '../contracts/directive.js';
import { PlumblineError } from '../contracts/errors.js';
import type { Fill } from '../contracts/fill.js';
import type { Sink } from '../contracts/sink.js';

/**
 * Appends directives to a file, one JSON object a line (NDJSON). A delivery is done when the lines are on disk (fsync).
 * The ids that the file already holds are read when it is opened, so delivering one again adds no line.
 */

const config = z.strictObject({
  use: z.literal('file').default('file'),
  path: z.string().min(1).optional().describe('relative to the configuration; default: directives.ndjson in data_dir'),
  ids_max: z
    .number()
    .int()
    .min(1)
    .default(65_536)
    .describe('how many of the latest ids are remembered, to write none twice'),
});

/** A longer line cannot be one of ours: it is passed over, not gathered in memory. */
const LINE_BYTES_MAX = 1_048_576;
/** How each of our lines begins. */
const OURS = '{"id":"';
const READ_BYTES = 65_536;
const NEWLINE = 0x0a;

export const fileSink: Sink<z.infer<typeof config>> = {
  name: 'file',
  summary: 'Appends directives to an NDJSON file, each id once.',
  config,
  async open({ path, ids_max }, context) {
    const file = path === undefined ? join(context.data_dir, 'directives.ndjson') : resolve(context.base_dir, path);
    const writer = await DirectiveFile.open(file, ids_max).catch((error: unknown) => {
      throw failure(`the file sink cannot open "${file}"`, error);
    });
    return {
      deliver: (directives) => writer.append(directives),
      fills: () => [writer.fill],
      close: () => writer.close(),
    };
  },
};

class DirectiveFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #ids: RecentIds;
  /** Where a write that failed part of the way began: the file is cut back to it before the next one. */
  #torn_at: number | null = null;
  /** Deliveries one after another: a caller that gave up on one may begin the next while it still runs. */
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle, ids: RecentIds) {
    this.#path = path;
    this.#handle = handle;
    this.#ids = ids;
  }

  static async open(path: string, ids_max: number): Promise<DirectiveFile> {
    await makeFolder(dirname(path));
    const handle = await open(path, 'a+');
    try {
      // A device or a pipe has no lines to read back, and may have no end.
      if (!(await handle.stat()).isFile()) throw new Error('not a regular file');
      await syncDirectory(dirname(path));
      const ids = new RecentIds(ids_max);
      await endLastLine(handle, await readIds(handle, ids), ids);
      return new DirectiveFile(path, handle, ids);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get fill(): Fill {
    return this.#ids.fill;
  }

  append(directives: readonly Directive[]): Promise<void> {
    const result = this.#last.then(() => this.#append(directives));
    this.#last = result.catch(() => {});
    return result;
  }

  async #append(directives: readonly Directive[]): Promise<void> {
    const lines = new Map<string, string>();
    for (const directive of directives)
      if (!this.#ids.has(directive.id)) lines.set(directive.id, `${JSON.stringify(directive)}\n`);
    if (lines.size === 0) return;
    try {
      await this.#cutBack();
      this.#torn_at = (await this.#handle.stat()).size;
      await this.#handle.appendFile([...lines.values()].join(''));
      await this.#handle.sync();
      this.#torn_at = null;
    } catch (error) {
      // Half a line must not stay in front of the next one; if this fails too, the next delivery tries again.
      await this.#cutBack().catch(() => {});
      throw failure(`the file sink cannot write ${lines.size} directives to "${this.#path}"`, error);
    }
    for (const id of lines.keys()) this.#ids.add(id);
  }

  async #cutBack(): Promise<void> {
    if (this.#torn_at === null) return;
    if ((await this.#handle.stat()).size > this.#torn_at) await this.#handle.truncate(this.#torn_at);
    this.#torn_at = null;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#handle.close();
  }
}

/** The latest ids, at most `ids_max` of them. */
class RecentIds {
  readonly #ids = new Set<string>();
  readonly #ids_max: number;

  constructor(ids_max: number) {
    this.#ids_max = ids_max;
  }

  get fill(): Fill {
    return { queue: 'ids', filled: this.#ids.size, max: this.#ids_max };
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size > this.#ids_max) this.#ids.delete(this.#ids.values().next().value!);
  }
}

/** What stands behind the last newline of a file; null when it is too long to be a line of ours. */
interface Tail {
  readonly position: number;
  readonly bytes: Buffer | null;
}

/** Reads the ids of all whole lines. */
async function readIds(handle: FileHandle, ids: RecentIds): Promise<Tail> {
  const chunk = Buffer.alloc(READ_BYTES);
  let parts: Buffer[] = [];
  let line_bytes = 0;
  let line_position = 0;
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, READ_BYTES, position);
    if (bytesRead === 0)
      return { position: line_position, bytes: line_bytes > LINE_BYTES_MAX ? null : Buffer.concat(parts) };
    const read = chunk.subarray(0, bytesRead);
    let from = 0;
    for (let end = read.indexOf(NEWLINE); end >= 0; end = read.indexOf(NEWLINE, from)) {
      if (line_bytes + end - from <= LINE_BYTES_MAX) takeId(Buffer.concat([...parts, read.subarray(from, end)]), ids);
      parts = [];
      line_bytes = 0;
      from = end + 1;
      line_position = position + from;
    }
    line_bytes += bytesRead - from;
    if (line_bytes <= LINE_BYTES_MAX) parts.push(Buffer.from(read.subarray(from)));
    else parts = [];
    position += bytesRead;
  }
}

/**
 * A last line without its end: one of ours that was cut short is taken away (it was never acknowledged, so the
 * directive comes again); anything else is kept and ended.
 */
async function endLastLine(handle: FileHandle, { position, bytes }: Tail, ids: RecentIds): Promise<void> {
  if (bytes !== null && bytes.length === 0) return;
  const is_whole = bytes === null || takeId(bytes, ids);
  if (!is_whole && OURS.startsWith(bytes.subarray(0, OURS.length).toString('latin1'))) await handle.truncate(position);
  else await handle.appendFile('\n');
  await handle.sync();
}

/** Whether the line is JSON. Lines that are not ours (a file that people edited) are left alone. */
function takeId(line: Buffer, ids: RecentIds): boolean {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string') ids.add(value.id);
    return true;
  } catch {
    return false;
  }
}

/** One by one: where none can be made (below /proc), Node's own way of making all of them never ends. */
async function makeFolder(folder: string): Promise<void> {
  const isThere = () =>
    stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
  if (await isThere()) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process may have made it at the same moment; a file in the way is an error.
    if (!(await isThere())) throw error;
  }
}

/** Makes a file that was just created survive a crash. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function failure(attempted: string, error: unknown): PlumblineError {
  return new PlumblineError('SINK_FAILED', attempted, {
    detail: error instanceof Error ? error.message : String(error),
    hint: 'Check that the folder exists, may be written to and has room; undelivered directives are kept and sent again.',
    cause: error,
  });
}
