import { statSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { parseDurationMs } from '../contracts/duration.js';
import { PlumblineError } from '../contracts/errors.js';
import type { Source, SourceChunk, SourceContext } from '../contracts/source.js';
import { findFiles, isPattern } from './file/find-files.js';
import { FollowedFile, pause } from './file/follow.js';
import { type CutLines, LineCutter } from './file/line-cutter.js';
import { isCompressed, readBytes, readStream } from './file/read-bytes.js';

const STDIN = '-';
const STDIN_INPUT = 'file:stdin';

const configSchema = z.strictObject({
  use: z.literal('file').default('file'),
  path: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(10_000)])
    .describe('NDJSON file, plain, .gz or .zst; * ? and ** stand for parts of names; "-" is the standard input'),
  follow: z.boolean().default(false).describe('goes on with what is appended, and with new files, until stopped'),
  poll: z
    .string()
    .regex(/^\d+(ms|s|m|h|d)$/, 'a duration with its unit, such as "250ms"')
    .default('250ms')
    .describe('how often a followed file is looked at'),
  open_files_max: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(128)
    .describe(
      'followed files that are open; of more, those that have not grown for longest are opened again when they do',
    ),
  files_max: z
    .number()
    .int()
    .min(1)
    .max(1_048_576)
    .default(65_536)
    .describe('files that may be there at a time; more end the run, with an error that says so'),
  line_bytes_max: z
    .number()
    .int()
    .min(1_024)
    .max(268_435_456)
    .default(8_388_608)
    .describe(
      'of a longer line only the beginning is read; it is rejected (`line_too_long`), whatever `land.line_bytes_max` is',
    ),
});
export type FileConfig = z.infer<typeof configSchema>;

/**
 * NDJSON files. A partition is a file, by its path from the base folder; offsets are line numbers from 1. A followed
 * file is named by its first line too (`calls.ndjson#1f3a90bc`), since another may take its place.
 *
 * Errors: SOURCE_FILE_UNREADABLE, SOURCE_FILES_EXCEEDED.
 */
export const fileSource: Source<FileConfig> = {
  name: 'file',
  summary: 'NDJSON files, plain or compressed, once or followed; the standard input',
  config: configSchema,
  open: (config, context) => openFiles(config, context, process.stdin),
};

/** As `fileSource.open`, with the stream that "-" stands for. */
export function openFiles(config: FileConfig, context: SourceContext, stdin: Readable): AsyncIterable<SourceChunk> {
  const paths = Array.isArray(config.path) ? config.path : [config.path];
  if (paths.length === 1 && paths[0] === STDIN) return standardInput(config, context, stdin);
  const isOne = paths.length === 1 && !isPattern(paths[0]);
  const input = `file:${isOne ? basename(paths[0]) : paths.join(',')}`;
  return config.follow ? follow(config, context, paths, input) : readOnce(config, context, paths, input);
}

async function* readOnce(
  config: FileConfig,
  context: SourceContext,
  paths: readonly string[],
  input: string,
): AsyncGenerator<SourceChunk, void, undefined> {
  for (const path of expand(config, context, paths)) {
    if (context.signal.aborted) return;
    yield* readWhole(config, context, path, input);
  }
}

async function* readWhole(
  config: FileConfig,
  context: SourceContext,
  path: string,
  input: string,
): AsyncGenerator<SourceChunk, void, undefined> {
  const partition = partitionOf(path, context.base_dir);
  const cutter = new LineCutter(config.line_bytes_max, context.resume(input, partition));
  const chunks = (cuts: Iterable<CutLines>) => toChunks(cuts, input, partition);
  const portions = readBytes(resolve(context.base_dir, path), context.signal);
  try {
    for await (const bytes of portions) yield* chunks(cutter.push(bytes));
  } catch (cause) {
    throw unreadable(path, context.base_dir, cause);
  }
  if (!context.signal.aborted) yield* chunks(cutter.rest());
}

async function* follow(
  config: FileConfig,
  context: SourceContext,
  paths: readonly string[],
  input: string,
): AsyncGenerator<SourceChunk, void, undefined> {
  const poll_ms = Math.max(1, parseDurationMs(config.poll));
  const followed = new Map<string, FollowedFile>();
  /** Of these, those that are open; those that have grown last stand last. */
  const open = new Map<string, FollowedFile>();
  /** Compressed files by path: how each was when it was read. */
  const finished = new Map<string, string>();
  try {
    while (!context.signal.aborted) {
      const found = expand(config, context, paths);
      for (const path of found) {
        if (isCompressed(path)) {
          yield* readPacked(config, context, path, input, finished);
          continue;
        }
        const file = followed.get(path) ?? followedFile(config, context, path, input);
        followed.set(path, file);
        for await (const chunk of readFollowed(file, context, path, input)) {
          open.delete(path);
          yield chunk;
        }
        if (!file.isOpen) open.delete(path);
        else if (!open.has(path)) open.set(path, file);
        for (const [oldest, one] of open) {
          if (open.size <= config.open_files_max) break;
          open.delete(oldest);
          await one.setDown();
        }
      }
      context.filled({ queue: 'open_files', filled: open.size, max: config.open_files_max });
      forgetGone(new Set(found), followed, finished);
      await pause(poll_ms, context.signal);
    }
  } finally {
    for (const file of followed.values()) await file.close();
  }
}

