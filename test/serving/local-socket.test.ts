import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlumblineError } from '../../contracts/errors.js';
import { connectInstance } from '../../serving/client.js';
import type { Instance } from '../../serving/instance.js';
import { LineReader, REQUEST_BYTES_MAX, responseSchema, socketPath, tokenPath } from '../../serving/local-protocol.js';
import { type LocalSocket, serveLocalSocket } from '../../serving/local-socket.js';

const digest = { relations: [{ relation: 'calls', rows: 1, digest: 'ab' }], digest: 'cd' };
const signals = [
  {
    signal: 'answer_rate',
    kind: 'proportion' as const,
    harmful: 'down' as const,
    streams: 2,
    level: 0.3,
    value_sd: 0,
    dispersion: 1.1,
    stream_units_per_week: 500,
    units_per_week: 90_000,
  },
];
const asked: string[] = [];

/** An instance whose answers are known; what it is asked is written down. */
const instance: Instance = {
  status: () => Promise.reject(new Error('broken inside')),
  explain: (id) =>
    Promise.reject(
      new PlumblineError('DIRECTIVE_UNKNOWN', `directive "${id}" is not known`, { detail: 'd', hint: 'h' }),
    ),
  async sql(query, gone) {
    asked.push(query);
    if (query === 'long') await new Promise((resolve) => gone!.addEventListener('abort', resolve));
    if (query === 'long') asked.push('interrupted');
    return { columns: ['q'], rows: [[query]] };
  },
  baseline: async () => ({ seconds: 0.1, baseline_version: 'b1', baselines: 3 }),
  digest: async () => digest,
  async replayRejected(lines) {
    asked.push(...lines.map(({ id, bytes }) => `${id} ${bytes.length}`));
    return { received: lines.length, landed: 1, rejected: 0, duplicate: 0, late: 0 };
  },
  async forget(callee) {
    asked.push(callee);
    return { events: 1, calls: 1, rejected: 0, text_keys: 2 };
  },
  rotateKeys: async () => ({ keys: 4 }),
  backup: async () => ({ files: 1, bytes: 2, frames: 3, events: 4 }),
  compare: () => Promise.reject(new Error('not asked here')),
  review: () => Promise.reject(new Error('not asked here')),
  signals: async () => signals,
  report: () => Promise.reject(new Error('not asked here')),
  close: async () => {},
};

const REQUESTS_MAX = 32;
const BOUNDS = { requests_max: REQUESTS_MAX, answer_bytes_max: 65_536 };
let folder: string;
let served: LocalSocket;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-socket-'));
  asked.length = 0;
  served = await serveLocalSocket(folder, instance, BOUNDS);
});
afterEach(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

/** Sends bytes as they are, and gives what comes back until the other side is done or a line has come. */
function talk(bytes: string, lines_wanted = 1): Promise<{ lines: string[]; is_closed: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath(folder));
    let text = '';
    const done = (is_closed: boolean) => {
      socket.destroy();
      resolve({ lines: text.split('\n').slice(0, -1), is_closed });
    };
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.split('\n').length > lines_wanted) setTimeout(() => done(socket.readableEnded), 20);
    });
    socket.on('end', () => done(true));
    socket.on('error', reject);
    socket.write(bytes);
  });
}

const token = () => readFileSync(tokenPath(folder), 'utf8').trim();
const request = (fields: object) => `${JSON.stringify(fields)}\n`;
const errorCode = (line: string) => {
  const response = responseSchema.parse(JSON.parse(line));
  return response.ok ? null : response.error.code;
};

