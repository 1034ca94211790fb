import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REJECTED_LINE_BYTES_MAX } from '../../../pipelines/land/rejections.js';
import { Landing } from '../../../pipelines/land.js';
import { KeyRing } from '../../../pipelines/privacy/key-ring.js';
import { rejectedKeyOf } from '../../../pipelines/privacy/rejected-keys.js';
import { unseal } from '../../../pipelines/privacy/seal.js';
import { openStoreKeys } from '../../../pipelines/privacy/store-keys.js';
import { readTexts, textOwner } from '../../../pipelines/privacy/text-records.js';
import {
  allFrames,
  chunkOf,
  dataDir,
  eventLine,
  eventsOf,
  landAll,
  landConfig,
  NOW_US,
  rejectedOf,
  rowsOf,
} from '../land/opened-landing.js';

const NUMBER = '+4930901820';
const TEXT = 'My mother is in hospital, i will call you back on Friday';
const OTHER = '+14085557712';

/** Lines in which a number or a text stands wherever one might. */
const LINES: readonly string[] = [
  eventLine('1', 'call.initiated', { call_id: 'c-1', callee: NUMBER, caller_id: '+15559000502' }),
  eventLine('2', 'turn.transcribed', { call_id: 'c-1', turn_id: 't', speaker: 'callee', text: TEXT }),
  eventLine('3', 'call.ended', { call_id: 'c-1', disposition: 'busy', reason: `${NUMBER} is busy` }),
  eventLine('4', 'call.ringing', { call_id: 'c-1', callee: NUMBER, text: TEXT }),
  eventLine('5', 'call.ringing', { call_id: 'c-1', contact: { callee: NUMBER, text: [TEXT], phones: [OTHER] } }),
  eventLine('6', 'call.ringing', { call_id: 'c-1', [OTHER]: 1 }, { callee: NUMBER, text: TEXT, to: `tel:${OTHER}` }),
  eventLine('7', 'call.amd', { call_id: 'c-1', answered_by: `${OTHER}` }),
  eventLine('8', 'message.sent', { message_id: 'm', channel: 'sms', callee: OTHER }),
  eventLine('9', 'directive.acknowledged', {
    directive_id: 'd',
    target: 'all',
    status: 'applied',
    applied_value: OTHER,
  }),
  eventLine('10', 'source.watermark', { callee: NUMBER }, { subject: OTHER }),
  eventLine('20', 'call.initiated', { call_id: 'c-2', callee: OTHER, id_there: Number(OTHER), at: '(408) 555-7712' }),
  eventLine('21', 'call.ended', { call_id: 'c-2', disposition: 'busy', reason: '408 555 7712 is busy', summary: TEXT }),
  eventLine('22', 'call.ringing', { call_id: 'c-2', transcript: [{ words: TEXT }], uri: 'sip:14085557712@trunk' }),
  eventLine('23', 'call.ringing', { call_id: 'c-2' }, { toNumber: '4085557712', link: '?to=%2B14085557712' }),
  // Rejected, for one reason and another.
  eventLine('11', 'call.initiated', { call_id: 'c-1', callee: Number(OTHER), text: TEXT }),
  eventLine('12', 'call.initiated', { call_id: 'c-1', callee: `${NUMBER}x` }),
  eventLine('13', 'turn.transcribed', { call_id: 'c-1', text: TEXT, speaker: TEXT, turn_id: TEXT.repeat(9) }),
  eventLine('14', 'call.ended', { call_id: 'c-1', disposition: 'busy', currency: OTHER, hangup_by: [TEXT] }),
  eventLine('15', OTHER as never, {}),
  eventLine('16', TEXT as never, {}),
  eventLine('17', 'call.ringing', { call_id: 'c-1' }, { time: OTHER }),
  eventLine('18', 'call.ringing', { call_id: 'c-1' }, { subject: OTHER }),
  eventLine('19', 'call.ringing', { call_id: 'c-1', mood: TEXT.repeat(100) }),
  `{"${OTHER}":1,"${OTHER}":2}`,
  `{"callee":"${NUMBER}","text":"${TEXT}"`,
  `[${OTHER.slice(1)}e999,"${TEXT}"]`,
  OTHER,
  TEXT,
  `${TEXT}${'x'.repeat(REJECTED_LINE_BYTES_MAX)}${NUMBER}`,
];

