import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { existingWorkspace } from '../../../cli/workspace.js';
import { configSchema } from '../../../contracts/config.js';
import { backUp } from '../../../pipelines/backup.js';
import { settled } from '../../../pipelines/derived-store.js';
import { lockDirectory } from '../../../pipelines/directory-lock.js';
import { cutDurably } from '../../../pipelines/durable-files.js';
import { archivedHeads, parquetFiles, sumsFile, twinFile } from '../../../pipelines/land/archive-files.js';
import { mendTwins } from '../../../pipelines/land/archive-twins.js';
import { SetAsideFrames } from '../../../pipelines/land/damage.js';
import { finishArchiving } from '../../../pipelines/land/finish-archiving.js';
import { logEndFile } from '../../../pipelines/land/log-end.js';
import { liveSegmentFiles } from '../../../pipelines/land/segment-files.js';
import { keptName, summaryFolder } from '../../../pipelines/land/segment-summary.js';
import { verifyLog } from '../../../pipelines/land/verify-log.js';
import { Landing, readFrames } from '../../../pipelines/land.js';
import { openStore } from '../../../pipelines/open-store.js';
import { KeyRing } from '../../../pipelines/privacy/key-ring.js';
import { archiveAll } from './archived-log.js';
import { dataDir, landConfig, NOW_US } from './opened-landing.js';
import { sampleLog } from './sample-log.js';

const clock = { nowUs: () => NOW_US };

/** What may stand in the place of a file. */
const KINDS = ['a folder', 'a FIFO', 'a device'] as const;
type Kind = (typeof KINDS)[number];

const FILES: Readonly<Record<string, (data_dir: string) => string>> = {
  'closed segment': (data_dir) => liveSegmentFiles(data_dir)[0]!,
  'last segment': (data_dir) => liveSegmentFiles(data_dir).at(-1)!,
  'end of the log': logEndFile,
  'archived heads': (data_dir) => archivedHeads(data_dir)[0]!,
  'their second copy': (data_dir) => twinFile(archivedHeads(data_dir)[0]!),
  'sums of the archive': (data_dir) => sumsFile(archivedHeads(data_dir)[0]!),
  'archived rows': (data_dir) => parquetFiles(archivedHeads(data_dir)[0]!)[0]!,
};

const original = mkdtempSync(join(tmpdir(), 'plumbline-land-'));
const fifo = join(original, 'fifo');
let writer: ChildProcess;
beforeAll(async () => {
  for (let segment = 0; segment < 3; segment++) await sampleLog(original, 4);
  await archiveAll(original, 1);
  expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
  // Whoever opens the FIFO finds it at its end, and does not wait for ever: a failure is told.
  writer = spawn('sh', ['-c', 'while :; do : > "$0"; done', fifo], { stdio: 'ignore' });
});
afterAll(() => {
  writer.kill('SIGKILL');
  rmSync(original, { recursive: true });
});

function copied(): string {
  const data_dir = dataDir();
  cpSync(original, data_dir, { recursive: true, filter: (file) => file !== fifo });
  return data_dir;
}

function put(kind: Kind, file: string): void {
  rmSync(file);
  if (kind === 'a folder') mkdirSync(file);
  else if (kind === 'a FIFO') linkSync(fifo, file);
  else symlinkSync('/dev/null', file);
}

const refused = (file: string, kind: Kind) => ({
  code: 'LOG_FILE_UNREADABLE',
  message: `"${file}" cannot be read: it is ${kind}, and no file`,
});

test.each(Object.keys(FILES))('what stands in the place of a file is told, and never waited for: %s', async (name) => {
  const data_dir = copied();
  const file = FILES[name]!(data_dir);
  for (const kind of KINDS) {
    put(kind, file);
    expect(() => verifyLog(data_dir), kind).toThrow(expect.objectContaining(refused(file, kind)));
    if (kind === 'a folder') rmdirSync(file);
    else rmSync(file);
    writeFileSync(file, '');
  }
  put('a FIFO', file);
  const told: string[] = [];
  const read = settled({ data_dir, clock, write: (line) => void told.push(line) }, async () => {
    await finishArchiving(data_dir);
    mendTwins(data_dir, 0);
    for await (const _ of readFrames(data_dir, { from_frame: 0 }));
  });
  await expect(read).rejects.toMatchObject(refused(file, 'a FIFO'));
  const backup = join(dataDir(), 'backup');
  const backedUp = backUp(data_dir, backup, clock.nowUs, (work) => work());
  await expect(backedUp).rejects.toMatchObject(refused(file, 'a FIFO'));
  expect(told).toEqual([]);
  expect(SetAsideFrames.of(data_dir).records).toEqual([]);
});

test.each(KINDS)('what stands in the place of what is kept of a segment costs no start: %s', async (kind) => {
  const data_dir = copied();
  const [segment] = liveSegmentFiles(data_dir);
  const kept = (['summary', 'events'] as const).map((ending) =>
    join(summaryFolder(data_dir), keptName(segment!, ending)),
  );
  for (const file of kept) put(kind, file);
  const told: string[] = [];
  const warn = (line: string) => void told.push(line);
  const landing = await Landing.open({ data_dir, config: landConfig(), clock, key_seed: 'test', warn });
  await landing.close();
  // A folder is nothing that a file could be put in the place of.
  expect(told.join()).toMatch(kind === 'a folder' ? /remove what stands in its place/ : /^$/);
  expect(verifyLog(data_dir).is_whole).toBe(true);
});

/** Files beside the log, and who opens them. */
const OPENED: Readonly<Record<string, (data_dir: string) => unknown>> = {
  'lock.duckdb': (data_dir) => lockDirectory(data_dir),
  'plumbline.duckdb': (data_dir) => openStore(data_dir, [], configSchema.parse({ version: 1 }).operate),
  'configuration.json': (dataDir) => existingWorkspace({ dataDir }),
  'keys/texts.key': (data_dir) => new KeyRing(data_dir).find('texts'),
  'texts/2026-01-01.texts': (data_dir) => cutDurably(join(data_dir, 'texts/2026-01-01.texts'), 0),
};

test.each(Object.keys(OPENED))('so it is beside the log: %s', async (name) => {
  const data_dir = dataDir();
  const file = join(data_dir, name);
  mkdirSync(dirname(file), { recursive: true });
  linkSync(fifo, file);
  await expect(Promise.resolve(data_dir).then(OPENED[name]!)).rejects.toMatchObject(refused(file, 'a FIFO'));
});

test('a file of the log that its owner may not read is told, and nothing is given up', () => {
  if (process.getuid?.() === 0) return console.warn('not tried: files that may not be read, for root may read them');
  const data_dir = copied();
  for (const fileOf of Object.values(FILES)) {
    const file = fileOf(data_dir);
    chmodSync(file, 0);
    const cannot = {
      code: 'LOG_FILE_UNREADABLE',
      message: `"${file}" cannot be read`,
      detail: expect.stringMatching('EACCES'),
    };
    expect(() => verifyLog(data_dir)).toThrow(expect.objectContaining(cannot));
    chmodSync(file, 0o600);
  }
});
