import { lstatSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { comparisonReportSchema } from '../contracts/comparison-report.js';
import { PlumblineError } from '../contracts/errors.js';
import {
  baselineDocumentSchema,
  digestReportSchema,
  explanationSchema,
  replayResultSchema,
  seriesPointSchema,
  sqlDocumentSchema,
  statusDocumentSchema,
} from '../contracts/reports.js';
import type { Instance } from './instance.js';
import {
  LineReader,
  type LocalRequest,
  RESPONSE_BYTES_MAX,
  responseError,
  responseSchema,
  socketPath,
  tokenPath,
} from './local-protocol.js';

const reportMaterialSchema = z.strictObject({
  result: replayResultSchema,
  series: z.record(z.string(), z.array(seriesPointSchema)),
});

/**
 * The instance that runs on a data directory, or null when none does.
 *
 * @throws PlumblineError INSTANCE_ACCESS_REFUSED when one runs and this user may not ask it
 */
export async function connectInstance(data_dir: string): Promise<Instance | null> {
  const path = socketPath(data_dir);
  if (!isOwn(path)) throw refused(data_dir, undefined);
  const socket = await openSocket(path);
  if (socket === null) return null;
  let token: string;
  try {
    token = readFileSync(tokenPath(data_dir), 'utf8').trim();
  } catch (error) {
    socket.destroy();
    throw refused(data_dir, error);
  }
  const line = new Line(socket);
  const ask = async <Result>(request: Unsigned, schema: z.ZodType<Result>): Promise<Result> =>
    schema.parse(await line.ask({ token, ...request } as LocalRequest));
  return {
    status: () => ask({ command: 'status' }, statusDocumentSchema),
    explain: (directive_id) => ask({ command: 'explain', arguments: { directive_id } }, explanationSchema),
    sql: (query) => ask({ command: 'sql', arguments: { query } }, sqlDocumentSchema),
    baseline: () => ask({ command: 'baseline' }, baselineDocumentSchema),
    digest: () => ask({ command: 'digest' }, digestReportSchema),
    compare: (request) => ask({ command: 'compare', arguments: request }, comparisonReportSchema),
    report: (episodes_max) => ask({ command: 'report', arguments: { episodes_max } }, reportMaterialSchema),
    close: async () => {
      socket.destroy();
    },
  };
}

type Unsigned = LocalRequest extends infer Request
  ? Request extends LocalRequest
    ? Omit<Request, 'token'>
    : never
  : never;

/** Whether what lies at a path is ours to trust: the token is never told to a socket that another user laid there. */
function isOwn(path: string): boolean {
  const user = process.getuid?.();
  if (user === undefined || user === 0) return true;
  const owner = lstatSync(path, { throwIfNoEntry: false })?.uid;
  return owner === undefined || owner === user;
}

function refused(data_dir: string, cause: unknown): PlumblineError {
  return new PlumblineError('INSTANCE_ACCESS_REFUSED', `the instance on "${data_dir}" does not answer this user`, {
    detail: 'its socket or its token file can be read by the user who runs it only',
    hint: 'Run this command as that user.',
    cause,
  });
}

/** Null when nobody listens there. */
function openSocket(path: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR') resolve(null);
      else reject(error.code === 'EACCES' || error.code === 'EPERM' ? refused(path, error) : error);
    });
  });
}

/** Requests and responses in turn over one connection. */
class Line {
  readonly #socket: Socket;
  readonly #lines = new LineReader(RESPONSE_BYTES_MAX);
  readonly #waiting: { resolve(line: string): void; reject(error: unknown): void }[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(gone(error)));
    socket.on('close', () => this.#fail(gone()));
  }

  async ask(request: LocalRequest): Promise<unknown> {
    const line = await new Promise<string>((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(gone());
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#socket.write(`${JSON.stringify(request)}\n`);
    });
    const response = responseSchema.parse(JSON.parse(line));
    if (!response.ok) throw responseError(response.error);
    return response.result;
  }

  #take(chunk: Buffer): void {
    try {
      for (const line of this.#lines.take(chunk)) this.#waiting.shift()?.resolve(line);
    } catch (error) {
      this.#fail(error);
      this.#socket.destroy();
    }
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

function gone(cause?: unknown): PlumblineError {
  return new PlumblineError('INSTANCE_NOT_RUNNING', 'the instance closed the connection before it answered', {
    hint: 'It may be stopping, or busy with as many questions as it takes: ask again, or start it with `plumbline run`.',
    cause,
  });
}
