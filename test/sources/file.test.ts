import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PlumblineError } from '../../contracts/errors.js';
import type { Fill } from '../../contracts/fill.js';
import type { SourceChunk, SourceContext } from '../../contracts/source.js';
import { fileSource, openFiles } from '../../sources/file.js';
import { COMPRESSED_LINES, zstdFrame } from './zstd-frame.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = (from: number, until: number) =>
  Array.from({ length: until - from + 1 }, (_, index) => `{"line":${from + index}}\n`).join('');

function context(overrides: Partial<SourceContext> = {}): SourceContext {
  return {
    signal: new AbortController().signal,
    resume: () => undefined,
    warn: () => undefined,
    filled: () => undefined,
    base_dir: folder,
    ...overrides,
  };
}

function open(options: object, overrides: Partial<SourceContext> = {}): AsyncIterable<SourceChunk> {
  return fileSource.open(fileSource.config.parse(options), context(overrides));
}

async function readAll(chunks: AsyncIterable<SourceChunk>): Promise<SourceChunk[]> {
  const all: SourceChunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

const textOf = (chunks: readonly SourceChunk[]) => chunks.map(({ bytes }) => Buffer.from(bytes).toString()).join('');

describe('a file', () => {
  test('is delivered byte for byte, in numbered chunks of whole lines', async () => {
    const text = lines(1, 200_000);
    writeFileSync(join(folder, 'calls.ndjson'), text);
    const chunks = await readAll(open({ path: 'calls.ndjson' }));
    expect(chunks.length).toBeGreaterThan(2);
    expect(textOf(chunks)).toBe(text);
    let next = 1;
    for (const { input, partition, first_offset, bytes } of chunks) {
      expect([input, partition, first_offset]).toEqual(['file:calls.ndjson', 'calls.ndjson', next]);
      expect(Buffer.from(bytes).toString()).toMatch(new RegExp(`^{"line":${next}}\n`));
      next += Buffer.from(bytes).toString().split('\n').length - 1;
    }
    expect(next).toBe(200_001);
  });

  test('keeps a last line that has no line feed, and an empty file has no chunk', async () => {
    writeFileSync(join(folder, 'cut.ndjson'), '{"line":1}\n{"line":2}');
    writeFileSync(join(folder, 'empty.ndjson'), '');
    expect(textOf(await readAll(open({ path: 'cut.ndjson' })))).toBe('{"line":1}\n{"line":2}');
    expect(await readAll(open({ path: 'empty.ndjson' }))).toEqual([]);
  });

  test('goes on with the line that the log asks for', async () => {
    writeFileSync(join(folder, 'calls.ndjson'), lines(1, 150_000));
    for (const next of [1, 2, 70_000, 99_999, 150_000]) {
      const chunks = await readAll(open({ path: 'calls.ndjson' }, { resume: () => next }));
      expect(chunks[0].first_offset).toBe(next);
      expect(textOf(chunks)).toBe(lines(next, 150_000));
    }
    expect(await readAll(open({ path: 'calls.ndjson' }, { resume: () => 150_001 }))).toEqual([]);
  });

  test('that is not there is an error that says which path, where, and what to do', async () => {
    const failed = readAll(open({ path: 'nowhere.ndjson' }));
    await expect(failed).rejects.toThrow(PlumblineError);
    const error = (await failed.catch((reason: unknown) => reason)) as PlumblineError;
    expect(error.code).toBe('SOURCE_FILE_UNREADABLE');
    expect(error.describe()).toContain('nowhere.ndjson');
    expect(error.describe()).toContain(folder);
    expect(error.hint).toBeDefined();
  });

  test('that is a folder is an error too', async () => {
    await expect(readAll(open({ path: '.' }))).rejects.toMatchObject({ code: 'SOURCE_FILE_UNREADABLE' });
  });

  test('is left alone after an abort', async () => {
    writeFileSync(join(folder, 'calls.ndjson'), lines(1, 300_000));
    const stop = new AbortController();
    let chunks = 0;
    for await (const _ of open({ path: 'calls.ndjson' }, { signal: stop.signal })) {
      chunks += 1;
      stop.abort();
    }
    expect(chunks).toBeLessThan(3);
  });
});

describe('compressed files', () => {
  const text = lines(1, 120_000);

  test('.gz gives the bytes that were packed, also of several members', async () => {
    const half = text.indexOf('\n', text.length / 2) - 3;
    const packed = Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))]);
    writeFileSync(join(folder, 'calls.ndjson.gz'), packed);
    expect(textOf(await readAll(open({ path: 'calls.ndjson.gz' })))).toBe(text);
  });

  test('.zst gives the bytes that were packed, also of several frames and of more than one read', async () => {
    const long = lines(1, 350_000);
    const third = Math.floor(long.length / 3);
    const packed = Buffer.concat([
      zstdFrame(Buffer.from(long.slice(0, third)), 131_072),
      zstdFrame(Buffer.from(long.slice(third, 2 * third)), 77_777),
      zstdFrame(Buffer.from(long.slice(2 * third)), 1_001),
    ]);
    writeFileSync(join(folder, 'calls.ndjson.zst'), packed);
    expect(textOf(await readAll(open({ path: 'calls.ndjson.zst' }))) === long).toBe(true);
  });

  test('.zst as the zstd program makes it is read', async () => {
    writeFileSync(join(folder, 'packed.zst'), COMPRESSED_LINES);
    expect(textOf(await readAll(open({ path: 'packed.zst' })))).toBe(lines(1, 60));
  });

  test('that are cut short or damaged are an error, after the lines that were whole', async () => {
    const packed = { gz: gzipSync(text), zst: zstdFrame(Buffer.from(text)) };
    for (const [suffix, bytes] of Object.entries(packed)) {
      writeFileSync(join(folder, `cut.${suffix}`), bytes.subarray(0, bytes.length - 40));
      await expect(readAll(open({ path: `cut.${suffix}` }))).rejects.toMatchObject({ code: 'SOURCE_FILE_UNREADABLE' });
      writeFileSync(join(folder, `not.${suffix}`), text.slice(0, 200));
      await expect(readAll(open({ path: `not.${suffix}` }))).rejects.toMatchObject({ code: 'SOURCE_FILE_UNREADABLE' });
    }
  });
});

