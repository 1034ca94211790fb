import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Landing } from '../../../pipelines/land.js';
import { ContactTokens } from '../../../pipelines/privacy/contact-tokens.js';
import { KeyRing } from '../../../pipelines/privacy/key-ring.js';
import { seal, unseal } from '../../../pipelines/privacy/seal.js';
import { openStoreKeys } from '../../../pipelines/privacy/store-keys.js';
import { chunkOf, dataDir, eventLine, landAll, landConfig, NOW_US } from '../land/opened-landing.js';

describe('the keys of a store', () => {
  test('are drawn once, kept for the owner alone, and found again', () => {
    const data_dir = dataDir();
    const keys = openStoreKeys(new KeyRing(data_dir));
    expect(openStoreKeys(new KeyRing(data_dir))).toEqual(keys);
    expect(keys.contact_token).toHaveLength(32);
    expect(keys.contact_token.equals(keys.rejected)).toBe(false);
    expect(openStoreKeys(new KeyRing(dataDir())).contact_token.equals(keys.contact_token)).toBe(false);
    const folder = join(data_dir, 'keys');
    expect(readdirSync(folder).sort()).toEqual(['contact_token.key', 'master.key', 'rejected.key', 'texts.key']);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  test('follow from a seed, and are then in no file', () => {
    const data_dir = dataDir();
    expect(openStoreKeys(new KeyRing(data_dir, 'demo'))).toEqual(openStoreKeys(new KeyRing(dataDir(), 'demo')));
    expect(openStoreKeys(new KeyRing(data_dir, 'demo'))).not.toEqual(openStoreKeys(new KeyRing(data_dir, 'omed')));
    expect(existsSync(join(data_dir, 'keys'))).toBe(false);
  });

  test('are never drawn anew over a file that holds something else', () => {
    const data_dir = dataDir();
    openStoreKeys(new KeyRing(data_dir));
    const file = join(data_dir, 'keys', 'rejected.key');
    writeFileSync(file, 'short');
    expect(() => openStoreKeys(new KeyRing(data_dir))).toThrow(
      expect.objectContaining({ code: 'DATA_DIRECTORY_INVALID' }),
    );
    expect(readFileSync(file, 'utf8')).toBe('short');
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  test('are never drawn anew for a log that holds events', async () => {
    const data_dir = dataDir();
    const open = (warn = (_line: string): unknown => undefined) =>
      Landing.open({ data_dir, config: landConfig(), clock: { nowUs: () => NOW_US }, warn });
    const landing = await open();
    await landAll(landing, chunkOf([eventLine('1')]));
    await landing.close();
    await (await open()).close();
    mkdirSync(join(data_dir, 'texts'));
    writeFileSync(join(data_dir, 'texts', '2100-01-01.texts'), 'texts of that day');
    for (const name of ['contact_token', 'rejected', 'texts']) {
      const file = join(data_dir, 'keys', `${name}.key`);
      const key = readFileSync(file);
      rmSync(file);
      await expect(open()).rejects.toMatchObject({
        code: 'DATA_DIRECTORY_INVALID',
        detail: expect.stringContaining(`${name}.key is gone`),
      });
      expect(existsSync(file)).toBe(false);
      writeFileSync(file, key);
    }
    const told: string[] = [];
    await (await open((line) => told.push(line))).close();
    expect(told).toEqual([expect.stringMatching(/2100-01-01\.keys" is gone: the texts of its day cannot be read/)]);
    rmSync(join(data_dir, 'keys'), { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_INVALID' });
    expect(existsSync(join(data_dir, 'keys'))).toBe(false);
  });

  test('of the first version, which stand as they are, are read', () => {
    const data_dir = dataDir();
    mkdirSync(join(data_dir, 'keys'));
    const plain = Buffer.alloc(32, 9);
    writeFileSync(join(data_dir, 'keys', 'contact_token.key'), plain);
    const ring = new KeyRing(data_dir);
    expect(openStoreKeys(ring).contact_token).toEqual(plain);
    ring.rotate();
    expect(readFileSync(join(data_dir, 'keys', 'contact_token.key')).includes(plain)).toBe(false);
    expect(openStoreKeys(new KeyRing(data_dir)).contact_token).toEqual(plain);
  });

  test('stay what they are under a new master key, and the old one opens nothing any more', () => {
    const [data_dir, elsewhere] = [dataDir(), dataDir()];
    const master = join(elsewhere, 'master.key');
    const ring = new KeyRing(data_dir, undefined, master);
    const keys = openStoreKeys(ring);
    const day = ring.key('rejected/2025-10-07');
    const old_master = readFileSync(master);
    expect(ring.rotate()).toBe(4);
    expect(openStoreKeys(new KeyRing(data_dir, undefined, master))).toEqual(keys);
    expect(ring.find('rejected/2025-10-07')).toEqual(day);
    expect(readFileSync(master).equals(old_master)).toBe(false);
    writeFileSync(master, old_master);
    expect(() => openStoreKeys(new KeyRing(data_dir, undefined, master))).toThrow(/no key that can be read/);
    // A copy of the data directory alone gives nothing away.
    rmSync(master);
    expect(() => openStoreKeys(new KeyRing(data_dir, undefined, master))).toThrow(/no key that can be read/);
  });

  test('are all there wherever a crash cuts a rotation short, and it is finished at the next start', () => {
    const data_dir = dataDir();
    const keys = openStoreKeys(new KeyRing(data_dir));
    const folder = join(data_dir, 'keys');
    const before = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
    new KeyRing(data_dir).rotate();
    const after = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
    const wrapped = [...before.keys()].filter((name) => name !== 'master.key');
    for (let done = 0; done <= wrapped.length; done++) {
      for (const [index, name] of wrapped.entries())
        writeFileSync(join(folder, name), (index < done ? after : before).get(name)!);
      writeFileSync(join(folder, 'master.key'), before.get('master.key')!);
      writeFileSync(join(folder, 'master.key.next'), after.get('master.key')!);
      const ring = new KeyRing(data_dir);
      expect(openStoreKeys(ring)).toEqual(keys);
      ring.finishRotation();
      expect(openStoreKeys(ring)).toEqual(keys);
      expect(readdirSync(folder).sort()).toEqual([...before.keys()].sort());
      expect(readFileSync(join(folder, 'master.key'))).toEqual(after.get('master.key'));
    }
  });
});

describe('a token', () => {
  test('is the beginning of HMAC-SHA-256 under the key', () => {
    const numbers = fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 4, maxLength: 14, size: 'max' }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), numbers, numbers, (bytes, ...two) => {
        const key = Buffer.from(bytes);
        const tokens = new ContactTokens(key);
        for (const [head, tail] of two) {
          const digest = createHmac('sha256', key).update(`+${head}${tail}`).digest();
          expect(Array.from(tokens.token(`+${head}${tail}`))).toEqual([digest.readUInt32LE(0), digest.readUInt32LE(4)]);
        }
      }),
    );
  });

  test('is 64 bits of a keyed hash: equal for equal numbers, however many came between', () => {
    const tokens = new ContactTokens(Buffer.alloc(32, 1), 1_000);
    const first = Array.from(tokens.token('+14085557712'));
    const many = new Set<string>();
    for (let index = 0; index < 70_000; index++) many.add(tokens.token(`+49301${index}`).join());
    expect(many.size).toBe(70_000);
    expect(tokens.fill.filled).toBeLessThanOrEqual(1_000);
    expect(Array.from(tokens.token('+14085557712'))).toEqual(first);
    expect(Array.from(new ContactTokens(Buffer.alloc(32, 2)).token('+14085557712'))).not.toEqual(first);
  });
});

describe('a seal', () => {
  test('opens under its key alone, and only when nothing was changed', () => {
    const key = Buffer.alloc(32, 7);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200, size: 'max' }),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        (bytes, place, bit) => {
          const sealed = seal(key, bytes);
          expect(unseal(key, sealed)).toEqual(Buffer.from(bytes));
          expect(seal(key, bytes).equals(sealed)).toBe(false);
          expect(() => unseal(Buffer.alloc(32, 8), sealed)).toThrow();
          sealed[place % sealed.length]! ^= 1 << bit;
          expect(() => unseal(key, sealed)).toThrow();
        },
      ),
    );
  });
});