const secretOf = (data_dir: string) => openStoreKeys(new KeyRing(data_dir)).texts;

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** What must stand nowhere: the numbers, and any piece of the text that could not have come from elsewhere. */
const SECRETS = [
  NUMBER.slice(1),
  OTHER.slice(1),
  '4085557712',
  '408 555',
  '(408)',
  'mother',
  'hospital',
  'on Friday',
].flatMap((secret) => [
  Buffer.from(secret),
  Buffer.from(secret, 'utf16le'),
  Buffer.from(Buffer.from(secret).toString('hex')),
]);

function open(data_dir: string, key_seed?: string, text_keep = '30d'): Promise<Landing> {
  return Landing.open({ data_dir, config: landConfig({ text_keep }), clock: { nowUs: () => NOW_US }, key_seed });
}

async function landSecrets(data_dir: string, key_seed?: string, text_keep = '30d') {
  const landing = await open(data_dir, key_seed, text_keep);
  const frames = await landAll(landing, chunkOf(LINES));
  await landing.close();
  return { frames, conservation: landing.conservation, rows: rowsOf(eventsOf(frames).map(({ batch }) => batch)) };
}

describe('a data directory', () => {
  test('holds no number and no text in the clear, in any file', async () => {
    const data_dir = dataDir();
    const { conservation, frames } = await landSecrets(data_dir);
    expect(conservation.landed).toBe(14);
    expect(conservation.rejected).toBe(LINES.length - 14);
    const files = filesUnder(data_dir);
    expect(files.map((file) => file.slice(data_dir.length + 1)).sort()).toEqual([
      'keys/contact_token.key',
      'keys/master.key',
      'keys/rejected.key',
      'keys/rejected/2025-10-14.key',
      'keys/texts.key',
      'keys/texts/2025-11-06.keys',
      'log/00000000.arrow',
      'log/end',
      'summaries/00000000.events',
      'summaries/00000000.summary',
      'texts/2025-11-06.texts',
    ]);
    for (const file of files) {
      const bytes = readFileSync(file);
      for (const secret of SECRETS) expect(bytes.includes(secret), `${secret} in ${file}`).toBe(false);
    }
    // Nor does what is handed on to the store.
    const told = JSON.stringify(
      [rowsOf(eventsOf(frames).map(({ batch }) => batch)), rejectedOf(frames).map(({ sealed_bytes, ...note }) => note)],
      (_, value) => (typeof value === 'bigint' ? String(value) : value),
    );
    for (const secret of SECRETS) expect(told.includes(secret.toString())).toBe(false);
    expect(rejectedOf(frames).filter(({ detail }) => detail.includes('\n'))).toEqual([]);
  });

  test('gives its files to nobody else', async () => {
    const data_dir = dataDir();
    await landSecrets(data_dir);
    for (const file of filesUnder(data_dir)) expect(statSync(file).mode & 0o077, file).toBe(0);
  });

  test('keeps no texts at all when none are wanted', async () => {
    const data_dir = dataDir();
    const { rows } = await landSecrets(data_dir, undefined, '0d');
    expect(readdirSync(data_dir).sort()).toEqual(['keys', 'log', 'summaries']);
    expect(rows.find(({ event_id }) => event_id === '2')).toMatchObject({ text_marks: 1, text_length: TEXT.length });
  });
});

