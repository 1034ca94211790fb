import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Conservation } from '../contracts/batch.js';
import type { Clock } from '../contracts/clock.js';
import type { Config } from '../contracts/config.js';
import type { Detector } from '../contracts/detector.js';
import { PlumblineError, reasonLine } from '../contracts/errors.js';
import type { Fill } from '../contracts/fill.js';
import { Applier } from './applier.js';
import { configurationVersion } from './configuration.js';
import { createDurably, syncFolder } from './durable-files.js';
import { GuardedApplying, type PassingOver } from './guarded-applying.js';
import { mendTwins } from './land/archive-twins.js';
import { finishArchiving } from './land/finish-archiving.js';
import { FramesPassedOver, passedOverText } from './land/frames-passed-over.js';
import { refuseAway, refuseShort } from './land/short-log.js';
import { framesText, type LandedFrame, readFrames, type SetAside, settingAside } from './land.js';
import { openStore, storePath } from './open-store.js';
import type { SignalFile } from './signal-files.js';
import { removeSpillFolder, spillFolder } from './spill-folder.js';
import { Store } from './store.js';
import { isStoreDamage } from './store-failures.js';

/**
 * The store as the log has it: opened, brought up to the end of the log, and made anew where it cannot be what the log
 * says. What it held is in the log, so nothing is lost by setting it aside.
 */

export interface DerivedOptions {
  readonly config: Config;
  /** Text of the configuration file: names the policy in force. */
  readonly config_text: string;
  readonly data_dir: string;
  readonly detectors: Readonly<Record<string, Detector>>;
  readonly clock: Clock;
  /** Observations that detectors are given at a time; results do not depend on it. */
  readonly observations_max?: number | undefined;
  /** Ends the work between two frames; the next start goes on from there. */
  readonly signal?: AbortSignal;
  /** Tells people what was set aside. */
  write(line: string): void;
  onFrame?(frame: LandedFrame): void;
  /** It is opened for a question: what every start tells is not told. */
  readonly is_asked?: boolean;
  /** A frame that is passed over when it is come to and cannot be applied. */
  readonly passing_over?: PassingOver;
  /** Called before frames of the log are read, with the first of them. */
  beforeReading?(from_frame: number): Promise<void>;
}

export interface Derived {
  readonly store: Store;
  readonly applier: Applier;
  /** Events of the log that the store does without. */
  readonly left_out: Fill;
}

/** Stores that are kept under one name: the first that was set aside, and the last. */
const STORES_SET_ASIDE_MAX = 2;
const IS_SET_ASIDE = /\.(damaged|before)(\.\d+)?$/;

/** Opens the store and applies what the log holds beyond it. @throws PlumblineError DATA_DIRECTORY_IN_USE, SQL_FAILED */
export async function openDerived(options: DerivedOptions, signals: readonly SignalFile[]): Promise<Derived> {
  const { data_dir, write } = options;
  // What a process has left there when it ended without order may name who is to be forgotten.
  removeSpillFolder(spillFolder(data_dir));
  await settled(options, () => finishArchiving(data_dir));
  if (options.is_asked !== true) tellPassedOver(data_dir, write);
  if (existsSync(unwipedNote(data_dir))) await wipeStore(data_dir);
  const noted = notedDamage(data_dir);
  if (noted !== null) {
    write(`the store was found damaged and is set aside: ${noted}`);
    setStoreAside(data_dir, 'damaged', write);
  }
  try {
    return await derived(options, signals);
  } catch (error) {
    const isOtherFormat = error instanceof PlumblineError && error.code === 'STORE_FORMAT_UNKNOWN';
    const isAhead = error instanceof StoreAhead;
    if (!isOtherFormat && !isAhead && !isStoreDamage(error)) throw error;
    if (isOtherFormat) refuseAway(data_dir, 'is of another version, which made it of one');
    const what = isOtherFormat ? 'of another version' : isAhead ? 'ahead of the log' : 'damaged';
    write(`the store is ${what} and is set aside: ${reasonLine(error)}`);
    setStoreAside(data_dir, isOtherFormat ? 'before' : 'damaged', write);
  }
  return await derived(options, signals);
}

