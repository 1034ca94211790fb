import { maskNumber, maskNumbers } from './mask-numbers.js';

/** Names under which senders give a callee's number or a text: fields beyond the contract that bear one are not kept. */
export const WITHHELD_NAMES = [
  'callee',
  'callee_number',
  'called',
  'called_number',
  'customer_number',
  'dialed_number',
  'dialled_number',
  'dnis',
  'msisdn',
  'phone',
  'phone_number',
  'to_number',
  'body',
  'content',
  'summary',
  'text',
  'transcript',
  'transcript_object',
  'transcription',
  'transcripts',
  'utterance',
  'utterances',
] as const;

const SPELT_PLAINLY: ReadonlySet<string> = new Set(WITHHELD_NAMES.map(spelt));

/** Whether a name is one of them, in whatever spelling: `phone_number`, `phoneNumber`, `Phone-Number`. */
export function isWithheld(name: string): boolean {
  return SPELT_PLAINLY.has(spelt(name));
}

function spelt(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z]/g, '');
}

/**
 * A JSON value without what stands under such a name, at whatever depth, and with numbers masked where they can be told:
 * in names, in texts, and the event's own callee also where it stands as a number. Of two names that are the same once
 * they are masked the last stands.
 * @param callee E.164; null where the event names none
 */
export function withoutPersons(value: unknown, callee: string | null): unknown {
  const masked = (text: string) => (callee === null ? maskNumbers(text) : maskNumber(maskNumbers(text), callee));
  const without = (one: unknown): unknown => {
    if (typeof one === 'string') return masked(one);
    if (typeof one === 'number')
      return callee === null || masked(String(one)) === String(one) ? one : masked(String(one));
    if (Array.isArray(one)) return one.map(without);
    if (one === null || typeof one !== 'object') return one;
    const kept = Object.entries(one).filter(([name]) => !isWithheld(name));
    return Object.fromEntries(kept.map(([name, part]) => [masked(name), without(part)]));
  };
  return without(value);
}