describe('the local socket', () => {
  it('answers its owner, with the errors that the instance throws', async () => {
    const client = await connectInstance(folder);
    expect(await client?.digest()).toEqual(digest);
    expect(await client?.signals()).toEqual(signals);
    expect(await client?.sql('select 1')).toEqual({ columns: ['q'], rows: [['select 1']] });
    expect(await client?.baseline()).toMatchObject({ baselines: 3 });
    await expect(client?.explain('5f')).rejects.toMatchObject({ code: 'DIRECTIVE_UNKNOWN', detail: 'd', hint: 'h' });
    await expect(client?.status()).rejects.toThrow('broken inside');
    await client?.close();
  });

  it.each([
    ['a wrong token', { token: 'f'.repeat(64), command: 'sql', arguments: { query: 'select 1' } }],
    ['no token', { command: 'sql', arguments: { query: 'select 1' } }],
    ['a token that is no text', { token: null, command: 'sql', arguments: { query: 'select 1' } }],
    ['a wrong token, whatever else is wrong', { token: '', command: 'no such command' }],
  ])('refuses %s, does nothing and hangs up', async (_, fields) => {
    const { lines, is_closed } = await talk(request(fields));
    expect(lines.map(errorCode)).toEqual(['INSTANCE_ACCESS_REFUSED']);
    expect(is_closed).toBe(true);
    expect(asked).toEqual([]);
  });

  it('refuses a request that it does not know', async () => {
    for (const fields of [
      { command: 'drop' },
      { command: 'sql' },
      { command: 'sql', arguments: { query: '' } },
      { command: 'digest', arguments: {} },
      { command: 'forget', arguments: { callee: '4085557712' } },
    ]) {
      const { lines } = await talk(request({ token: token(), ...fields }));
      expect(lines.map(errorCode)).toEqual(['INSTANCE_REQUEST_INVALID']);
    }
  });

  it('refuses what is not JSON, and hangs up on a line without end', async () => {
    expect((await talk('hello\n')).lines.map(errorCode)).toEqual(['INSTANCE_REQUEST_INVALID']);
    const endless = await talk('x'.repeat(REQUEST_BYTES_MAX + 1));
    expect(endless.lines.map(errorCode)).toEqual(['INSTANCE_REQUEST_INVALID']);
    expect(endless.is_closed).toBe(true);
  });

  it('tells the instance when who has asked a question goes away, and leaves it at once when told to end', async () => {
    const end = new AbortController();
    const client = await connectInstance(folder, end.signal);
    const answer = client!.sql('long');
    await expect.poll(() => asked).toEqual(['long']);
    end.abort();
    await expect(answer).rejects.toMatchObject({ code: 'INSTANCE_NOT_RUNNING' });
    await expect.poll(() => asked).toEqual(['long', 'interrupted']);
    expect(served.fills).toContainEqual({ queue: 'requests', filled: 0, max: REQUESTS_MAX });
  });

  it('answers requests of one connection in their order', async () => {
    const query = (text: string) => request({ token: token(), command: 'sql', arguments: { query: text } });
    const { lines } = await talk(query('a') + query('b') + query('c'), 3);
    expect(asked).toEqual(['a', 'b', 'c']);
    expect(lines.map((line) => JSON.parse(line).result.rows[0][0])).toEqual(['a', 'b', 'c']);
  });

  it('gives no answer that is larger than its bound, and goes on', async () => {
    const long = { toJSON: () => 'x'.repeat(BOUNDS.answer_bytes_max) };
    // As a text says that would be longer than any can be.
    const endless = { toJSON: () => 'x'.repeat(2 ** 30) };
    const answers: unknown[] = ['short', long, endless, 'short'];
    const sql = async () => ({ columns: ['q'], rows: [[answers.shift()]] }) as never;
    await served.close();
    served = await serveLocalSocket(folder, { ...instance, sql }, BOUNDS);
    const query = request({ token: token(), command: 'sql', arguments: { query: 'select 1' } });
    const { lines } = await talk(query.repeat(4), 4);
    expect(lines.map(errorCode)).toEqual([null, 'SQL_FAILED', 'SQL_FAILED', null]);
    for (const line of lines.slice(1, 3))
      expect(JSON.parse(line).error).toMatchObject({
        message: 'the answer is too large',
        detail: 'it has more than 65536 bytes',
      });
  });

  it('is held back by who does not read its answers: they do not gather in memory', async () => {
    const token = readFileSync(tokenPath(folder), 'utf8').trim();
    const query = 'x'.repeat(60_000);
    const request = `${JSON.stringify({ token, command: 'sql', arguments: { query } })}\n`;
    const socket = connect(served.path);
    socket.pause();
    for (let at = 0; at < 300; at++) socket.write(request);
    await sleep(300);
    expect(asked.length).toBeLessThan(100);
    const { filled, max } = served.fills.find(({ queue }) => queue === 'answers')!;
    expect(max).toBe(REQUESTS_MAX * BOUNDS.answer_bytes_max);
    expect(filled).toBeGreaterThan(0);
    expect(filled).toBeLessThanOrEqual(BOUNDS.answer_bytes_max);
    let answers = 0;
    socket.on('data', (bytes: Buffer) => {
      answers += bytes.toString().split('\n').length - 1;
    });
    socket.resume();
    while (answers < 300) await sleep(5);
    expect(asked).toHaveLength(300);
    socket.destroy();
  });

  it('takes any number of lines to land again, in requests of its size, and adds up what became of them', async () => {
    const client = await connectInstance(folder);
    const lines = Array.from({ length: 2_100 }, (_, index) => ({ id: `1.${index}`, bytes: Buffer.alloc(index, 120) }));
    const counted = await client!.replayRejected(lines);
    expect(asked).toEqual(lines.map(({ id, bytes }) => `${id} ${bytes.length}`));
    expect(counted.received).toBe(2_100);
    expect(counted.landed).toBeGreaterThan(3);
    await client!.close();
  });

  it('is open to its owner only, and so is its token', () => {
    expect(statSync(socketPath(folder)).mode & 0o777).toBe(0o600);
    expect(statSync(tokenPath(folder)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('takes no more connections than its bound', async () => {
    const clients = await Promise.all(Array.from({ length: REQUESTS_MAX }, () => connectInstance(folder)));
    await Promise.all(clients.map((client) => client?.digest()));
    expect(served.fills).toContainEqual({ queue: 'connections', filled: REQUESTS_MAX, max: REQUESTS_MAX });
    const one_more = await connectInstance(folder);
    await expect(one_more?.digest()).rejects.toMatchObject({ code: 'INSTANCE_NOT_RUNNING' });
    await Promise.all(clients.map((client) => client?.close()));
  });

  it('is busy while as many requests are under way as it takes, also those that nobody waits for any more', async () => {
    await served.close();
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const signals = () => answered.then(() => []);
    served = await serveLocalSocket(folder, { ...instance, signals }, { ...BOUNDS, requests_max: 3 });
    const fill = (queue: string) => served.fills.find((one) => one.queue === queue)!.filled;
    for (let left = 1; left <= 3; left++) {
      const client = (await connectInstance(folder))!;
      client.signals().catch(() => undefined);
      await expect.poll(() => fill('requests')).toBe(left);
      await client.close();
    }
    await expect.poll(() => fill('connections')).toBe(0);
    const client = (await connectInstance(folder))!;
    await expect(client.signals()).rejects.toMatchObject({
      code: 'INSTANCE_BUSY',
      detail: expect.stringContaining('operate.requests_max is 3'),
    });
    answer();
    await expect.poll(() => fill('requests')).toBe(0);
    expect(await client.signals()).toEqual([]);
    await client.close();
  });

  it('replaces a socket and a token that were left behind', async () => {
    const before = token();
    await served.close();
    writeFileSync(tokenPath(folder), before, { mode: 0o644 });
    served = await serveLocalSocket(folder, instance, BOUNDS);
    expect(token()).not.toBe(before);
    expect(statSync(tokenPath(folder)).mode & 0o777).toBe(0o600);
    expect((await talk(request({ token: before, command: 'digest' }))).lines.map(errorCode)).toEqual([
      'INSTANCE_ACCESS_REFUSED',
    ]);
  });

  it('leaves nothing behind, and is not there any more', async () => {
    await served.close();
    expect(existsSync(socketPath(folder))).toBe(false);
    expect(existsSync(tokenPath(folder))).toBe(false);
    expect(await connectInstance(folder)).toBeNull();
  });
});

describe('the path of the socket', () => {
  it('stays within what a socket can have, for a data directory of any length', () => {
    expect(socketPath('/data')).toBe('/data/plumbline.sock');
    const long = socketPath(`/${'deep/'.repeat(60)}data`);
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(107);
    expect(long).not.toBe(socketPath(`/${'deep/'.repeat(61)}data`));
  });
});

describe('lines', () => {
  it('come out whole, however the bytes were cut', () => {
    const bytes = Buffer.from('{"a":"é"}\n\nlast\nrest');
    for (let cut = 1; cut < bytes.length; cut++) {
      const reader = new LineReader(64);
      const lines: string[] = [];
      for (let at = 0; at < bytes.length; at += cut) lines.push(...reader.take(bytes.subarray(at, at + cut)));
      expect(lines).toEqual(['{"a":"é"}', '', 'last']);
    }
  });

  it('of too many bytes are refused before they are gathered', () => {
    const reader = new LineReader(8);
    reader.take(Buffer.from('12345678'));
    expect(() => reader.take(Buffer.from('9'))).toThrow(RangeError);
  });
});
