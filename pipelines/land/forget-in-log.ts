import { randomFillSync } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createDurably, makeFolder, syncFolder } from '../durable-files.js';
import { refuseOther } from '../open-regular.js';
import { ContactTokens } from '../privacy/contact-tokens.js';
import { type KeyRing, keyFolder } from '../privacy/key-ring.js';
import { seal, unseal } from '../privacy/seal.js';
import { textOwner } from '../privacy/text-records.js';
import { forgetTexts } from '../privacy/text-vault.js';
import { mendTwins } from './archive-twins.js';
import { draftBlanked, findInArchive } from './blank-archive.js';
import { type BlankedLog, Blanking, blankFrames, filesOfFrames } from './blank-contact.js';
import type { ForgottenContact } from './forgotten-contact.js';
import { replaceArchived, wordsOf } from './rewrite-archived.js';

/**
 * To forget a person: the keys of their texts are destroyed, and their token becomes a random stand-in wherever it stands.
 *
 * 1. They are looked for in log and archive, and nothing is changed; files of the log are copied without them.
 * 2. What was found is noted, sealed: who they are, and whose texts are theirs.
 * 3. Log and store are blanked, and the keys of texts destroyed; that is noted too.
 * 4. The segments of the archive that hold them are written anew, one after the other.
 *
 * A start that finds the note goes on with what it says is left.
 */

/** What was blanked of a person. */
export interface ForgottenPerson extends BlankedLog {
  readonly contact: ForgottenContact;
  readonly text_keys: number;
}

/** Runs work on the log for its owner: what it finds damaged is set aside, and it is run again. */
export type Settled = <Result>(work: () => Promise<Result>) => Promise<Result>;

const noteSchema = z.strictObject({
  callee: z.string(),
  stand_in: z.tuple([z.number().int(), z.number().int()]),
  /** Calls of the person, as owners of texts, found before the first token went. */
  calls: z.array(z.string()).default([]),
  /** The last frame that may hold them: log and store are blanked up to it, and the archive is left. Null before that. */
  blanked_frame: z.number().int().nullable().default(null),
});
const NOTE = 'forgetting.note';

/** A person who is half forgotten. */
export interface HalfForgotten {
  readonly blanking: Blanking;
  /** Ordinal of the frame up to which log and store are blanked, and the archive is left; null when nothing is sure to be. */
  readonly blanked_frame: number | null;
}

export function isHalfForgotten(data_dir: string): boolean {
  return existsSync(join(keyFolder(data_dir), NOTE));
}

/** Who is to be forgotten, with a stand-in of their own. */
export function toForget(ring: KeyRing, person: Pick<ForgottenContact, 'callee' | 'token'>): Blanking {
  return new Blanking({ ...person, stand_in: randomFillSync(new Uint32Array(2)) }, ring);
}

/** Whoever keeps texts, and the keys of a data directory. */
export interface TextKeeping {
  readonly ring: KeyRing;
  /** Destroys the keys of texts, by owner; gives how many. */
  forgetTexts(owners: ReadonlySet<string>): number;
}

/**
 * Takes a person who was looked for out of log and texts, after what was found is noted. The caller owns the log and has no
 * file of it open for writing.
 * @param searched files of frames in which they were looked for
 * @returns how many keys of texts were destroyed
 */
export async function blankInLog(
  data_dir: string,
  texts: TextKeeping,
  blanking: Blanking,
  searched: ReadonlySet<string>,
): Promise<number> {
  for (const file of filesOfFrames(data_dir)) if (!searched.has(file)) await blanking.find(file);
  writeNote(data_dir, texts.ring, blanking, null);
  blankFrames(data_dir, blanking);
  const [low, high] = blanking.contact.token;
  return texts.forgetTexts(blanking.takeNewCalls().add(textOwner('c', low!, high!)));
}

/** Notes that log and store are blanked, up to a frame: the archive is left. Durable when it returns. */
export function noteBlanked(data_dir: string, ring: KeyRing, blanking: Blanking, frame: number): void {
  writeNote(data_dir, ring, blanking, frame);
}