function tellPassedOver(data_dir: string, write: (line: string) => void): void {
  for (const note of FramesPassedOver.of(data_dir).all)
    write(
      `frame ${note.frame} of the log is ${passedOverText(note)}, as was asked for at ${note.noted_at} (${note.what}). It is noted in ` +
        'log/passed-over; to have it back with a version that can apply it: stop, remove the note, and rebuild.',
    );
}

async function derived(options: DerivedOptions, signals: readonly SignalFile[]): Promise<Derived> {
  const { config, data_dir } = options;
  const version = configurationVersion(options.config_text);
  const applying = await GuardedApplying.open({
    ...options,
    has_own_signals: config.signals_dir !== undefined,
    events_left_out_max: config.operate.events_left_out_max,
    openStore: () => openStore(data_dir, signals, config.operate),
    async openApplier(store) {
      const applier = new Applier(store, config, version, signals, options.detectors, options.observations_max);
      await applier.restore();
      return applier;
    },
  });
  try {
    const applied = applying.applier.frame;
    await options.beforeReading?.(applied + 1);
    mendTwins(data_dir, Math.max(0, applied));
    const last = await settled(options, () => applyLog(applying, options));
    if (applied > last) throw await aheadOfLog(applying, options);
    applying.ended(last);
    return { store: applying.store, applier: applying.applier, left_out: applying.fill };
  } catch (error) {
    await applying.store.close();
    throw error;
  }
}

/** The store has applied frames that the log does not hold any more: their events may come again, and must not count twice. */
class StoreAhead extends Error {}

/** Before the store goes, the frames that only it tells of are set aside: nothing else would say that they are missing. */
async function aheadOfLog({ store, applier }: GuardedApplying, options: DerivedOptions): Promise<StoreAhead> {
  const state = (await store.rows('staging/pipeline_state'))[0]!;
  const { landed } = JSON.parse(state.conservation as string) as Conservation;
  refuseAway(options.data_dir, `has applied frames 0 to ${applier.frame} of it, with ${landed} events`);
  await settled(options, async () => refuseShort(options.data_dir, applier.frame, landed));
  return new StoreAhead(`it has applied frame ${applier.frame}; it is made again of what the log holds`);
}

/** Ordinal of the last frame of the log; -1 when there is none. Rejects with the signal's reason when it aborts. */
async function applyLog(applying: GuardedApplying, { data_dir, signal, onFrame }: DerivedOptions): Promise<number> {
  let last = -1;
  for await (const frame of readFrames(data_dir, { from_frame: Math.max(0, applying.applier.frame) })) {
    const { applier } = applying;
    last = frame.ordinal;
    if (frame.ordinal === applier.frame && !applier.hasApplied(frame))
      throw new Error(`corrupt: frame ${frame.ordinal} that is applied is another than that of the log`);
    if (frame.ordinal <= applier.frame) continue;
    signal?.throwIfAborted();
    await applying.apply(frame);
    onFrame?.(frame);
  }
  return last;
}

/** Work on the log for its owner: what is damaged is set aside and told. */
export function settled<Result>(
  { data_dir, clock, write }: Pick<DerivedOptions, 'data_dir' | 'clock' | 'write'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const tell = ({ file, at, first_frame, next_frame, events, what }: SetAside) => {
    const held = events === null ? 'which held an unknown number of events' : `which held ${events} events`;
    const isParquet = file.endsWith('.parquet');
    const left = isParquet ? 'It is noted' : 'What is left of it is set aside';
    const back = isParquet
      ? ' To have it back: stop, put the file from a backup in its place, remove the note, and rebuild, before the next start writes the file anew without it.'
      : '';
    write(
      `${framesText(first_frame, next_frame)} of the log, ${held}, cannot be read: ${what} (byte ${at} of ${file}). ` +
        `${left} in log/damaged; everything else goes on.${back}`,
    );
  };
  return settingAside(data_dir, () => clock.nowUs(), tell, work);
}

