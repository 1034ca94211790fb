import { beforeEach, expect, test, vi } from 'vitest';
import { archivedHeads } from '../../../pipelines/land/archive-files.js';
import { draftAnew, replaceArchived, wordsOf } from '../../../pipelines/land/rewrite-archived.js';
import { verifyLog } from '../../../pipelines/land/verify-log.js';
import { archiveAll } from './archived-log.js';
import { dataDir } from './opened-landing.js';
import { sampleLog } from './sample-log.js';

/** What is done just before a file is opened: as another process would. */
const beside = vi.hoisted(() => ({ onOpen: (_path: string): void => undefined }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const openSync: typeof fs.openSync = (path, ...options) => {
    beside.onOpen(String(path));
    return fs.openSync(path, ...options);
  };
  return { ...fs, openSync };
});
beforeEach(() => {
  beside.onOpen = () => undefined;
});

test.each(['parquet', 'twin', 'frames'])(
  'an archived segment that is replaced before its %s is opened is no damage',
  async (ending) => {
    const data_dir = dataDir();
    for (let segment = 0; segment < 3; segment++) await sampleLog(data_dir, 4);
    await archiveAll(data_dir);
    const before = verifyLog(data_dir);
    const [heads] = archivedHeads(data_dir);
    const draft = await draftAnew(data_dir, heads!, wordsOf(data_dir), () => undefined);
    let times = 0;
    beside.onOpen = (path) => {
      if (times > 0 || !path.endsWith(`00000000.0.${ending}`)) return;
      times++;
      replaceArchived(data_dir, draft);
    };
    const { bytes: _, archived: __, ...found } = verifyLog(data_dir);
    expect(times).toBe(1);
    const { bytes: ___, archived: ____, ...expected } = before;
    expect(found).toEqual(expected);
    expect(found).toMatchObject({ is_whole: true, damages: [] });
  },
);
