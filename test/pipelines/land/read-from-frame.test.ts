import { expect, test } from 'vitest';
import { allFrames, dataDir } from './opened-landing.js';
import { sampleLog } from './sample-log.js';

test('a log that is read from a frame on gives what it gives when it is read from its beginning', async () => {
  const data_dir = dataDir();
  for (let segment = 0; segment < 4; segment++) await sampleLog(data_dir, 3);
  const whole = await allFrames(data_dir);
  for (const { ordinal } of whole) expect(await allFrames(data_dir, ordinal)).toEqual(whole.slice(ordinal));
});