export function endForgetting(data_dir: string): void {
  rmSync(join(keyFolder(data_dir), NOTE));
  syncFolder(keyFolder(data_dir));
}

/** Who is half forgotten; null when nobody is. */
export function halfForgotten(data_dir: string, ring: KeyRing): HalfForgotten | null {
  if (!isHalfForgotten(data_dir)) return null;
  const sealed = readFileSync(refuseOther(join(keyFolder(data_dir), NOTE)));
  const note = noteSchema.parse(JSON.parse(unseal(noteKey(ring), sealed).toString()));
  const token = new ContactTokens(ring.key('contact_token')).token(note.callee);
  const blanking = new Blanking({ callee: note.callee, token, stand_in: Uint32Array.from(note.stand_in) }, ring);
  for (const call of note.calls) blanking.calls.add(call);
  // The keys of their texts are destroyed already: what is kept by now is of somebody new.
  if (note.blanked_frame !== null) blanking.takeNewCalls();
  return { blanking, blanked_frame: note.blanked_frame };
}

/**
 * Ends, in log and texts, what was cut short before log and store were blanked; nothing of the log is open. What was noted
 * and what is found now count together: part of it may be blanked already.
 * @throws PlumblineError LOG_FRAME_DAMAGED
 */
export async function finishInLog(
  data_dir: string,
  ring: KeyRing,
  blanking: Blanking,
  settled: Settled,
  now_ms: number,
): Promise<void> {
  mendTwins(data_dir, 0);
  await findInArchive(data_dir, blanking);
  await blankInLog(data_dir, closedTexts(data_dir, ring, now_ms), blanking, new Set());
  await finishInArchive(data_dir, ring, { blanking, blanked_frame: null }, settled, now_ms);
}

/** Writes anew what is left of the archive that holds a person. @throws PlumblineError LOG_FRAME_DAMAGED */
export async function finishInArchive(
  data_dir: string,
  ring: KeyRing,
  { blanking, blanked_frame }: HalfForgotten,
  settled: Settled,
  now_ms: number,
): Promise<void> {
  const named = await findInArchive(data_dir, blanking, { until_frame: blanked_frame });
  if (named.length === 0) return;
  const words = await settled(async () => wordsOf(data_dir));
  for (const heads_file of named) {
    const draft = await settled(() => draftBlanked(data_dir, heads_file, words, blanking));
    placeBlanked(data_dir, closedTexts(data_dir, ring, now_ms), blanking, draft);
  }
}

/**
 * Puts an archived segment without a person in its place. Calls that only it has told of, for a query could not read its
 * files, lose the keys of their texts first; gives how many.
 */
export function placeBlanked(data_dir: string, texts: TextKeeping, blanking: Blanking, draft_heads: string): number {
  const calls = blanking.takeNewCalls();
  const text_keys = calls.size > 0 ? texts.forgetTexts(calls) : 0;
  replaceArchived(data_dir, draft_heads);
  return text_keys;
}

/** Texts of a data directory that nobody has open. */
function closedTexts(data_dir: string, ring: KeyRing, now_ms: number): TextKeeping {
  return { ring, forgetTexts: (owners) => forgetTexts(data_dir, ring.key('texts'), owners, now_ms) };
}

function writeNote(data_dir: string, ring: KeyRing, { contact, calls }: Blanking, blanked_frame: number | null): void {
  const { callee, stand_in } = contact;
  const note: z.infer<typeof noteSchema> = {
    callee,
    stand_in: [stand_in[0]!, stand_in[1]!],
    calls: [...calls],
    blanked_frame,
  };
  // Where keys follow from a seed, none lie there.
  makeFolder(keyFolder(data_dir));
  createDurably(keyFolder(data_dir), NOTE, seal(noteKey(ring), Buffer.from(JSON.stringify(note))));
}

function noteKey(ring: KeyRing): Buffer {
  return ring.key('rejected');
}
