import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '../contracts/errors.js';
import type { Fill } from '../contracts/fill.js';
import { makeFolder } from '../pipelines/durable-files.js';
import type { Instance } from './instance.js';
import {
  errorResponse,
  isSameToken,
  LineReader,
  type LocalRequest,
  type LocalResponse,
  REQUEST_BYTES_MAX,
  requestSchema,
  socketPath,
  tokenPath,
} from './local-protocol.js';

/** How long a connection may stay without a request. */
const IDLE_MS_MAX = 30_000;
/** How long answers that are under way may take when the instance stops. */
const DRAIN_MS_MAX = 2_000;

export interface SocketBounds {
  /** Connections at a time; and requests under way, for who closes a connection leaves one behind. */
  readonly requests_max: number;
  /** Of one answer. */
  readonly answer_bytes_max: number;
}

export interface LocalSocket {
  readonly path: string;
  readonly fills: readonly Fill[];
  close(): Promise<void>;
}

/**
 * Answers the commands of this machine's owner on a Unix socket. The caller holds the lock of the data directory, so a
 * socket that is already there was left behind and is replaced.
 */
export async function serveLocalSocket(
  data_dir: string,
  instance: Instance,
  { requests_max, answer_bytes_max }: SocketBounds,
): Promise<LocalSocket> {
  const path = socketPath(data_dir);
  makeFolder(dirname(path));
  chmodSync(dirname(path), 0o700);
  rmSync(path, { force: true });
  const token = writeToken(tokenPath(data_dir));
  const connections = new Set<Connection>();
  const desk = new Desk(instance, requests_max);
  const server = createServer((socket) => {
    const connection = new Connection(socket, { token, desk, answer_bytes_max }, () => connections.delete(connection));
    connections.add(connection);
  });
  server.maxConnections = requests_max;
  await listen(server, path);
  chmodSync(path, 0o600);
  return {
    path,
    get fills() {
      let unread_bytes = 0;
      for (const { unread_bytes: bytes } of connections) unread_bytes += bytes;
      return [
        { queue: 'connections', filled: connections.size, max: requests_max },
        { queue: 'answers', filled: unread_bytes, max: requests_max * answer_bytes_max },
        desk.fill,
      ];
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const waited = AbortSignal.timeout(DRAIN_MS_MAX);
      await Promise.race([
        Promise.all([...connections].map((connection) => connection.drained())),
        new Promise<void>((resolve) => waited.addEventListener('abort', () => resolve(), { once: true })),
      ]);
      for (const connection of connections) connection.destroy();
      await closed;
      rmSync(path, { force: true });
      rmSync(tokenPath(data_dir), { force: true });
    },
  };
}

/** A new file each time: a token that was left behind, or laid there by another, is never taken. */
function writeToken(path: string): string {
  const token = randomBytes(32).toString('hex');
  rmSync(path, { force: true });
  writeFileSync(path, `${token}\n`, { mode: 0o600, flag: 'wx' });
  return token;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // A connection that cannot be accepted (no descriptors left) must not stop the instance.
      server.on('error', () => {});
      resolve();
    });
  });
}

/** Where requests are worked on: so many at a time, also when nobody waits for the answer any more. */
class Desk {
  readonly #instance: Instance;
  readonly #requests_max: number;
  #requests = 0;

  constructor(instance: Instance, requests_max: number) {
    this.#instance = instance;
    this.#requests_max = requests_max;
  }