describe('what is landed instead', () => {
  test('of a number is a token: the same for the same number, another in another store', async () => {
    const [first, second] = [dataDir(), dataDir()];
    const tokensOf = async (data_dir: string, key_seed?: string) => {
      const { rows } = await landSecrets(data_dir, key_seed);
      return Object.fromEntries(rows.map(({ event_id, contact_token }) => [event_id, contact_token]));
    };
    const tokens = await tokensOf(first);
    expect(
      Object.entries(tokens)
        .filter(([, token]) => token !== undefined)
        .map(([id]) => id),
    ).toEqual(['1', '8', '20']);
    expect(tokens['1']).not.toBe(tokens['8']);
    const others = await tokensOf(second);
    expect(others['1']).not.toBe(tokens['1']);
    expect(await tokensOf(dataDir(), 'a')).toEqual(await tokensOf(dataDir(), 'a'));
    expect((await tokensOf(dataDir(), 'a'))['1']).not.toBe((await tokensOf(dataDir(), 'b'))['1']);
    // A store finds its contacts again.
    const again = await open(first);
    const frames = await landAll(again, chunkOf([LINES[0]!.replace('"1"', '"new"')], { first_offset: 100 }));
    expect(
      rowsOf(
        eventsOf(frames)
          .slice(-1)
          .map(({ batch }) => ({ ...batch, dictionary_additions: new Map() })),
      )[0]?.contact_token,
    ).toBe(tokens['1']);
    await again.close();
  });

  test('of a text are marks, a length, and which reader gave them', async () => {
    const { rows } = await landSecrets(dataDir());
    const spoken = rows.filter(({ text_marks }) => text_marks !== undefined);
    expect(spoken).toHaveLength(1);
    expect(spoken[0]).toMatchObject({ event_id: '2', text_marks: 1, text_length: TEXT.length });
    expect(spoken[0]!.text_reader).toMatch(/^phrases-[0-9a-f]{8}$/);
  });

  test('of fields beyond the contract is what has no number or text in it', async () => {
    const { rows } = await landSecrets(dataDir());
    const extras = Object.fromEntries(rows.map(({ event_id, extra }) => [event_id, extra]));
    expect(extras['4']).toBeUndefined();
    expect(JSON.parse(extras['5'] as string)).toEqual({ data: { contact: { phones: ['+*'] } } });
    expect(JSON.parse(extras['6'] as string)).toEqual({ to: 'tel:+*', data: { '+*': 1 } });
    expect(rows.find(({ event_id }) => event_id === '3')?.reason).toBe('+* is busy');
  });

  test('of a rejected line can be read under the key of the store, and its hash gives nothing away', async () => {
    const [first, second] = [dataDir(), dataDir()];
    const rejected = rejectedOf((await landSecrets(first)).frames);
    const key = rejectedKeyOf(new KeyRing(first), rejected[0]!.sealed_until!)!;
    const opened = rejected.map(({ sealed_bytes }) => unseal(key, sealed_bytes).toString());
    expect(opened).toEqual(LINES.slice(14).map((line) => line.slice(0, REJECTED_LINE_BYTES_MAX)));
    // Ten digits could be tried out against a hash without a key.
    const elsewhere = rejectedOf((await landSecrets(second)).frames);
    const wrong = rejectedKeyOf(new KeyRing(second), rejected[0]!.sealed_until!)!;
    expect(() => unseal(wrong, rejected[0]!.sealed_bytes)).toThrow();
    expect(elsewhere.map(({ content_hash }) => content_hash)).not.toEqual(
      rejected.map(({ content_hash }) => content_hash),
    );
  });

  test('of a text belongs to the contact of its call, whoever got a message in between', async () => {
    const data_dir = dataDir();
    const landing = await open(data_dir);
    const frames = await landAll(landing, chunkOf([LINES[0]!, LINES[7]!, LINES[1]!]));
    await landing.close();
    const [called, messaged] = rowsOf(eventsOf(frames).map(({ batch }) => batch)).map(
      (row) => row.contact_token as bigint,
    );
    const textsOf = (token: bigint) => [
      ...readTexts(data_dir, textOwner('c', Number(token & 0xffff_ffffn), Number(token >> 32n)), secretOf(data_dir)),
    ];
    expect(textsOf(called!)).toHaveLength(1);
    expect(textsOf(messaged!)).toHaveLength(0);
  });

  test('of a text stands in the vault, by contact, under a key of the contact', async () => {
    const data_dir = dataDir();
    const { rows } = await landSecrets(data_dir);
    const token = rows.find(({ event_id }) => event_id === '1')!.contact_token as bigint;
    const owner = textOwner('c', Number(token & 0xffff_ffffn), Number(token >> 32n));
    expect([...readTexts(data_dir, owner, secretOf(data_dir))].map(({ text }) => text)).toEqual([TEXT]);
    expect(await allFrames(data_dir)).toHaveLength(1);
  });
});