describe('a pattern or a list', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'day/deep'), { recursive: true });
    writeFileSync(join(folder, 'day/b.ndjson'), 'b\n');
    writeFileSync(join(folder, 'day/a.ndjson'), 'a\n');
    writeFileSync(join(folder, 'day/deep/c.ndjson'), 'c\n');
    writeFileSync(join(folder, 'day/.hidden.ndjson'), 'hidden\n');
    writeFileSync(join(folder, 'day/notes.txt'), 'text\n');
  });

  const partitions = async (path: string | string[]) =>
    (await readAll(open({ path }))).map(
      ({ input, partition, first_offset }) => `${input} ${partition} ${first_offset}`,
    );

  test('is one input, read file by file in sorted order', async () => {
    const input = 'file:day/*.ndjson';
    expect(await partitions('day/*.ndjson')).toEqual([`${input} day/a.ndjson 1`, `${input} day/b.ndjson 1`]);
    expect(await partitions('day/?.ndjson')).toHaveLength(2);
    expect(await partitions(['day/b.ndjson', 'day/a.ndjson', 'day/a.ndjson'])).toEqual([
      'file:day/b.ndjson,day/a.ndjson,day/a.ndjson day/a.ndjson 1',
      'file:day/b.ndjson,day/a.ndjson,day/a.ndjson day/b.ndjson 1',
    ]);
  });

  test('searches folders with **, of an absolute path too', async () => {
    const names = ['day/a.ndjson', 'day/b.ndjson', 'day/deep/c.ndjson'];
    for (const pattern of ['**/*.ndjson', 'day/**/*.ndjson', `${folder}/**/*.ndjson`])
      expect((await partitions(pattern)).map((entry) => entry.split(' ')[1])).toEqual(names);
    expect(await partitions('day/**')).toHaveLength(4);
  });

  test('that matches nothing is an error', async () => {
    await expect(partitions('night/*.ndjson')).rejects.toMatchObject({ code: 'SOURCE_FILE_UNREADABLE' });
  });
});

describe('a line that is too long', () => {
  test('is cut to the bound and ends there; its neighbours are whole and keep their numbers', async () => {
    writeFileSync(join(folder, 'long.ndjson'), `first\n${'x'.repeat(5_000_000)}\n${'y'.repeat(2_048)}\nlast`);
    const chunks = await readAll(open({ path: 'long.ndjson', line_bytes_max: 2_048 }));
    expect(textOf(chunks)).toBe(`first\n${'x'.repeat(2_048)}\n${'y'.repeat(2_048)}\nlast`);
    const resumed = await readAll(open({ path: 'long.ndjson', line_bytes_max: 2_048 }, { resume: () => 3 }));
    expect(textOf(resumed)).toBe(`${'y'.repeat(2_048)}\nlast`);
  });
});