/** Notes that the store was found damaged, for the next start: what is damaged may lie where a start does not look. */
export function noteStoreDamage(data_dir: string, error: unknown): void {
  createDurably(data_dir, basename(noteFile(data_dir)), Buffer.from(`${reasonLine(error)}\n`));
}

/**
 * Puts the store's files under another name. Of stores set aside for one reason the first is kept, and the last: a rebuild
 * that fails and is repeated must not replace the store that was whole by one that was half made.
 */
export function setStoreAside(data_dir: string, suffix: 'damaged' | 'before', write: (line: string) => void): void {
  const path = storePath(data_dir);
  const is_first = !existsSync(`${path}.${suffix}`);
  const ending = is_first ? suffix : `${suffix}.${STORES_SET_ASIDE_MAX}`;
  if (!is_first && existsSync(path)) {
    const [first, last] = [`${basename(path)}.${suffix}`, `${basename(path)}.${ending}`];
    const replaced = existsSync(`${path}.${ending}`) ? `; the one that was ${last} is removed` : '';
    write(
      `an earlier store is kept as ${first}, this one as ${last}${replaced}: ${STORES_SET_ASIDE_MAX} are kept at the most`,
    );
    for (const name of storeFiles(data_dir)) if (name.endsWith(`.${ending}`)) rmSync(join(data_dir, name));
  }
  // Its journal first: a new store must never find that of another.
  const journals = storeFiles(data_dir).filter((name) => name.startsWith(`${basename(path)}.wal`));
  for (const name of [...journals.filter((one) => !IS_SET_ASIDE.test(one)), basename(path)]) {
    const file = join(data_dir, name);
    if (existsSync(file)) renameSync(file, `${file}.${ending}`);
  }
  rmSync(noteFile(data_dir), { force: true });
  syncFolder(data_dir);
}

/** Names of the files of the store, of its journal and of what was set aside of them. */
function storeFiles(data_dir: string): string[] {
  return readdirSync(data_dir).filter((name) => name.startsWith(basename(storePath(data_dir))));
}

/**
 * Notes that bytes of the store may hold what must be nowhere any more: blocks that DuckDB has let go are not wiped. The
 * next start copies the store into a new file.
 */
export function noteStoreUnwiped(data_dir: string): void {
  removeCopies(data_dir);
  createDurably(data_dir, basename(unwipedNote(data_dir)), new Uint8Array());
}

/** Removes the store, and every copy of it that was set aside. */
export function removeStore(data_dir: string): void {
  removeCopies(data_dir);
  for (const file of [`${storePath(data_dir)}.wal`, storePath(data_dir)]) rmSync(file, { force: true });
  syncFolder(data_dir);
}

function removeCopies(data_dir: string): void {
  for (const name of storeFiles(data_dir)) if (IS_SET_ASIDE.test(name)) rmSync(join(data_dir, name));
}

/** The store in a new file; one that cannot be copied goes, and is made from the log. */
async function wipeStore(data_dir: string): Promise<void> {
  const path = storePath(data_dir);
  const copied = `${path}.copied`;
  rmSync(copied, { force: true });
  try {
    await Store.copyFile(path, copied);
    // The journal first: a file must never find that of another. What it held beyond the file is in the log.
    rmSync(`${path}.wal`, { force: true });
    renameSync(copied, path);
  } catch {
    removeStore(data_dir);
    rmSync(copied, { force: true });
  }
  syncFolder(data_dir);
  rmSync(unwipedNote(data_dir), { force: true });
}

function unwipedNote(data_dir: string): string {
  return `${storePath(data_dir)}.unwiped`;
}

function noteFile(data_dir: string): string {
  return `${storePath(data_dir)}.damage-found`;
}

function notedDamage(data_dir: string): string | null {
  return existsSync(noteFile(data_dir)) ? readFileSync(noteFile(data_dir), 'utf8').trim() : null;
}
