import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leaveDirectory } from '../../bench/faults/left-directory.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';
import { readSummary } from '../../pipelines/land/segment-summary.js';
import { archiveAll } from '../pipelines/land/archived-log.js';
import { allFrames, dataDir, openLanding } from '../pipelines/land/opened-landing.js';
import { sampleLog } from '../pipelines/land/sample-log.js';

test('the next process finds the summaries of closed files as theirs, or of other files, and the same frames', async () => {
  const data_dir = dataDir();
  for (let segment = 0; segment < 3; segment++) await sampleLog(data_dir, 2);
  await archiveAll(data_dir, 1);
  await (await openLanding(data_dir)).close();
  const summaries = (of: string) => segmentFiles(of).map((file) => readSummary(of, file) !== null);
  expect(summaries(data_dir)).toEqual([true, true, true]);
  const frames = await allFrames(data_dir);
  for (const [name, is_whole] of [
    ['whole', true],
    ['none', false],
  ] as const) {
    const next = join(dataDir(), name);
    leaveDirectory(data_dir, next, is_whole);
    // The last file is written to by whoever goes on, so that it is never the very same.
    expect(summaries(next)).toEqual([is_whole, is_whole, false]);
    expect(await allFrames(next)).toEqual(frames);
  }
});
