import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { archivedHeads } from '../../pipelines/land/archive-files.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import type { Pipeline } from '../../pipelines/pipeline.js';
import { vitalsOf } from '../../pipelines/vitals.js';
import { calls, FedSource, filesNaming, rebuiltDigest, tokenBytes } from './called-persons.js';
import { archiveAll } from './land/archived-log.js';
import { fromFile, newFolder, openSmall } from './small-run.js';

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const [anna, bert] = ['+14155550123', '+14155550199'];
const land = { batch_rows_max: 40, duplicate_entries_max: 4_096, segment_bytes_max: 20_000 };
/** Every seventh call is hers. */
const called = (from_s: number, until_s: number) =>
  calls(from_s, until_s, (at_s) => (at_s % 70 === 0 ? anna : `+14155551${String(at_s % 90).padStart(3, '0')}`));
/** After the events of the base, before those that come while she is being forgotten. */
const LATER = '2025-10-06 15:50';
const base = join(folder, 'base');
const PATIENCE = { timeout: 30_000 };

beforeAll(async () => {
  const events = join(folder, 'events.ndjson');
  writeFileSync(events, [...called(10, 900), `{"number":"${anna}", broken`].join('\n'));
  const pipeline = await openSmall(base, [fromFile(events)], { land });
  await pipeline.run();
  await pipeline.close();
}, 60_000);

/** A run that is followed over a copy of the base, in which she is forgotten and something is in the way. */
interface Hindered {
  readonly pipeline: Pipeline;
  readonly source: FedSource;
  readonly data_dir: string;
  readonly told: string[];
}

async function hindered(name: string, isArchived: boolean, inTheWay: (data_dir: string) => string) {
  const data_dir = join(folder, name);
  cpSync(base, data_dir, { recursive: true });
  if (isArchived) await archiveAll(data_dir);
  const source = new FedSource();
  const told: string[] = [];
  const live = { now_us: Date.now() * 1000 };
  const options = { land: { ...land, archive_after: isArchived ? '0s' : 'never' }, live };
  const pipeline = await openSmall(data_dir, [{ source, config: {} }], {
    ...options,
    write: (line) => told.push(line),
  });
  const obstacle = inTheWay(data_dir);
  mkdirSync(join(obstacle, 'something'), { recursive: true });
  return { pipeline, source, data_dir, told, obstacle };
}

/** Runs until what the work waits for has come, and everything is done. */
async function during({ pipeline, source }: Hindered, work: () => Promise<void>): Promise<void> {
  const run = pipeline.run();
  try {
    await work();
  } finally {
    source.end();
    await run;
  }
}

const isNoted = (data_dir: string) => existsSync(join(data_dir, 'keys', 'forgetting.note'));
const forgetting = async (pipeline: Pipeline) => (await vitalsOf(pipeline, Date.now() * 1000)).forgetting;

