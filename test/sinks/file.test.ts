import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Directive, directiveSchema } from '../../contracts/directive.js';
import type { OpenSink } from '../../contracts/sink.js';
import { fileSink } from '../../sinks/file.js';
import { directive, PATIENT } from './directive.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-file-sink-'));
});
afterEach(() => rm(folder, { recursive: true }));

const path = () => join(folder, 'out', 'directives.ndjson');
const some = (...ids: string[]): Directive[] => ids.map((id, index) => directive({ id, seq: index + 1 }));

function open(ids_max = 1_000): Promise<OpenSink> {
  const context = { base_dir: folder, data_dir: join(folder, 'data'), write() {} };
  return fileSink.open({ use: 'file', path: 'out/directives.ndjson', ids_max }, context);
}
async function deliver(directives: readonly Directive[], ids_max?: number): Promise<void> {
  const sink = await open(ids_max);
  await sink.deliver(directives, PATIENT);
  await sink.close();
}
async function idsInFile(): Promise<string[]> {
  const text = await readFile(path(), 'utf8');
  expect(text === '' || text.endsWith('\n')).toBe(true);
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => directiveSchema.parse(JSON.parse(line)).id);
}

describe('the file sink', () => {
  it('makes the folder and writes each directive, whole, as one line', async () => {
    await deliver(some('a', 'b'));
    expect(await idsInFile()).toEqual(['a', 'b']);
    expect(JSON.parse((await readFile(path(), 'utf8')).split('\n')[0]!)).toEqual(some('a')[0]);
  });

  it('adds no line for a directive that an earlier process has written', async () => {
    await deliver(some('a', 'b'));
    await deliver(some('b', 'c'));
    expect(await idsInFile()).toEqual(['a', 'b', 'c']);
  });

  it('takes away a last line that was cut short anywhere, and writes that directive again', async () => {
    await deliver(some('a', 'b'));
    const whole = await readFile(path());
    const second = whole.indexOf(0x0a) + 1;
    for (const bytes of [second, second + 1, second + 7, second + 40, whole.length - 2]) {
      await writeFile(path(), whole);
      await truncate(path(), bytes);
      await deliver(some('a', 'b'));
      expect(await idsInFile()).toEqual(['a', 'b']);
    }
  });

  it('ends a last line that lacks its end alone, and knows its id', async () => {
    await deliver(some('a', 'b'));
    await truncate(path(), (await readFile(path())).length - 1);
    await deliver(some('a', 'b', 'c'));
    expect(await idsInFile()).toEqual(['a', 'b', 'c']);
  });

  it('leaves lines that are not its own as they are', async () => {
    await mkdir(join(folder, 'out'));
    const foreign = `# kept by hand\n[1, 2]\nnull\n${'x'.repeat(2_000_000)}\n{"id": 7}\nno end`;
    await writeFile(path(), foreign);
    await deliver(some('a'));
    await deliver(some('a', 'b'));
    const text = await readFile(path(), 'utf8');
    expect(text.startsWith(`${foreign}\n`)).toBe(true);
    expect(text.slice(foreign.length + 1).split('\n')).toHaveLength(3);
  });

  it('finds ids however lines fall on the pieces in which the file is read', async () => {
    const directives = some(...Array.from({ length: 400 }, (_, index) => `id${index}`));
    await deliver(directives);
    await deliver([...directives].reverse());
    expect(await idsInFile()).toHaveLength(400);
  });

  it('remembers the latest ids up to its bound, and no more', async () => {
    await deliver(some('a', 'b', 'c'), 2);
    await deliver(some('c', 'b', 'a'), 2);
    expect(await idsInFile()).toEqual(['a', 'b', 'c', 'a']);
  });

  it('says which file it cannot open or write, and what to do', async () => {
    await writeFile(join(folder, 'out'), 'a file where the folder should be');
    const error = await open().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SINK_FAILED', message: `the file sink cannot open "${path()}"` });

    const context = { base_dir: '/', data_dir: folder, write() {} };
    const nowhere = await fileSink
      .open({ use: 'file', path: '/proc/none/below/directives.ndjson', ids_max: 1 }, context)
      .catch((thrown) => thrown);
    expect(nowhere).toMatchObject({ code: 'SINK_FAILED', detail: expect.stringContaining('ENOENT') });

    const device = await fileSink
      .open({ use: 'file', path: '/dev/zero', ids_max: 1 }, context)
      .catch((thrown) => thrown);
    expect(device).toMatchObject({ code: 'SINK_FAILED', detail: 'not a regular file' });

    await rm(join(folder, 'out'));
    const sink = await open();
    await sink.close();
    await expect(sink.deliver(some('a'), PATIENT)).rejects.toMatchObject({
      code: 'SINK_FAILED',
      message: `the file sink cannot write 1 directives to "${path()}"`,
    });
  });

  it('is at its end when another program has added to the file in between', async () => {
    const sink = await open();
    await sink.deliver(some('a'), PATIENT);
    await appendFile(path(), `${JSON.stringify(directive({ id: 'other' }))}\n`);
    await sink.deliver(some('b'), PATIENT);
    await sink.close();
    expect(await idsInFile()).toEqual(['a', 'other', 'b']);
  });
});

describe('the file sink on a full disk', () => {
  const mounted = () => join(folder, 'small');
  let is_mounted = false;
  beforeEach(async () => {
    await mkdir(mounted());
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mounted()], { stdio: 'ignore' });
      is_mounted = true;
    } catch {
      is_mounted = false;
    }
  });
  afterEach(() => {
    if (is_mounted) execFileSync('umount', [mounted()]);
  });

  it('fails the delivery, keeps whole lines only, and goes on once there is room', async ({ skip }) => {
    if (!is_mounted) skip('mounting a small file system takes root');
    const context = { base_dir: mounted(), data_dir: mounted(), write() {} };
    const sink = await fileSink.open({ use: 'file', ids_max: 1_000 }, context);
    await writeFile(join(mounted(), 'ballast'), Buffer.alloc(40_000));
    await sink.deliver(some('a'), PATIENT);
    const many = some(...Array.from({ length: 40 }, (_, index) => `id${index}`));
    await expect(sink.deliver(many, PATIENT)).rejects.toMatchObject({ code: 'SINK_FAILED' });
    const lines = async () => (await readFile(join(mounted(), 'directives.ndjson'), 'utf8')).split('\n');
    expect(await lines()).toEqual([JSON.stringify(some('a')[0]), '']);

    await rm(join(mounted(), 'ballast'));
    await sink.deliver(many, PATIENT);
    await sink.close();
    expect((await lines()).filter((line) => line !== '').map((line) => JSON.parse(line).id)).toHaveLength(41);
  });
});