  get fill(): Fill {
    return { queue: 'requests', filled: this.#requests, max: this.#requests_max };
  }

  /** @throws PlumblineError INSTANCE_BUSY */
  async perform(request: LocalRequest, gone: AbortSignal): Promise<unknown> {
    if (this.#requests >= this.#requests_max)
      throw new PlumblineError('INSTANCE_BUSY', 'the instance has as many requests under way as it takes', {
        detail: `operate.requests_max is ${this.#requests_max}; those of connections that are closed are among them`,
        hint: 'Ask again when some of them are done.',
      });
    this.#requests++;
    try {
      return await perform(request, this.#instance, gone);
    } finally {
      this.#requests--;
    }
  }
}

interface Counter {
  readonly token: string;
  readonly desk: Desk;
  readonly answer_bytes_max: number;
}

/**
 * One connection: its requests are answered one after another. While one is under way no more is read than tells whether
 * the other side is there still.
 */
class Connection {
  readonly #socket: Socket;
  readonly #counter: Counter;
  readonly #lines = new LineReader(REQUEST_BYTES_MAX);
  readonly #gone = new AbortController();
  #chunks = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(socket: Socket, counter: Counter, closed: () => void) {
    this.#socket = socket;
    this.#counter = counter;
    socket.setTimeout(IDLE_MS_MAX, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#gone.abort();
      closed();
    });
    socket.on('data', (chunk: Buffer) => {
      // A socket that is not read does not tell that the other side has closed it.
      if (++this.#chunks > 1) socket.pause();
      this.#work = this.#work.then(() => this.#takeChunk(chunk));
    });
  }

  /** Of answers that nobody has read yet. */
  get unread_bytes(): number {
    return this.#socket.writableLength;
  }

  drained(): Promise<void> {
    return this.#work;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #takeChunk(chunk: Buffer): Promise<void> {
    let lines: string[];
    try {
      lines = this.#lines.take(chunk);
    } catch (error) {
      this.#refuse(requestInvalid(error instanceof Error ? error.message : String(error)));
      return;
    }
    for (const line of lines) {
      const response = await this.#answer(line);
      if (this.#socket.destroyed) return;
      if (!response.ok && isRefusal(response)) {
        this.#socket.end(`${JSON.stringify(response)}\n`);
        return;
      }
      if (!this.#socket.write(responseLine(response, this.#counter.answer_bytes_max))) await this.#taken();
      if (this.#socket.destroyed) return;
    }
    this.#chunks--;
    this.#socket.resume();
  }

  /** Who does not read its answers gets no more of them: one at a time is in memory. */
  async #taken(): Promise<void> {
    const socket = this.#socket;
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.once('drain', done);
      socket.once('close', done);
    });
  }

  async #answer(line: string): Promise<LocalResponse> {
    try {
      const request = this.#parse(line);
      this.#socket.setTimeout(0);
      const result = await this.#counter.desk.perform(request, this.#gone.signal);
      return { ok: true, result };
    } catch (error) {
      return errorResponse(error);
    } finally {
      this.#socket.setTimeout(IDLE_MS_MAX);
    }
  }

  /** The token is looked at before anything else of a request. */
  #parse(line: string): LocalRequest {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw requestInvalid('it is not JSON');
    }
    const token = value !== null && typeof value === 'object' && 'token' in value ? value.token : undefined;
    if (typeof token !== 'string' || !isSameToken(token, this.#counter.token)) {
      throw new PlumblineError('INSTANCE_ACCESS_REFUSED', 'the token of the request is not that of this instance', {
        hint: 'Ask as the user who runs the instance: the token stands in plumbline.token in its data directory.',
      });
    }
    const parsed = requestSchema.safeParse(value);
    if (!parsed.success) throw requestInvalid(z.prettifyError(parsed.error));
    return parsed.data;
  }

  #refuse(error: PlumblineError): void {
    this.#socket.end(`${JSON.stringify(errorResponse(error))}\n`);
  }
}

function requestInvalid(detail: string): PlumblineError {
  return new PlumblineError('INSTANCE_REQUEST_INVALID', 'the request to the running instance is not valid', { detail });
}

function isRefusal(response: LocalResponse & { ok: false }): boolean {
  return response.error.code === 'INSTANCE_ACCESS_REFUSED';
}

function responseLine(response: LocalResponse, bytes_max: number): string {
  const line = lineOf(response);
  if (line !== null && Buffer.byteLength(line) <= bytes_max) return line;
  const error = new PlumblineError('SQL_FAILED', 'the answer is too large', {
    detail: `it has more than ${bytes_max} bytes`,
    hint: 'Ask for fewer rows (limit 1000) or fewer columns.',
  });
  return `${JSON.stringify(errorResponse(error))}\n`;
}

/** Null where it is longer than a text can be. */
function lineOf(response: LocalResponse): string | null {
  try {
    return `${JSON.stringify(response)}\n`;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function perform(request: LocalRequest, instance: Instance, gone: AbortSignal): Promise<unknown> {
  switch (request.command) {
    case 'status':
      return instance.status();
    case 'baseline':
      return instance.baseline();
    case 'digest':
      return instance.digest(gone);
    case 'signals':
      return instance.signals();
    case 'explain':
      return instance.explain(request.arguments.directive_id);
    case 'sql':
      return instance.sql(request.arguments.query, gone);
    case 'backup':
      return instance.backup(request.arguments.folder);
    case 'forget':
      return instance.forget(request.arguments.callee);
    case 'rotate_keys':
      return instance.rotateKeys();
    case 'replay_rejected':
      return instance.replayRejected(
        request.arguments.lines.map(({ id, base64 }) => ({ id, bytes: Buffer.from(base64, 'base64') })),
      );
    case 'compare':
      return instance.compare(request.arguments, gone);
    case 'review':
      return instance.review(request.arguments, gone);
    case 'report':
      return instance.report(request.arguments.episodes_max);
  }
}
