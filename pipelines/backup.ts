import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '../contracts/errors.js';
import { createDurably, makeFolder, syncFolder } from './durable-files.js';
import { draftFolder } from './land/archive-segment.js';
import { verifyLog } from './land/verify-log.js';
import { refuseOther } from './open-regular.js';
import { endRestoring, noteRestoring } from './restoring-note.js';
import { isOfSystem } from './system-refusal.js';

/**
 * A backup is the log up to a frame, its archive, the texts, the keys and the configuration: what cannot be made again.
 * The DuckDB file can, and is left out. What stands in it is told by `backup.json`, which is written last.
 */

const PARTS = ['log', 'archive', 'texts', 'keys', 'configuration.json'] as const;
const MANIFEST = 'backup.json';

const manifestSchema = z.strictObject({
  format: z.literal(1),
  made_at: z.iso.datetime(),
  files: z.array(
    z.strictObject({ path: z.string().refine(isWithin), bytes: z.number().int().min(0), sha256: z.string() }),
  ),
});
type Manifest = z.infer<typeof manifestSchema>;
type CopiedFile = Manifest['files'][number];

/** A file as it was when it was copied. */
interface Known extends CopiedFile {
  readonly version: string;
}

export interface BackupFigures {
  readonly files: number;
  readonly bytes: number;
  readonly frames: number;
  readonly events: number;
}

/**
 * Copies a data directory into a new folder. Most of it is copied beside the loop; what has changed since then, while
 * nothing is written: `atRest` runs work in such a moment, with every file of the log closed.
 * @throws PlumblineError COMMAND_ARGUMENT_INVALID when the folder holds something, or cannot be written
 */
export async function backUp(
  data_dir: string,
  folder: string,
  now_us: () => number,
  atRest: <Result>(work: () => Promise<Result>) => Promise<Result>,
): Promise<BackupFigures> {
  if (liesIn(folder, data_dir))
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${folder}" lies in the data directory`, {
      hint: 'Name a folder elsewhere, best on another disk.',
    });
  emptyFolder(folder, 'back up');
  const known = new Map<string, Known>();
  const copied = (error: unknown) => {
    throw isOfSystem(error) ? cannot('back up', folder, error) : error;
  };
  await copyChanged(data_dir, folder, known).catch(copied);
  const finished = atRest(async () => {
    await copyChanged(data_dir, folder, known);
    const files = [...known.values()].map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }));
    const made_at = new Date(now_us() / 1000).toISOString();
    createDurably(folder, MANIFEST, Buffer.from(`${JSON.stringify({ format: 1, made_at, files }, null, 2)}\n`));
    return figuresOf(folder, files);
  });
  return await finished.catch(copied);
}

/**
 * Makes a data directory of a backup, after every file has been found to be what was copied. The next start derives the
 * store.
 * @throws PlumblineError COMMAND_ARGUMENT_INVALID, LOG_FRAME_DAMAGED
 */
export async function restoreBackup(folder: string, data_dir: string): Promise<BackupFigures> {
  const { files } = readManifest(folder);
  if (liesIn(data_dir, folder))
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${data_dir}" lies in the backup`, {
      hint: 'Name a folder elsewhere: a backup is left as it was made.',
    });
  emptyFolder(data_dir, 'restore');
  noteRestoring(data_dir, folder);
  for (const { path, sha256 } of files) {
    const copied = await copyFile(join(folder, path), join(data_dir, path)).catch((cause: unknown) => {
      // What the backup lacks is damage; what the new folder cannot take is none of it.
      const is_missing = isOfSystem(cause) && ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(cause.code!);
      throw is_missing ? damaged(folder, path, cause) : isOfSystem(cause) ? cannot('restore', data_dir, cause) : cause;
    });
    if (copied.sha256 !== sha256) throw damaged(folder, path);
  }
  const figures = figuresOf(data_dir, files);
  endRestoring(data_dir);
  return figures;
}

