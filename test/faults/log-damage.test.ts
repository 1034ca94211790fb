import { expect, test } from 'vitest';
import { damageLog } from '../../bench/faults/log-damage.js';

test('no damage of a log goes unseen: it is found, told, and what is left is read as it was written', async () => {
  expect(await damageLog({ damages: 40, seed: 1 })).toEqual({ log: 40, undetected: [] });
});

test('nor of an archive', async () => {
  expect(await damageLog({ damages: 12, seed: 1, is_archived: true })).toEqual({ log: 12, undetected: [] });
}, 60_000);
