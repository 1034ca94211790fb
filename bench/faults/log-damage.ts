import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../contracts/clock.js';
import { configSchema } from '../../contracts/config.js';
import { settled } from '../../pipelines/derived-store.js';
import { archiveDue } from '../../pipelines/land/archive-due.js';
import { archiveFolder } from '../../pipelines/land/archive-files.js';
import { draftArchive, placeDraft, removeSegment } from '../../pipelines/land/archive-segment.js';
import { SetAsideFrames } from '../../pipelines/land/damage.js';
import { finishArchiving } from '../../pipelines/land/finish-archiving.js';
import { wordsOf } from '../../pipelines/land/rewrite-archived.js';
import { logFolder } from '../../pipelines/land/segment-files.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { type LandedFrame, Landing, readFrames } from '../../pipelines/land.js';
import { type Damage, type DamageTask, damageAt, damageText, seededDamages } from './damages.js';

/**
 * Damages a log in every place and asks: is it found, and is what is read what was written? One damage at a time, to a
 * copy of a log of several closed files and one that was left open.
 */

export interface LogDamageReport {
  /** Damages that were tried. */
  readonly log: number;
  /** Those that nothing told of, each with what would replay it. */
  readonly undetected: readonly string[];
}

const EVENTS = 360;
const EVENTS_PER_FRAME = 30;
const FRAMES_PER_FILE = 4;
const clock: Clock = { nowUs: () => Date.parse('2025-12-01T00:00:00Z') * 1000 };
const land = {
  ...configSchema.parse({ version: 1 }).land,
  batch_rows_max: EVENTS_PER_FRAME,
  duplicate_entries_max: 4_096,
  segment_bytes_max: 1_048_576,
};

export interface LogDamageTask extends DamageTask {
  /** Whether the closed files are archived, and it is the archive that is damaged. */
  readonly is_archived?: boolean;
  /** Tried before those that are drawn. */
  readonly chosen?: readonly Damage[];
}

export async function damageLog({
  folder,
  lines,
  is_archived = false,
  chosen = [],
  ...drawn
}: LogDamageTask): Promise<LogDamageReport> {
  if (drawn.damages === 0) return { log: 0, undetected: [] };
  const original = join(folder, 'original');
  await writeLog(original, lines.slice(0, EVENTS));
  if (is_archived) await archiveAll(original);
  const damaged_folder = is_archived ? archiveFolder : logFolder;
  const frames = await framesOf(original);
  const files = readdirSync(damaged_folder(original), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ name: relative(damaged_folder(original), file), bytes: readFileSync(file) }));
  const undetected: string[] = [];
  for (const damage of [...chosen, ...seededDamages(files, drawn)]) {
    const copy = join(folder, 'copy');
    const file = files.find(({ name }) => name === damage.file)!;
    cpSync(original, copy, { recursive: true });
    writeFileSync(join(damaged_folder(copy), file.name), damageAt(file.bytes, damage));
    const missed = await missedIn(copy, frames);
    if (missed !== null) undetected.push(`${damageText(damage)}: ${missed}`);
    rmSync(copy, { recursive: true });
  }
  return { log: chosen.length + drawn.damages, undetected };
}

/** What several parts have found. */
export function allLogDamages(parts: readonly LogDamageReport[]): LogDamageReport {
  return {
    log: parts.reduce((total, { log }) => total + log, 0),
    undetected: parts.flatMap(({ undetected }) => undetected),
  };
}

