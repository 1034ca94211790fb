import { randomFillSync } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '../../contracts/errors.js';
import { createDurably, syncFolder } from '../durable-files.js';
import { ContactTokens } from '../privacy/contact-tokens.js';
import { type KeyRing, keyFolder } from '../privacy/key-ring.js';
import { seal, unseal } from '../privacy/seal.js';
import { destroyTextKeys, textOwner } from '../privacy/text-records.js';
import { type BlankedLog, Blanking, blankContact } from './blank-contact.js';
import type { ForgottenContact } from './forgotten-contact.js';

/**
 * To forget a person: the key of their texts is destroyed, and their token becomes a random stand-in wherever it stands.
 * What is done is noted first, sealed, so that a start after a crash ends it.
 */

/** What was blanked of a person. */
export interface ForgottenPerson extends BlankedLog {
  readonly contact: ForgottenContact;
  readonly text_keys: number;
}

/** Runs work on the log for its owner: what it finds damaged is set aside, and it is run again. */
export type Settled = <Result>(work: () => Promise<Result>) => Promise<Result>;

const noteSchema = z.strictObject({ callee: z.string(), stand_in: z.tuple([z.number().int(), z.number().int()]) });
const NOTE = 'forgetting.note';

/**
 * @param forgetTexts destroys the text keys of owners; gives how many
 * @param settled what is damaged of the archive cannot be blanked: it is given up
 */
export async function forgetPerson(
  data_dir: string,
  ring: KeyRing,
  { callee, token }: Pick<ForgottenContact, 'callee' | 'token'>,
  forgetTexts: (owners: ReadonlySet<string>) => number,
  settled: Settled,
): Promise<ForgottenPerson> {
  if (existsSync(join(keyFolder(data_dir), NOTE)))
    throw new PlumblineError('DATA_DIRECTORY_INVALID', 'a person is only half forgotten: that was cut short', {
      detail: join(keyFolder(data_dir), NOTE),
      hint: 'Start Plumbline on this data directory again: a start ends it. Then forget the next one.',
    });
  const stand_in = randomFillSync(new Uint32Array(2));
  const note = JSON.stringify({ callee, stand_in: [stand_in[0]!, stand_in[1]!] } satisfies z.infer<typeof noteSchema>);
  createDurably(keyFolder(data_dir), NOTE, seal(noteKey(ring), Buffer.from(note)));
  return await blanked(data_dir, ring, { callee, token, stand_in }, forgetTexts, settled);
}

/** Ends, in the log, what a crash has cut short; false when nothing was. */
export async function resumeInLog(data_dir: string, ring: KeyRing, settled: Settled): Promise<boolean> {
  const file = join(keyFolder(data_dir), NOTE);
  if (!existsSync(file)) return false;
  const { callee, stand_in } = noteSchema.parse(JSON.parse(unseal(noteKey(ring), readFileSync(file)).toString()));
  const token = new ContactTokens(ring.key('contact_token')).token(callee);
  const contact = { callee, token, stand_in: Uint32Array.from(stand_in) };
  await blanked(data_dir, ring, contact, (owners) => destroyTextKeys(data_dir, owners), settled);
  return true;
}

async function blanked(
  data_dir: string,
  ring: KeyRing,
  contact: ForgottenContact,
  forgetTexts: (owners: ReadonlySet<string>) => number,
  settled: Settled,
): Promise<ForgottenPerson> {
  const blanking = new Blanking(contact, ring);
  const log = await settled(() => blankContact(data_dir, blanking));
  const owners = new Set(log.calls.map(([low, high]) => textOwner('k', low, high)));
  owners.add(textOwner('c', contact.token[0]!, contact.token[1]!));
  const { events, calls, rejected } = log;
  return { events, calls, rejected, contact, text_keys: forgetTexts(owners) };
}

export function endForgetting(data_dir: string): void {
  rmSync(join(keyFolder(data_dir), NOTE));
  syncFolder(keyFolder(data_dir));
}

function noteKey(ring: KeyRing): Buffer {
  return ring.key('rejected');
}
