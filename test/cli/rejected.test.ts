import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rejectedCommand } from '../../cli/commands/rejected.js';
import { replayCommand } from '../../cli/commands/replay.js';
import { runCommand } from '../../cli/commands/run.js';
import { Terminal } from '../../cli/terminal.js';
import type { Conservation } from '../../contracts/batch.js';
import { type RejectedDocument, rejectedDocumentSchema } from '../../contracts/rejected-report.js';
import { readFrames } from '../../pipelines/land.js';

const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'plumbline-rejected-'));

const event = (id: string, call_id = id) =>
  `{"specversion":"1.0","id":"${id}","source":"s","type":"call.initiated","time":"2025-10-07T14:00:00Z","data":{"call_id":"${call_id}"}}`;
const LONG = `${event('long').slice(0, -1)},"x":"${'y'.repeat(70_000)}"}`;
/** What an escape sequence would do to a terminal must not happen. */
const ODD = '{"a":"\u001b[2J';
const LINES = [event('a'), '{"b', event('c').replace('call.initiated', 'call.begun'), ODD, LONG, event('d')];

function terminalInto(out: PassThrough, is_json: boolean): Terminal {
  return new Terminal(is_json, out as unknown as WriteStream, new PassThrough() as unknown as WriteStream);
}

const signal = new AbortController().signal;

async function said(words: readonly string[], options: object = {}): Promise<string> {
  const out = new PassThrough();
  const all = { limit: 50, dataDir: 'data', ...options };
  await rejectedCommand.run({ terminal: terminalInto(out, false), words, options: all, signal });
  return String(out.read() ?? '');
}

async function told(words: readonly string[], options: object = {}): Promise<RejectedDocument> {
  const out = new PassThrough();
  const all = { limit: 50, dataDir: 'data', ...options };
  await rejectedCommand.run({ terminal: terminalInto(out, true), words, options: all, signal });
  return rejectedDocumentSchema.parse(JSON.parse(String(out.read())));
}

async function conservation(data_dir: string): Promise<Conservation> {
  let last: Conservation | undefined;
  for await (const frame of readFrames(data_dir, { from_frame: 0 })) last = frame.conservation;
  return last!;
}