/** Closed files, then one as a process leaves it that ends at once. */
async function writeLog(data_dir: string, lines: readonly string[]): Promise<void> {
  const lines_per_file = EVENTS_PER_FRAME * FRAMES_PER_FILE;
  for (let from = 0; from < lines.length; from += lines_per_file) {
    const landing = await Landing.open(sampleLandOptions(data_dir));
    const bytes = Buffer.from(`${lines.slice(from, from + lines_per_file).join('\n')}\nno event\n`);
    for await (const _ of landing.land({ input: 'a', partition: 'a', first_offset: from + 1, bytes }));
    await landing.flush();
    await landing.control({ kind: 'baseline_refresh', as_of_us: from });
    const isLast = from + lines_per_file >= lines.length;
    const open = readdirSync(logFolder(data_dir)).filter((name) => name.endsWith('.arrow'));
    const last = join(logFolder(data_dir), open.sort().at(-1)!);
    if (isLast) copyFileSync(last, `${last}.open`);
    await landing.close();
    if (isLast) {
      copyFileSync(`${last}.open`, last);
      rmSync(`${last}.open`);
    }
  }
}

/** The same log, of the first of some lines; gives these as they came. */
export async function writeSampleLog(data_dir: string, lines: readonly string[]): Promise<Buffer> {
  await writeLog(data_dir, lines.slice(0, EVENTS));
  return Buffer.from(`${lines.slice(0, EVENTS).join('\n')}\n`);
}

/** As that log is opened. */
export function sampleLandOptions(data_dir: string) {
  return { data_dir, config: land, clock, key_seed: 'test' };
}

/** The closed files, as a running instance would archive them. */
async function archiveAll(data_dir: string): Promise<void> {
  const words = wordsOf(data_dir);
  for (let due = archiveDue(data_dir, null); due !== null; due = archiveDue(data_dir, null)) {
    placeDraft(data_dir, await draftArchive(data_dir, due.file, words, new AbortController().signal));
    removeSegment(data_dir, due.file);
  }
}

async function framesOf(data_dir: string): Promise<LandedFrame[]> {
  const frames: LandedFrame[] = [];
  for await (const frame of readFrames(data_dir, { from_frame: 0 })) frames.push(frame);
  return frames;
}

/** What was missed of a damage; null when it was found, or does no harm and was told. */
async function missedIn(data_dir: string, original: readonly LandedFrame[]): Promise<string | null> {
  const verified = verifyLog(data_dir);
  if (verified.is_whole) return 'log verify finds nothing';
  const read = await framesOf(data_dir).catch((error: { code?: string }) => error.code ?? 'an error without a code');
  if (typeof read === 'string') {
    if (read !== 'LOG_FRAME_DAMAGED') return `reading fails with ${read}`;
  } else if (!isDeepStrictEqual(read, original))
    return `${read.length} of ${original.length} frames are read in silence`;
  return afterOpening(data_dir, original);
}

/** The owner opens the log: what it reads then is what was written, less what it has told to be set aside. */
async function afterOpening(data_dir: string, original: readonly LandedFrame[]): Promise<string | null> {
  const told: string[] = [];
  const options = { data_dir, clock, write: (line: string) => void told.push(line) };
  const landing = await settled(options, async () => {
    await finishArchiving(data_dir);
    for await (const _ of readFrames(data_dir, { from_frame: 0 }));
    return Landing.open(sampleLandOptions(data_dir));
  });
  await landing.close();
  const set_aside = SetAsideFrames.of(data_dir);
  if (told.length !== set_aside.records.length) return 'what was set aside is not told';
  const left = await framesOf(data_dir);
  const expected = original.filter(({ ordinal }) => !set_aside.has(ordinal));
  const kept = left.filter(({ ordinal }) => !set_aside.has(ordinal));
  const same = (one: LandedFrame, other: LandedFrame | undefined) =>
    one.ordinal === other?.ordinal &&
    (one.kind === 'control' || other.kind === 'control'
      ? isDeepStrictEqual(one, other)
      : isDeepStrictEqual(one.batch.columns, other.batch.columns) && isDeepStrictEqual(one.rejected, other.rejected));
  if (kept.length !== expected.length || !kept.every((frame, at) => same(frame, expected[at])))
    return `after opening, ${kept.length} frames are read where ${expected.length} are expected`;
  // Spare bytes are no part of what is read: they are told of, and stay as they are.
  if (told.length > 0 && !verifyLog(data_dir).is_whole) return 'after opening, log verify still finds damage';
  return null;
}
