import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContactTokens } from '../../../pipelines/privacy/contact-tokens.js';
import { seal, unseal } from '../../../pipelines/privacy/seal.js';
import { openStoreKeys } from '../../../pipelines/privacy/store-keys.js';
import { dataDir } from '../land/opened-landing.js';

describe('the keys of a store', () => {
  test('are drawn once, kept for the owner alone, and found again', () => {
    const data_dir = dataDir();
    const keys = openStoreKeys(data_dir, undefined);
    expect(openStoreKeys(data_dir, undefined)).toEqual(keys);
    expect(keys.contact_token).toHaveLength(32);
    expect(keys.contact_token.equals(keys.rejected)).toBe(false);
    expect(openStoreKeys(dataDir(), undefined).contact_token.equals(keys.contact_token)).toBe(false);
    const folder = join(data_dir, 'keys');
    expect(readdirSync(folder).sort()).toEqual(['contact_token.key', 'rejected.key']);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  test('follow from a seed, and are then in no file', () => {
    const data_dir = dataDir();
    expect(openStoreKeys(data_dir, 'demo')).toEqual(openStoreKeys(dataDir(), 'demo'));
    expect(openStoreKeys(data_dir, 'demo')).not.toEqual(openStoreKeys(data_dir, 'omed'));
    expect(readdirSync(join(data_dir, 'keys'))).toEqual([]);
  });

  test('are never drawn anew over a file that holds something else', () => {
    const data_dir = dataDir();
    openStoreKeys(data_dir, undefined);
    const file = join(data_dir, 'keys', 'rejected.key');
    writeFileSync(file, 'short');
    expect(() => openStoreKeys(data_dir, undefined)).toThrow(
      expect.objectContaining({ code: 'DATA_DIRECTORY_INVALID' }),
    );
    expect(readFileSync(file, 'utf8')).toBe('short');
    expect(existsSync(`${file}.new`)).toBe(false);
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
    const tokens = new ContactTokens(Buffer.alloc(32, 1));
    const first = Array.from(tokens.token('+14085557712'));
    const many = new Set<string>();
    for (let index = 0; index < 70_000; index++) many.add(tokens.token(`+49301${index}`).join());
    expect(many.size).toBe(70_000);
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
