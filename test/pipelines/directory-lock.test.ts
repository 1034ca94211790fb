import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { lockDirectory } from '../../pipelines/directory-lock.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { newFolder, openSmall } from './small-run.js';

/** Another process that opens the lock file with nothing but the DuckDB driver, says so, and stays. */
const HOLDER = `
import { DuckDBInstance } from '@duckdb/node-api';
await DuckDBInstance.create(process.argv[1], { threads: '1' });
console.log('held');
setInterval(() => {}, 1_000);
`;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function holderOf(data_dir: string): Promise<ChildProcess> {
  await (await lockDirectory(data_dir)).release();
  const file = join(data_dir, 'lock.duckdb');
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

describe('one process owns the data directory', () => {
  test('a second instance of the same process is refused, by whatever path it comes, and the first is unharmed', async () => {
    const folder = newFolder();
    const data_dir = join(folder, 'data');
    const first = await openSmall(data_dir, []);
    symlinkSync(data_dir, join(folder, 'link'));
    for (const path of [data_dir, join(folder, 'link')])
      await expect(openSmall(path, [])).rejects.toMatchObject({
        code: 'DATA_DIRECTORY_IN_USE',
        detail: expect.stringContaining(`another instance in this process (PID ${process.pid})`),
      });
    renameSync(data_dir, join(folder, 'moved'));
    await expect(openSmall(join(folder, 'moved'), [])).rejects.toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' });
    renameSync(join(folder, 'moved'), data_dir);
    await first.refreshBaselines();
    const { epoch } = first.applier;
    await first.close();
    const second = await openSmall(data_dir, []);
    expect(second.applier.epoch).toBe(epoch + 1);
    await second.close();
  });

  test('a second process is refused and told who has it; when that one is killed, nothing is left in the way', async () => {
    const data_dir = join(newFolder(), 'data');
    const child = await holderOf(data_dir);
    const detail = expect.stringContaining(`(PID ${child.pid})`);
    await expect(lockDirectory(data_dir)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_IN_USE', detail });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = await lockDirectory(data_dir);
    // Other locks of this process come and go.
    await (await lockDirectory(join(newFolder(), 'other'))).release();
    const other = spawnSync(process.execPath, ['--input-type=module', '-e', HOLDER, join(data_dir, 'lock.duckdb')]);
    expect(String(other.stderr)).toContain(`(PID ${process.pid})`);
    await lock.release();
  });

  test('a standby waits, tells for whom, and takes over when the other is killed; its waiting can be ended', async () => {
    const data_dir = join(newFolder(), 'data');
    const child = await holderOf(data_dir);
    const told: string[] = [];
    const stop = new AbortController();
    const onWait = (holder: string) => {
      told.push(holder);
      stop.abort();
    };
    await expect(lockDirectory(data_dir, { signal: stop.signal, onWait })).rejects.toMatchObject({
      name: 'AbortError',
    });
    const waiting = lockDirectory(data_dir, {
      signal: new AbortController().signal,
      onWait: (holder) => {
        told.push(holder);
        child.kill('SIGKILL');
      },
    });
    await (await waiting).release();
    expect(told).toEqual([expect.stringContaining(String(child.pid)), expect.stringContaining(String(child.pid))]);
  });

  test("who has lost its lock file, or is given another, writes nothing more: the directory may be somebody else's", async () => {
    const folder = newFolder();
    const link = join(folder, 'link');
    const lose: ((file: string) => void)[] = [
      (file) => rmSync(file),
      (file) => {
        rmSync(file);
        writeFileSync(file, 'of another');
      },
      () => {
        rmSync(link);
        symlinkSync(newFolder(), link);
      },
    ];
    for (const [at, loses] of lose.entries()) {
      const data_dir = join(folder, `data-${at}`);
      mkdirSync(data_dir);
      rmSync(link, { force: true });
      symlinkSync(data_dir, link);
      const first = await openSmall(link, []);
      const before = verifyLog(data_dir).frames;
      loses(join(data_dir, 'lock.duckdb'));
      await expect(first.landing.control({ kind: 'input_ended', input: 'x' })).rejects.toMatchObject({
        code: 'DATA_DIRECTORY_LOST',
      });
      expect(verifyLog(data_dir).frames).toBe(before);
      await first.close().catch(() => undefined);
    }
  });

  test('a directory that cannot be had is told as such, with what was in the way', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    const dangling = join(newFolder(), 'link');
    symlinkSync('nowhere', dangling);
    // Below /proc nothing can be made; to try with `recursive` never ends.
    for (const [data_dir, reason] of [
      [join(file, 'data'), 'ENOTDIR'],
      [dangling, 'EEXIST'],
      ['/proc/none/below', 'ENOENT'],
    ] as const)
      await expect(lockDirectory(data_dir)).rejects.toMatchObject({
        code: 'DATA_DIRECTORY_INVALID',
        detail: expect.stringContaining(reason),
      });
    const damaged = newFolder();
    writeFileSync(join(damaged, 'lock.duckdb'), 'no lock');
    await expect(lockDirectory(damaged)).rejects.toMatchObject({
      detail: expect.stringContaining('its lock.duckdb is damaged'),
      hint: expect.stringContaining('remove lock.duckdb'),
    });
  });

  test("what a crash left of a lock file that was being made is in nobody's way", async () => {
    const data_dir = join(newFolder(), 'data');
    mkdirSync(data_dir);
    writeFileSync(join(data_dir, `lock.duckdb.${process.pid}.new`), 'DUCK');
    await (await lockDirectory(data_dir)).release();
    expect(readdirSync(data_dir)).toEqual(['lock.duckdb']);
  });
});
