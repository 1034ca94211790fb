import { expect, it } from 'vitest';
import { Mailbox } from '../../pipelines/mailbox.js';

it('a mailbox gives what was posted in its order, and waits when it is empty', async () => {
  const mailbox = new Mailbox<number>();
  mailbox.post(1);
  mailbox.post(2);
  expect([await mailbox.next(), await mailbox.next()]).toEqual([1, 2]);
  const next = mailbox.next();
  mailbox.post(3);
  mailbox.post(4);
  expect([await next, await mailbox.next()]).toEqual([3, 4]);
});
