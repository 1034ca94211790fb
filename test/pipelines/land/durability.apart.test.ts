import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, expect, test } from 'vitest';

/** Watches the call that makes a frame durable; the call itself goes through. */
const seen: string[] = [];
const { fdatasync } = fs;
fs.fdatasync = Object.assign((fd: number, callback: fs.NoParamCallback) => {
  fdatasync(fd, (error) => {
    seen.push(error === null || error === undefined ? 'on disk' : 'failed');
    callback(error);
  });
}, fdatasync);
syncBuiltinESMExports();
const { chunkOf, dataDir, eventLine, openLanding } = await import('./opened-landing.js');
afterAll(() => {
  fs.fdatasync = fdatasync;
  syncBuiltinESMExports();
});

test('a chunk is acknowledged, and a frame handed on, after the disk has been waited for', async () => {
  const landing = await openLanding(dataDir(), { batch_rows_max: 2 });
  for (let chunk = 0; chunk < 2; chunk++) {
    const lines = [eventLine(`e-${chunk}`), eventLine(`f-${chunk}`)];
    const acknowledge = () => void seen.push('acknowledged');
    for await (const frame of landing.land(chunkOf(lines, { first_offset: chunk * 2 + 1, acknowledge })))
      seen.push(frame.kind);
  }
  seen.push((await landing.control({ kind: 'input_ended', input: 'a' })).kind);
  await landing.close();
  expect(seen).toEqual([
    ...['on disk', 'events', 'acknowledged'],
    ...['on disk', 'events', 'acknowledged'],
    ...['on disk', 'control'],
  ]);
});
