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
    expect(vault.forget(new Set([ownerOf(ANNA)]), NOW_MS)).toBe(3);
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
      ['withheld_calls', 3],
    ]);
    expect(texts(data_dir, ANNA)).toHaveLength(20);
    expect(vault.forget(new Set([ownerOf(ANNA)]), NOW_MS)).toBeGreaterThan(1);
    expect(texts(data_dir, ANNA)).toEqual([]);
  });

  test('keeps nothing more of a call of somebody forgotten, over restarts, for thirty days; the file does not say which it was', () => {
    const data_dir = dataDir();
    const [anna, call] = [Uint32Array.of(0x1234_5678, 0x9abc_def0), [0x0102_0304, 0xfffe_fdfc] as const];
    const owner = textOwner('k', ...call);
    const open = () => new TextVault(data_dir, 60 * DAY_MS, SECRET, 2);
    const said = (vault: TextVault, text: string, now_ms = NOW_MS) => {
      vault.keep(...call, 1, text);
      vault.flush(now_ms);
      return [...readTexts(data_dir, owner, SECRET)].map((one) => one.text);
    };
    const vault = open();
    vault.callTo(...call, anna);
    vault.forget(new Set([ownerOf(anna), owner]), NOW_MS);
    expect(said(vault, 'by the same process')).toEqual([]);
    expect(said(open(), 'after a restart')).toEqual([]);
    const folder = join(data_dir, 'keys', 'withheld');
    expect(readdirSync(folder)).toEqual(['2025-11-06.calls']);
    const file = join(folder, '2025-11-06.calls');
    expect(readFileSync(file)).toHaveLength(6);
    for (const bytes of [anna, Uint32Array.of(...call)].map((halves) => Buffer.from(halves.buffer)))
      for (const part of [bytes.subarray(0, 4), bytes.subarray(4)])
        expect(readFileSync(file).includes(part)).toBe(false);
    // What a crash cut short is taken away, and what is noted next stands whole.
    appendFileSync(file, Buffer.alloc(4));
    open().forget(new Set([textOwner('k', 7, 7)]), NOW_MS);
    expect(readFileSync(file)).toHaveLength(12);
    expect(said(open(), 'still')).toEqual([]);
    // As many as may be remembered: of the oldest texts are kept again.
    const full = open();
    full.forget(new Set([textOwner('k', 8, 8)]), NOW_MS);
    expect(full.fills.at(-1)).toEqual({ queue: 'withheld_calls', filled: 2, max: 2 });
    expect(said(full, 'one too many')).toEqual(['one too many']);
    open().expire(NOW_MS + 30 * DAY_MS);
    expect(existsSync(file)).toBe(true);
    open().expire(NOW_MS + 31 * DAY_MS);
    expect(existsSync(file)).toBe(false);
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
    const told: string[] = [];
    const last = new TextVault(data_dir, 30 * DAY_MS, SECRET, 1_000, (line) => told.push(line));
    last.callTo(10, 11, ANNA);
    last.keep(10, 11, 3, 'after');
    last.flush(NOW_MS);
    expect(told).toEqual([
      expect.stringContaining('the last 13 bytes of'),
      expect.stringMatching(/the last 30 bytes of ".*2025-11-06.texts" are cut off/),
    ]);
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