// Beside each other: most of the time they wait until it is tried again.
describe.concurrent('somebody who could be forgotten in part only', () => {
  test('in the archive: is told, tried again by itself, and others are archived meanwhile; a new call is of somebody new', async ({
    expect,
  }) => {
    const run = await hindered('archive', true, (data_dir) => {
      const named = archivedHeads(data_dir).map((file) => basename(file).slice(0, 8));
      return join(data_dir, 'archive', `${named[1]}.1.sums`);
    });
    const { pipeline, source, data_dir, told, obstacle } = run;
    const token = tokenBytes(anna).readBigUInt64LE();
    await during(run, async () => {
      await expect(pipeline.operations.forget(anna)).rejects.toMatchObject({
        code: 'DATA_DIRECTORY_INVALID',
        message: 'a person is only half forgotten',
        detail: expect.stringContaining('.sums'),
        hint: expect.stringContaining('tried again by itself'),
      });
      await expect(pipeline.operations.forget(bert)).rejects.toMatchObject({
        code: 'INSTANCE_BUSY',
        detail: expect.stringMatching(/it has failed, and it is tried again after \d+ s: .*\.sums/),
      });
      const { persons, failed_attempts } = await forgetting(pipeline);
      expect([persons, failed_attempts > 0]).toEqual([1, true]);
      source.feed(called(3_500, 4_000));
      // She, who is somebody new, is archived too.
      const sql = `select count(*)::integer from archived_events where contact_token = ${token} and event_time > '${LATER}'`;
      const isArchived = async () => (await pipeline.query(sql)).rows[0]![0];
      await expect.poll(isArchived, { ...PATIENCE, interval: 250 }).toBeGreaterThan(0);
      await expect
        .poll(() => told.join('\n'), PATIENCE)
        .toMatch(/half forgotten, and it is tried again after 2 s: .*\.sums/);
      rmSync(obstacle, { recursive: true });
      await expect.poll(() => isNoted(data_dir), PATIENCE).toBe(false);
      await expect.poll(() => told.at(-1), PATIENCE).toBe('the person who was half forgotten is forgotten now');
      await expect.poll(() => forgetting(pipeline), PATIENCE).toEqual({ persons: 0, failed_attempts: 0 });
    });
    const sql = `select min(event_time) > '${LATER}' from landed_events where contact_token = ${token}`;
    expect((await pipeline.query(sql)).rows).toEqual([[true]]);
    const digest = await pipeline.digest();
    expect((await pipeline.operations.forget(anna)).events).toBeGreaterThan(1);
    expect(await pipeline.digest()).toEqual(digest);
    await pipeline.close();
    expect(filesNaming(data_dir, anna)).toEqual([]);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true });
    expect(await rebuiltDigest(data_dir, land)).toEqual(digest);
  }, 120_000);

  test('in the log: is told, and tried again by itself, with what has landed meanwhile', async ({ expect }) => {
    // The keys of texts cannot be destroyed: the log is blanked by then, and the store is not.
    const run = await hindered('log', false, (data_dir) => join(data_dir, 'keys', 'texts', '2999-01-01.keys'));
    const { pipeline, source, data_dir, told, obstacle } = run;
    const before = await pipeline.digest();
    await during(run, async () => {
      await expect(pipeline.operations.forget(anna)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_INVALID' });
      expect(await pipeline.digest()).toEqual(before);
      source.feed(called(3_500, 3_700));
      await expect.poll(() => told.join('\n'), PATIENCE).toContain('tried again after 1 s');
      rmSync(obstacle, { recursive: true });
      await expect.poll(() => isNoted(data_dir), PATIENCE).toBe(false);
    });
    expect(filesNaming(data_dir, anna)).toEqual([]);
    const digest = await pipeline.digest();
    await pipeline.close();
    expect(await rebuiltDigest(data_dir, land)).toEqual(digest);
  }, 120_000);

  test('before anything was noted: nothing has changed, and whoever asks again is answered', async ({ expect }) => {
    const run = await hindered('unnoted', false, (data_dir) => {
      const named = segmentFiles(data_dir).filter((file) => readFileSync(file).includes(tokenBytes(anna)));
      return `${named[1]}.new`;
    });
    const { pipeline, data_dir, told, obstacle } = run;
    const [before, named] = [await pipeline.digest(), filesNaming(data_dir, anna)];
    await during(run, async () => {
      await expect(pipeline.operations.forget(anna)).rejects.toMatchObject({ code: 'EISDIR' });
      expect(isNoted(data_dir)).toBe(false);
      expect(filesNaming(data_dir, anna)).toEqual(named);
      expect(told).toEqual([]);
      rmSync(obstacle, { recursive: true });
      expect((await pipeline.operations.forget(anna)).events).toBeGreaterThan(1);
    });
    expect(filesNaming(data_dir, anna)).toEqual([]);
    expect(await pipeline.digest()).toEqual(before);
    await pipeline.close();
  }, 60_000);
});
