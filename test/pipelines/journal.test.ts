import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../contracts/directive.js';
import {
  canonicalJson,
  JOURNAL_START,
  type JournalDraft,
  journalEntry,
  verifyJournal,
} from '../../pipelines/journal.js';

function chain(drafts: readonly JournalDraft[]): JournalEntry[] {
  let head = JOURNAL_START;
  return drafts.map((draft) => {
    const entry = journalEntry(head, draft);
    head = { ordinal: entry.ordinal, hash: entry.hash };
    return entry;
  });
}

const draft = fc.record({
  at_us: fc.nat(),
  kind: fc.constantFrom('episode_opened' as const, 'directive_issued' as const, 'policy_changed' as const),
  subject: fc.string(),
  body: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
});
const entries = fc.array(draft, { minLength: 1, maxLength: 12 }).map(chain);
const entriesAndPlace = entries.chain((all) => fc.tuple(fc.constant(all), fc.nat(all.length - 1)));

const FIELDS: readonly ((entry: JournalEntry) => JournalEntry)[] = [
  (entry) => ({ ...entry, at_us: entry.at_us + 1 }),
  (entry) => ({ ...entry, kind: 'directive_withheld' }),
  (entry) => ({ ...entry, subject: `${entry.subject}x` }),
  (entry) => ({ ...entry, body: `${entry.body} ` }),
  (entry) => ({ ...entry, hash: entry.hash.startsWith('0') ? `1${entry.hash.slice(1)}` : `0${entry.hash.slice(1)}` }),
];

describe('the journal', () => {
  it('verifies as it was written, from the start or from any head in it', () => {
    fc.assert(
      fc.property(entriesAndPlace, ([all, at]) => {
        const { ordinal, hash } = all.at(-1)!;
        const head = { ordinal, hash };
        expect(verifyJournal(all)).toEqual({ is_intact: true, head });
        expect(verifyJournal(all.slice(at + 1), all[at], head)).toEqual({ is_intact: true, head });
      }),
    );
  });

  it('is a fixed text: the first entry has the hash that sha256sum gives for it', () => {
    const entry = journalEntry(JOURNAL_START, {
      at_us: 1,
      kind: 'policy_changed',
      subject: 'p1',
      body: { b: 1, a: 'x' },
    });
    expect(entry).toEqual({
      ordinal: 1,
      at_us: 1,
      kind: 'policy_changed',
      subject: 'p1',
      body: '{"a":"x","b":1}',
      hash: 'fdfddef67fc0fd84622bf6b235a431694d8c9b2c307143248a6db285a82dff2f',
    });
  });

  it('names the first bad entry when a field of one was edited', () => {
    fc.assert(
      fc.property(entriesAndPlace, fc.constantFrom(...FIELDS), ([all, at], edit) => {
        const edited = all.map((entry, index) => (index === at ? edit(entry) : entry));
        expect(verifyJournal(edited)).toMatchObject({ is_intact: false, ordinal: at + 1 });
      }),
    );
  });

  it('names the place of an entry that was taken out, doubled or swapped with the next', () => {
    fc.assert(
      fc.property(entriesAndPlace, ([all, at]) => {
        if (at + 1 < all.length) {
          expect(verifyJournal(all.toSpliced(at, 1))).toMatchObject({ is_intact: false, ordinal: at + 1 });
          const swapped = all.toSpliced(at, 2, all[at + 1]!, all[at]!);
          expect(verifyJournal(swapped)).toMatchObject({ is_intact: false, ordinal: at + 1 });
        }
        expect(verifyJournal(all.toSpliced(at, 0, all[at]!))).toMatchObject({ is_intact: false, ordinal: at + 2 });
      }),
    );
  });

  it('finds a cut-off tail and a rewritten chain only against a head that was kept elsewhere', () => {
    fc.assert(
      fc.property(entriesAndPlace, ([all, at]) => {
        const { ordinal, hash } = all.at(-1)!;
        const cut = all.slice(0, at);
        expect(verifyJournal(cut)).toMatchObject({ is_intact: true });
        expect(verifyJournal(cut, JOURNAL_START, { ordinal, hash })).toMatchObject({
          is_intact: false,
          ordinal: at + 1,
        });
        const rewritten = chain(all.map((entry) => ({ ...entry, subject: 'other', body: {} })));
        expect(verifyJournal(rewritten, JOURNAL_START, { ordinal, hash })).toMatchObject({ is_intact: false, ordinal });
      }),
    );
  });
});

describe('canonical JSON', () => {
  it('is one text for one value, whatever the order of the keys, and reads back as the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });
  it('leaves out what is undefined, and writes null for a number that is not finite', () => {
    expect(canonicalJson({ b: undefined, a: [Number.NaN, undefined, -0] })).toBe('{"a":[null,null,0]}');
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  const turned = Object.entries(value).reverse();
  return Object.fromEntries(turned.map(([key, field]) => [key, reversed(field)]));
}
