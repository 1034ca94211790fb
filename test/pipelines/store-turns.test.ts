import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { StoreTurns } from '../../pipelines/store-turns.js';

test('between the log and the store there is one batch: the next waits until the one before is applied', async () => {
  const turns = new StoreTurns('nowhere');
  const begun: number[] = [];
  let finish = () => {};
  const apply = (batch: number) =>
    turns.take(async (goOn) => {
      begun.push(batch);
      // Staged: the next may be decoded.
      goOn();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
  await apply(1);
  let is_second_taken = false;
  const second = apply(2).then(() => {
    is_second_taken = true;
  });
  for (let round = 0; round < 20; round++) await turn();
  expect({ begun, is_second_taken }).toEqual({ begun: [1], is_second_taken: false });
  finish();
  await second;
  expect(begun).toEqual([1, 2]);
  finish();
  await turns.idle();
});
