import { createHash } from 'node:crypto';
import type { JournalEntry } from '../contracts/directive.js';

/**
 * The journal: a hash-chained record of everything decided. `hash` of an entry is SHA-256, in lower-case hex, over the
 * previous hash and the canonical JSON of the entry without its hash. Entries carry event time only, so the same log
 * gives the same chain.
 *
 * The chain shows an edited, inserted, removed or reordered entry. It cannot show a cut-off tail or a chain that was
 * rewritten from the start: for that the head must also be kept in another place and be given to `verifyJournal`.
 */

/** Where the chain stands: plain JSON, kept with the state of whoever appends. */
export interface JournalHead {
  /** Ordinal of the last entry; 0 before the first. */
  readonly ordinal: number;
  readonly hash: string;
}

/** What happened, before it has a place in the chain. */
export interface JournalDraft {
  /** Event time, microseconds since 1970, UTC. */
  readonly at_us: number;
  readonly kind: JournalEntry['kind'];
  /** Id of the episode, directive or version that the entry is about. */
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export const JOURNAL_START: JournalHead = { ordinal: 0, hash: '0'.repeat(64) };

/** The next entry after `head`; its ordinal and hash are the new head. */
export function journalEntry(head: JournalHead, draft: JournalDraft): JournalEntry {
  const parts = {
    ordinal: head.ordinal + 1,
    at_us: draft.at_us,
    kind: draft.kind,
    subject: draft.subject,
    body: canonicalJson(draft.body),
  };
  return { ...parts, hash: chainHash(head.hash, parts) };
}

export type JournalVerification =
  | { readonly is_intact: true; readonly head: JournalHead }
  /** `ordinal` is the first place at which the chain is not what it was when it was written. */
  | { readonly is_intact: false; readonly ordinal: number; readonly reason: string };

/**
 * Walks a run of entries and names the first bad one.
 *
 * @param entries in order, beginning right after `from`
 * @param from the head before the first entry; default: the start of the chain
 * @param expected the head as it is known from another place; with it a cut-off tail is found too
 */
export function verifyJournal(
  entries: Iterable<JournalEntry>,
  from: JournalHead = JOURNAL_START,
  expected?: JournalHead,
): JournalVerification {
  let { ordinal, hash } = from;
  for (const entry of entries) {
    ordinal += 1;
    if (entry.ordinal !== ordinal)
      return { is_intact: false, ordinal, reason: `entry ${entry.ordinal} stands where entry ${ordinal} belongs` };
    if (entry.hash !== chainHash(hash, entry))
      return { is_intact: false, ordinal, reason: `the hash of entry ${ordinal} does not follow from its content` };
    hash = entry.hash;
  }
  if (expected !== undefined && ordinal < expected.ordinal)
    return {
      is_intact: false,
      ordinal: ordinal + 1,
      reason: `entries ${ordinal + 1} to ${expected.ordinal} are missing`,
    };
  if (expected !== undefined && ordinal === expected.ordinal && hash !== expected.hash)
    return { is_intact: false, ordinal, reason: `the head at entry ${ordinal} is not the one that is expected` };
  return { is_intact: true, head: { ordinal, hash } };
}

function chainHash(previous: string, entry: Omit<JournalEntry, 'hash'>): string {
  const { ordinal, at_us, kind, subject, body } = entry;
  return createHash('sha256')
    .update(`${previous}\n${canonicalJson({ ordinal, at_us, kind, subject, body })}`)
    .digest('hex');
}

/**
 * JSON with the keys of every object in code-unit order and no white space: one text for one value. As in
 * `JSON.stringify`, keys whose value is undefined are left out and a number that is not finite is null.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
}