async function copyChanged(data_dir: string, folder: string, known: Map<string, Known>): Promise<void> {
  const paths = PARTS.flatMap((part) => filesUnder(data_dir, part));
  for (const path of paths) {
    const version = versionOf(join(data_dir, path));
    if (version === null || known.get(path)?.version === version) continue;
    try {
      known.set(path, { path, version, ...(await copyFile(join(data_dir, path), join(folder, path))) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  // What has gone since (a text whose day has passed, a file that was replaced) is in no backup.
  for (const path of known.keys()) {
    if (versionOf(join(data_dir, path)) !== null) continue;
    known.delete(path);
    rmSync(join(folder, path));
  }
}

function filesUnder(data_dir: string, path: string): string[] {
  if (!existsSync(join(data_dir, path))) return [];
  if (!statSync(join(data_dir, path)).isDirectory()) return path.endsWith('.new') ? [] : [path];
  return readdirSync(join(data_dir, path))
    .filter((name) => join(data_dir, path, name) !== draftFolder(data_dir))
    .sort()
    .flatMap((name) => filesUnder(data_dir, join(path, name)));
}

/** Tells a file from what it was before; null when it is not there. */
function versionOf(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.ino} ${found.size} ${found.mtimeMs}`;
}

/** Copies a file, on disk when this resolves. */
async function copyFile(from: string, to: string): Promise<Omit<CopiedFile, 'path'>> {
  makeFolder(dirname(to));
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(to, 'w', 0o600);
  try {
    for await (const chunk of createReadStream(refuseOther(from), { highWaterMark: 1_048_576 })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      await file.writeFile(chunk as Buffer);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  syncFolder(dirname(to));
  return { bytes, sha256: hash.digest('hex') };
}

function figuresOf(data_dir: string, files: readonly CopiedFile[]): BackupFigures {
  const { is_whole, frames, events, damages } = verifyLog(data_dir);
  if (!is_whole)
    throw new PlumblineError('LOG_FRAME_DAMAGED', `the log in "${data_dir}" is not what was written`, {
      detail: `${damages[0]!.file} at byte ${damages[0]!.byte}: ${damages[0]!.what}`,
      hint: 'plumbline log verify tells all there is of the log that was copied.',
    });
  return { files: files.length, bytes: files.reduce((total, { bytes }) => total + bytes, 0), frames, events };
}

function readManifest(folder: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')));
  } catch (cause) {
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${folder}" is no backup that was finished`, {
      detail: `${MANIFEST} is not there, or is not what was written`,
      hint: 'Name a folder that plumbline backup has made.',
      cause,
    });
  }
}

function damaged(folder: string, path: string, cause?: unknown): PlumblineError {
  return new PlumblineError('COMMAND_ARGUMENT_INVALID', `the backup "${folder}" is damaged`, {
    detail: `${path} is not what was copied`,
    hint: 'Restore from another backup. What has been made of this one is not whole: remove it.',
    cause,
  });
}

/** An empty folder, made where there is none. */
function emptyFolder(folder: string, what: 'back up' | 'restore'): void {
  let holds: string[];
  try {
    makeFolder(folder);
    holds = readdirSync(folder);
  } catch (error) {
    throw isOfSystem(error) ? cannot(what, folder, error) : error;
  }
  if (holds.length > 0)
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `cannot ${what} into "${folder}": it is not empty`, {
      hint: 'Name a new folder.',
    });
}

function cannot(what: 'back up' | 'restore', folder: string, cause: Error): PlumblineError {
  return new PlumblineError('COMMAND_ARGUMENT_INVALID', `cannot ${what} into "${folder}"`, {
    detail: cause.message,
    hint: 'See to rights and space, and name a new folder: what stands in this one is not whole.',
    cause,
  });
}

/** Whether a folder, made already or not, lies in another or is it, by whatever names. */
function liesIn(folder: string, other: string): boolean {
  const path = relative(realPath(other), realPath(folder));
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** As the system knows it; of what is not there, the folder above. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    const above = dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === folder) return folder;
    return join(realPath(above), basename(folder));
  }
}

/** Whether a path of a list of files stays in the folder of the list. */
function isWithin(path: string): boolean {
  return !isAbsolute(path) && !path.split('/').includes('..');
}
