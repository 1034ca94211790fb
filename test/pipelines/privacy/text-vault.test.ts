import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTexts, textFolder, textKeyFolder, textOwner } from '../../../pipelines/privacy/text-records.js';
import { TextVault } from '../../../pipelines/privacy/text-vault.js';
import { dataDir } from '../land/opened-landing.js';

const SECRET = Buffer.alloc(32, 7);
const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2025-10-07T20:00:00Z');
const ANNA = Uint32Array.of(1, 0xffff_ffff);
const BERT = Uint32Array.of(2, 7);
const ownerOf = (token: Uint32Array) => textOwner('c', token[0]!, token[1]!);

function vaultWith(data_dir: string, keep_ms = 30 * DAY_MS): TextVault {
  const vault = new TextVault(data_dir, keep_ms, SECRET, 1_000);
  vault.callTo(10, 11, ANNA);
  vault.callTo(20, 21, BERT);
  return vault;
}

const texts = (data_dir: string, token: Uint32Array) => [...readTexts(data_dir, ownerOf(token), SECRET)];

describe('the text vault', () => {
  test('gives back the texts of a contact, in order, over days and restarts', () => {
    const data_dir = dataDir();
    for (let day = 0; day < 3; day++) {
      const vault = vaultWith(data_dir);
      vault.keep(10, 11, day * 10, `first of ${day}`);
      vault.keep(20, 21, day * 10, 'of another');
      vault.keep(10, 11, day * 10 + 1, 'zwei\nZeilen – "so" 😀');
      vault.flush(NOW_MS + day * DAY_MS);
      vault.keep(10, 11, day * 10 + 2, 'later');
      vault.flush(NOW_MS + day * DAY_MS);
    }
    expect(texts(data_dir, ANNA)).toEqual(
      [0, 1, 2].flatMap((day) => [
        { at_us: day * 10, text: `first of ${day}` },
        { at_us: day * 10 + 1, text: 'zwei\nZeilen – "so" 😀' },
        { at_us: day * 10 + 2, text: 'later' },
      ]),
    );
    expect(texts(data_dir, BERT)).toHaveLength(3);
  });

  test('gives a text of an unknown contact to the call', () => {
    const data_dir = dataDir();
    const vault = new TextVault(data_dir, DAY_MS, SECRET, 1_000);
    vault.keep(10, 11, 5, 'hello');
    vault.flush(NOW_MS);
    expect([...readTexts(data_dir, textOwner('k', 10, 11), SECRET)]).toEqual([{ at_us: 5, text: 'hello' }]);
  });

  test('forgets a person by destroying every key, in memory and in all files, and no one else', () => {
    const data_dir = dataDir();
    const vault = vaultWith(data_dir);
    for (let day = 0; day < 3; day++) {
      vault.keep(10, 11, day, 'of Anna');
      vault.keep(20, 21, day, 'of Bert');
      vault.flush(NOW_MS + day * DAY_MS);
    }
    const bytes = () => readdirSync(textFolder(data_dir)).map((name) => readFileSync(join(textFolder(data_dir), name)));
    const before = bytes();
    vault.keep(10, 11, 9, 'still to be written');
    expect(vault.forget(new Set([ownerOf(ANNA)]))).toBe(3);
    vault.flush(NOW_MS + 2 * DAY_MS);
    expect(texts(data_dir, ANNA)).toEqual([]);
    expect(texts(data_dir, BERT)).toHaveLength(3);
    // Nothing moves; whose texts they were stands nowhere any more.
    expect(bytes().map(({ length }) => length)).toEqual(before.map(({ length }) => length));
    for (const folder of [textFolder(data_dir), textKeyFolder(data_dir)])
      for (const name of readdirSync(folder))
        expect(readFileSync(join(folder, name)).includes(ownerOf(ANNA))).toBe(false);
    // Whoever calls again begins anew.
    vault.keep(10, 11, 10, 'hello again');
    vault.flush(NOW_MS + 2 * DAY_MS);
    expect(texts(data_dir, ANNA)).toEqual([{ at_us: 10, text: 'hello again' }]);
  });

  test('remembers as many contacts and calls as it may, and forgets a person with all keys drawn meanwhile', () => {
    const data_dir = dataDir();
    const vault = new TextVault(data_dir, DAY_MS, SECRET, 3);
    for (let call = 0; call < 20; call++) {
      vault.callTo(10, 11, ANNA);
      vault.keep(10, 11, call, 'of Anna');
      vault.callTo(call, 99, Uint32Array.of(call, 8));
      vault.keep(call, 99, call, 'of others');
      vault.flush(NOW_MS);
      for (const { filled, max } of vault.fills) expect(filled).toBeLessThanOrEqual(max);
    }
    expect(vault.fills.map(({ queue, max }) => [queue, max])).toEqual([
      ['text_keys', 3],
      ['text_calls', 3],
    ]);
    expect(texts(data_dir, ANNA)).toHaveLength(20);
    expect(vault.forget(new Set([ownerOf(ANNA)]))).toBeGreaterThan(1);
    expect(texts(data_dir, ANNA)).toEqual([]);
  });

  test('ends by date: texts and keys of a day that has passed are gone, at open and while it runs', () => {
    const data_dir = dataDir();
    const vault = vaultWith(data_dir, 2 * DAY_MS);
    vault.keep(10, 11, 1, 'old');
    vault.flush(NOW_MS);
    const names = () => [...readdirSync(textFolder(data_dir)), ...readdirSync(textKeyFolder(data_dir))].sort();
    expect(names()).toEqual(['2025-10-09.keys', '2025-10-09.texts']);
    vault.expire(NOW_MS + 2 * DAY_MS);
    expect(names()).toHaveLength(2);
    new TextVault(data_dir, 0, SECRET, 1_000).expire(NOW_MS + 3 * DAY_MS);
    expect(names()).toEqual([]);
    vault.keep(10, 11, 2, 'newer');
    vault.flush(NOW_MS + DAY_MS);
    vault.keep(10, 11, 3, 'newest');
    vault.flush(NOW_MS + 4 * DAY_MS);
    expect(names()).toEqual(['2025-10-13.keys', '2025-10-13.texts']);
    expect(texts(data_dir, ANNA)).toEqual([{ at_us: 3, text: 'newest' }]);
  });

  test('writes on after a crash that cut a record short', () => {
    const data_dir = dataDir();
    const vault = vaultWith(data_dir);
    vault.keep(10, 11, 1, 'whole');
    vault.flush(NOW_MS);
    const file = join(textFolder(data_dir), '2025-11-06.texts');
    const whole = statSync(file).size;
    for (const cut of [1, 5, 20, 21, 30]) {
      const again = vaultWith(data_dir);
      again.keep(10, 11, 2, 'torn');
      again.flush(NOW_MS);
      truncateSync(file, whole + cut);
      appendFileSync(join(textKeyFolder(data_dir), '2025-11-06.keys'), 'half of a key');
    }
    const last = vaultWith(data_dir);
    last.keep(10, 11, 3, 'after');
    last.flush(NOW_MS);
    expect(texts(data_dir, ANNA).map(({ text }) => text)).toEqual(['whole', 'after']);
  });

  test('is bounded: what waits is counted, and is nothing after a flush', () => {
    const data_dir = dataDir();
    const vault = vaultWith(data_dir);
    expect(vault.pending_bytes).toBe(0);
    vault.keep(10, 11, 1, 'x'.repeat(1_000));
    expect(vault.pending_bytes).toBeGreaterThan(1_000);
    vault.flush(NOW_MS);
    expect(vault.pending_bytes).toBe(0);
  });

  test('makes no file before there is a text', () => {
    const data_dir = dataDir();
    vaultWith(data_dir).flush(NOW_MS);
    expect(existsSync(textFolder(data_dir))).toBe(false);
  });
});