beforeAll(async () => {
  process.chdir(folder);
  writeFileSync('lines.ndjson', `${LINES.join('\n')}\n`);
  const options = { dataDir: 'data' };
  await replayCommand.run({
    terminal: terminalInto(new PassThrough(), true),
    words: ['lines.ndjson'],
    options,
    signal,
  });
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

describe('plumbline rejected', () => {
  test('lists what was kept out: why, where, when, how large; newest first, and by reason', async () => {
    const all = await told(['list']);
    expect(all).toMatchObject({ rejected: 4, by_reason: { json_syntax: 2, unknown_type: 1, json_string: 1 } });
    expect(all.lines.map(({ offset, reason, bytes_length }) => [offset, reason, bytes_length])).toEqual([
      [5, 'json_string', LONG.length],
      [4, 'json_syntax', ODD.length],
      [3, 'unknown_type', LINES[2]!.length],
      [2, 'json_syntax', 3],
    ]);
    const { partition, rejected_at, readable_until } = all.lines[0]!;
    expect(partition).toBe('lines.ndjson');
    expect(Math.abs(Date.parse(rejected_at!) - Date.now())).toBeLessThan(60_000);
    const days = (Date.parse(readable_until!) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(5.9);
    expect(days).toBeLessThan(7.1);
    expect((await told(['list'], { reason: 'unknown_type' })).lines).toHaveLength(1);
    expect((await told(['list'], { limit: 1 })).lines.map(({ offset }) => offset)).toEqual([5]);
    expect(await said(['list'])).toContain('4 rejected');
  });

  test('shows the bytes of one, as they were, and to a terminal without what could move its cursor', async () => {
    const id = (await told(['list'])).lines[1]!.id;
    const shown = await told(['show', id]);
    expect(shown.text).toBe(ODD);
    expect(Buffer.from(shown.base64!, 'base64').toString()).toBe(ODD);
    const text = await said(['show', id]);
    expect(text).toContain('{"a":"\\u{001b}[2J');
    expect(text).not.toContain('\u001b');
    await told(['show', id], { to: 'odd.ndjson' });
    expect(readFileSync('odd.ndjson', 'utf8')).toBe(ODD);
    await expect(told(['show', id], { to: 'odd.ndjson' })).rejects.toMatchObject({ code: 'COMMAND_ARGUMENT_INVALID' });
  });

  test.each([
    [['show'], {}],
    [['show', '99.0'], {}],
    [['show', 'x'], {}],
    [['replay'], {}],
    [['replay', '99.0'], {}],
    [['replay'], { reason: 'json_string' }],
    [['replay'], { reason: 'json_syntax', file: 'no such file' }],
    [['replay'], { reason: 'json_syntax', file: 'lines.ndjson' }],
  ])('refuses %j with %j, and lands nothing', async (words, options) => {
    const counts = await conservation('data');
    await expect(told(words, options)).rejects.toMatchObject({ code: 'COMMAND_ARGUMENT_INVALID' });
    expect(await conservation('data')).toEqual(counts);
  });

  test('replays a corrected line as new input that says which line it stands for; again it is a duplicate', async () => {
    const { id } = (await told(['list'], { reason: 'unknown_type' })).lines[0]!;
    expect((await told(['replay', id])).replayed).toEqual(counted({ received: 1, rejected: 1 }));
    writeFileSync('right.ndjson', `${event('c')}\n`);
    const options = { file: 'right.ndjson' };
    expect((await told(['replay', id], options)).replayed).toEqual(counted({ received: 1, landed: 1, late: 1 }));
    expect((await told(['replay', id], options)).replayed).toEqual(counted({ received: 1, duplicate: 1 }));
    const positions: unknown[] = [];
    for await (const frame of readFrames('data', { from_frame: 0 }))
      if (frame.kind === 'events') positions.push(...frame.positions);
    expect(positions.slice(-3)).toEqual(
      [2, 3, 4].map((next_offset) => ({ input: 'rejected', partition: id, next_offset })),
    );
    // Where it was rejected a second time it has a line of its own.
    expect((await told(['list'], { limit: 1 })).lines[0]).toMatchObject({
      input: 'rejected',
      partition: id,
      offset: 1,
    });
  });

  test('replays through the instance that runs, and what runs on counts it', async () => {
    writeFileSync(
      'run.yaml',
      'version: 1\ndata_dir: live\nsinks: []\nsources: [{ use: file, path: live.ndjson, follow: true, poll: 20ms }]\n',
    );
    writeFileSync('live.ndjson', `${LINES.join('\n')}\n`);
    const stop = new AbortController();
    const terminal = terminalInto(new PassThrough(), false);
    const running = runCommand.run({ terminal, words: [], options: { config: 'run.yaml' }, signal: stop.signal });
    const options = { dataDir: 'live', config: 'run.yaml' };
    try {
      await expect
        .poll(() => told(['list'], options).catch(() => null), { timeout: 20_000 })
        .toMatchObject({ rejected: 4 });
      writeFileSync('two.ndjson', `${event('x')}\n${event('y')}\n`);
      const { replayed } = await told(['replay'], { ...options, reason: 'json_syntax', file: 'two.ndjson' });
      expect(replayed).toMatchObject({ received: 2, landed: 2 });
    } finally {
      stop.abort();
      expect(await running).toBe(0);
    }
    expect(await conservation('live')).toMatchObject({ received: 8, landed: 4, rejected: 4 });
  });
});

function counted(some: Partial<Conservation>): Conservation {
  return { received: 0, landed: 0, rejected: 0, duplicate: 0, late: 0, ...some };
}