/** Nothing is kept of a file that is gone, unless it is open: it may come back. */
function forgetGone(
  found: ReadonlySet<string>,
  followed: Map<string, FollowedFile>,
  finished: Map<string, string>,
): void {
  for (const [path, { isOpen }] of followed) if (!isOpen && !found.has(path)) followed.delete(path);
  for (const path of finished.keys()) if (!found.has(path)) finished.delete(path);
}

/**
 * Compressed files do not grow: each is read once, when it is there. One that is not whole may still be on its way: it is
 * read again, from where the log stands, when it has changed; everything else goes on.
 */
async function* readPacked(
  config: FileConfig,
  context: SourceContext,
  path: string,
  input: string,
  finished: Map<string, string>,
): AsyncGenerator<SourceChunk, void, undefined> {
  const known = finished.get(path);
  if (known === WHOLE) return;
  const version = versionOf(resolve(context.base_dir, path));
  if (version === null || version === known) return;
  try {
    yield* readWhole(config, context, path, input);
    finished.set(path, WHOLE);
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    finished.set(path, version);
    context.warn(`${error.message}: ${error.detail}. It is read again when it changes; everything else goes on.`);
  }
}

const WHOLE = 'whole';

/** Tells a file from what it was before; null when it is not there. */
function versionOf(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.ino} ${found.size} ${found.mtimeMs}`;
}

function followedFile(config: FileConfig, context: SourceContext, path: string, input: string): FollowedFile {
  const partition = partitionOf(path, context.base_dir);
  return new FollowedFile(resolve(context.base_dir, path), {
    line_bytes_max: config.line_bytes_max,
    start: (fingerprint) => context.resume(input, `${partition}#${fingerprint}`) ?? 1,
  });
}

async function* readFollowed(
  file: FollowedFile,
  context: SourceContext,
  path: string,
  input: string,
): AsyncGenerator<SourceChunk, void, undefined> {
  const partition = partitionOf(path, context.base_dir);
  try {
    for await (const cut of file.read(context.signal)) yield* toChunks([cut], input, `${partition}#${cut.fingerprint}`);
  } catch (cause) {
    throw unreadable(path, context.base_dir, cause);
  }
}

/** The standard input cannot be read again: its lines are numbered on from where the log stands. */
async function* standardInput(
  config: FileConfig,
  context: SourceContext,
  stdin: Readable,
): AsyncGenerator<SourceChunk, void, undefined> {
  const numbered = (context.resume(STDIN_INPUT, STDIN) ?? 1) - 1;
  const cutter = new LineCutter(config.line_bytes_max);
  const chunks = (cuts: Iterable<CutLines>) => toChunks(cuts, STDIN_INPUT, STDIN, numbered);
  try {
    for await (const bytes of readStream(stdin, context.signal)) {
      yield* chunks(cutter.push(bytes));
      if (stdin.readableLength === 0) yield* chunks(cutter.wholeLines());
    }
  } catch (cause) {
    throw unreadable('the standard input', context.base_dir, cause);
  }
  if (!context.signal.aborted) yield* chunks(cutter.rest());
}

function* toChunks(
  cuts: Iterable<CutLines>,
  input: string,
  partition: string,
  numbered = 0,
): Generator<SourceChunk, void, undefined> {
  for (const { first_line, bytes, line_bytes } of cuts) {
    const chunk = { input, partition, first_offset: first_line + numbered, bytes };
    yield line_bytes === undefined ? chunk : { ...chunk, line_bytes };
  }
}

/** The files that paths and patterns stand for, each once, sorted. What is followed may come later. */
function expand({ follow, files_max }: FileConfig, context: SourceContext, paths: readonly string[]): string[] {
  const { base_dir } = context;
  const files = new Set<string>();
  for (const path of paths) {
    const found = isPattern(path) ? findFiles(path, base_dir) : [path];
    if (found.length === 0 && !follow)
      throw new PlumblineError('SOURCE_FILE_UNREADABLE', `no file matches "${path}"`, {
        detail: `searched from ${base_dir}; * and ? stand for parts of a name, ** for folders`,
        hint: 'Correct the pattern, or set follow: true to wait for files.',
      });
    for (const file of found) files.add(file);
  }
  context.filled({ queue: 'files', filled: files.size, max: files_max });
  if (files.size <= files_max) return [...files].sort();
  throw new PlumblineError('SOURCE_FILES_EXCEEDED', `${files.size} files match ${paths.join(', ')}`, {
    detail: `searched from ${base_dir}; files_max of the source is ${files_max}`,
    hint: 'Move files that have been read to another folder, name them more narrowly, or set files_max higher.',
  });
}

function partitionOf(path: string, base_dir: string): string {
  return relative(base_dir, resolve(base_dir, path)).replaceAll('\\', '/');
}

function unreadable(path: string, base_dir: string, cause: unknown): PlumblineError {
  if (cause instanceof PlumblineError) return cause;
  return new PlumblineError('SOURCE_FILE_UNREADABLE', `"${path}" could not be read`, {
    detail: `${resolve(base_dir, path)}: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'Check the path (relative ones start at the folder of the configuration), the permissions, and that the file is whole.',
    cause,
  });
}