describe('a followed file', () => {
  /** Reads until `enough` says so of the text that has come. */
  async function followUntil(
    options: object,
    steps: readonly { readonly after: string; readonly act: () => void }[],
    enough: string,
    resume: SourceContext['resume'] = () => undefined,
  ): Promise<SourceChunk[]> {
    const stop = new AbortController();
    const chunks: SourceChunk[] = [];
    const pending = [...steps];
    const due = () => {
      while (pending.length > 0 && textOf(chunks).endsWith(pending[0].after)) pending.shift()!.act();
    };
    const deadline = setTimeout(() => stop.abort(), 10_000);
    due();
    for await (const chunk of open({ follow: true, poll: '5ms', ...options }, { signal: stop.signal, resume })) {
      chunks.push(chunk);
      due();
      if (textOf(chunks).endsWith(enough)) stop.abort();
    }
    clearTimeout(deadline);
    return chunks;
  }

  test('gives what is appended, line by whole line, until it is stopped', async () => {
    const file = join(folder, 'live.ndjson');
    writeFileSync(file, 'one\ntw');
    const chunks = await followUntil(
      { path: 'live.ndjson' },
      [
        { after: 'one\n', act: () => appendFileSync(file, 'o\nthr') },
        { after: 'two\n', act: () => appendFileSync(file, 'ee\n') },
      ],
      'three\n',
    );
    expect(textOf(chunks)).toBe('one\ntwo\nthree\n');
    expect(chunks.map(({ first_offset }) => first_offset)).toEqual([1, 2, 3]);
    expect(new Set(chunks.map(({ partition }) => partition)).size).toBe(1);
    expect(chunks[0].partition).toMatch(/^live\.ndjson#[0-9a-f]{8}$/);
  });

  test('goes on with the line that the log asks for, of the same file only', async () => {
    const file = join(folder, 'live.ndjson');
    writeFileSync(file, 'one\ntwo\nthree\n');
    const [first] = await followUntil({ path: 'live.ndjson' }, [], 'three\n');
    const resume = (_: string, partition: string) => (partition === first.partition ? 3 : undefined);
    const again = await followUntil({ path: 'live.ndjson' }, [], 'three\n', resume);
    expect(again.map((chunk) => [chunk.first_offset, textOf([chunk])])).toEqual([[3, 'three\n']]);
    writeFileSync(file, 'another\nthree\n');
    const other = await followUntil({ path: 'live.ndjson' }, [], 'three\n', resume);
    expect(textOf(other)).toBe('another\nthree\n');
  });

  test('that is replaced is read to its end, then the new one from its beginning', async () => {
    const file = join(folder, 'live.ndjson');
    writeFileSync(file, 'old 1\n');
    const rotate = () => {
      renameSync(file, join(folder, 'live.ndjson.1'));
      appendFileSync(join(folder, 'live.ndjson.1'), 'old 2\nold 3');
      writeFileSync(file, 'new 1\n');
    };
    const chunks = await followUntil({ path: 'live.ndjson' }, [{ after: 'old 1\n', act: rotate }], 'new 1\n');
    expect(textOf(chunks)).toBe('old 1\nold 2\nold 3new 1\n');
    expect(new Set(chunks.map(({ partition }) => partition)).size).toBe(2);
    expect(chunks.at(-1)?.first_offset).toBe(1);
  });

  test.each([
    ['anew', 'new\n'],
    ['on until it is longer than before', 'a long first line of another file\n2 more\nnew\n'],
  ])('that is emptied and written %s is read from its beginning', async (_, text) => {
    const file = join(folder, 'live.ndjson');
    writeFileSync(file, 'a long first line of the old file\n');
    const restart = () => {
      truncateSync(file, 0);
      appendFileSync(file, text);
    };
    const chunks = await followUntil({ path: 'live.ndjson' }, [{ after: 'file\n', act: restart }], 'new\n');
    expect(textOf(chunks)).toBe(`a long first line of the old file\n${text}`);
    expect(chunks.at(-1)?.partition).not.toBe(chunks[0]?.partition);
  });

  test.skipIf(!existsSync('/proc/self/fd'))(
    'is one of many, of which few are open; each is read on when it grows',
    async () => {
      const files = Array.from({ length: 12 }, (_, at) => join(folder, `many-${at + 10}.ndjson`));
      for (const [at, file] of files.entries()) writeFileSync(file, `first of ${at}\n`);
      const next = new Map<string, number>();
      const resume = (_: string, partition: string) => next.get(partition);
      const openNow = () =>
        readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`).startsWith(join(folder, 'many-')))
          .length;
      const stop = new AbortController();
      const deadline = setTimeout(() => stop.abort(), 10_000);
      const read: string[] = [];
      const opened: number[] = [];
      const followed = { follow: true, poll: '5ms', path: 'many-*.ndjson', open_files_max: 3 };
      const fills = new Map<string, Fill>();
      const filled = (fill: Fill) => void fills.set(fill.queue, fill);
      for await (const chunk of open(followed, { signal: stop.signal, resume, filled })) {
        read.push(`${chunk.first_offset} ${textOf([chunk])}`);
        next.set(chunk.partition, chunk.first_offset + 1);
        opened.push(openNow());
        if (read.length === 12) for (const at of [0, 5, 11]) appendFileSync(files[at]!, `second of ${at}\n`);
        if (read.length === 15) stop.abort();
      }
      clearTimeout(deadline);
      expect(read.slice(12).sort()).toEqual(['2 second of 0\n', '2 second of 11\n', '2 second of 5\n']);
      // Those that may be open, and the one at hand.
      expect(Math.max(...opened)).toBe(4);
      expect([...fills.values()]).toEqual([
        { queue: 'files', filled: 12, max: 65_536 },
        { queue: 'open_files', filled: 3, max: 3 },
      ]);
    },
  );

  test.each([true, false])('beyond files_max end the run, before one of them is read (follow: %s)', async (follow) => {
    for (let at = 0; at < 4; at++) writeFileSync(join(folder, `call-${at}.ndjson`), 'first\n');
    const stop = new AbortController();
    await expect(
      readAll(open({ path: 'call-*', follow, files_max: 3 }, { signal: stop.signal })),
    ).rejects.toMatchObject({
      code: 'SOURCE_FILES_EXCEEDED',
      message: '4 files match call-*',
      hint: expect.stringContaining('set files_max higher'),
    });
  });

  test('may come later, and a pattern finds new files and compressed ones', async () => {
    const chunks = await followUntil(
      { path: 'live-*' },
      [
        { after: '', act: () => writeFileSync(join(folder, 'live-1.ndjson'), 'one\n') },
        { after: 'one\n', act: () => writeFileSync(join(folder, 'live-2.ndjson.gz'), gzipSync('two\n')) },
        { after: 'two\n', act: () => writeFileSync(join(folder, 'live-3.ndjson'), 'three\n') },
      ],
      'three\n',
    );
    expect(textOf(chunks)).toBe('one\ntwo\nthree\n');
  });
});

describe('a compressed file that is not whole, in a folder that is followed', () => {
  test('stops nothing: it is told, and its rest is read once it is there', async () => {
    const whole = gzipSync(lines(1, 20_000));
    const path = join(folder, 'live-1.ndjson.gz');
    writeFileSync(path, whole.subarray(0, whole.length >> 1));
    writeFileSync(join(folder, 'live-2.ndjson'), 'other\n');
    const stop = new AbortController();
    const warned: string[] = [];
    let next = 1;
    const texts: string[] = [];
    const resume = (_: string, partition: string) => (partition.endsWith('.gz') ? next : undefined);
    const overrides = { signal: stop.signal, resume, warn: (line: string) => void warned.push(line) };
    for await (const chunk of open({ path: 'live-*', follow: true, poll: '5ms' }, overrides)) {
      texts.push(textOf([chunk]));
      if (chunk.partition.endsWith('.gz')) next = chunk.first_offset + textOf([chunk]).split('\n').length - 1;
      // The other file came although the first is broken: now it is completed.
      if (textOf([chunk]) === 'other\n') writeFileSync(path, whole);
      if (next > 20_000) stop.abort();
    }
    expect(warned).toEqual([
      expect.stringMatching(/live-1\.ndjson\.gz" could not be read: .*read again when it changes/),
    ]);
    expect(texts.filter((text) => text !== 'other\n').join('')).toBe(lines(1, 20_000));
  });
});

describe('the standard input', () => {
  test('is read as it comes, and its lines are numbered on from where the log stands', async () => {
    const stdin = new PassThrough();
    const reading = openFiles(fileSource.config.parse({ path: '-' }), context({ resume: () => 8 }), stdin);
    const iterator = reading[Symbol.asyncIterator]();
    stdin.write('one\ntwo\nthr');
    const first = await iterator.next();
    expect(first.value).toMatchObject({ input: 'file:stdin', partition: '-', first_offset: 8 });
    expect(textOf([first.value])).toBe('one\ntwo\n');
    stdin.end('ee');
    const second = await iterator.next();
    expect([second.value.first_offset, textOf([second.value])]).toEqual([10, 'three']);
    expect((await iterator.next()).done).toBe(true);
  });

  test('is let go on an abort', async () => {
    const child = spawn('sleep', ['30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const options = fileSource.config.parse({ path: '-' });
    expect(await readAll(openFiles(options, context({ signal: stop.signal }), child.stdout))).toEqual([]);
    child.kill();
  });
});

/** Of a descriptor that has been closed meanwhile, nothing. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
