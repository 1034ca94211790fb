import { lstatSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import type { Conservation } from '../contracts/batch.js';
import { comparisonReportSchema } from '../contracts/comparison-report.js';
import { conservationSchema } from '../contracts/conservation.js';
import { PlumblineError } from '../contracts/errors.js';
import { storeSignalSchema } from '../contracts/evaluation-report.js';
import {
  backupFiguresSchema,
  baselineDocumentSchema,
  digestReportSchema,
  explanationSchema,
  forgetDocumentSchema,
  keysDocumentSchema,
  replayResultSchema,
  sqlDocumentSchema,
  statusDocumentSchema,
} from '../contracts/reports.js';
import { reviewReportSchema } from '../contracts/review-report.js';
import { seriesPointSchema } from '../contracts/series-point.js';
import { countedTogether, type ReplayedLine } from '../pipelines/rejected-lines.js';
import type { Instance } from './instance.js';
import {
  LineReader,
  type LocalRequest,
  REPLAYED_LINES_MAX,
  REQUEST_BYTES_MAX,
  RESPONSE_BYTES_MAX,
  responseError,
  responseSchema,
  socketPath,
  tokenPath,
} from './local-protocol.js';

/** Of a request to land lines again: leaves room for what stands around them. */
const REPLAY_BYTES_MAX = REQUEST_BYTES_MAX - 65_536;

const reportMaterialSchema = z.strictObject({
  result: replayResultSchema,
  series: z.record(z.string(), z.array(seriesPointSchema)),
  rows_from: z.string().nullable(),
});

/**
 * The instance that runs on a data directory, or null when none does.
 *
 * @param signal ends the connection while an answer to a question is waited for: the instance does not go on with it then. What
 * it was told to do is waited for all the same.
 * @throws PlumblineError INSTANCE_ACCESS_REFUSED when one runs and this user may not ask it
 */
export async function connectInstance(data_dir: string, signal?: AbortSignal): Promise<Instance | null> {
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
  const read = async <Result>(request: Unsigned, schema: z.ZodType<Result>): Promise<Result> => {
    const leave = () => socket.destroy();
    signal?.throwIfAborted();
    signal?.addEventListener('abort', leave, { once: true });
    return await ask(request, schema).finally(() => signal?.removeEventListener('abort', leave));
  };
  return {
    status: () => read({ command: 'status' }, statusDocumentSchema),
    explain: (directive_id) => read({ command: 'explain', arguments: { directive_id } }, explanationSchema),
    sql: (query) => read({ command: 'sql', arguments: { query } }, sqlDocumentSchema),
    baseline: () => ask({ command: 'baseline' }, baselineDocumentSchema),
    digest: () => read({ command: 'digest' }, digestReportSchema),
    signals: () => read({ command: 'signals' }, z.array(storeSignalSchema)),
    async replayRejected(lines) {
      let total: Conservation = { received: 0, landed: 0, rejected: 0, duplicate: 0, late: 0 };
      for (const part of replayRequests(lines)) {
        const counted = await ask({ command: 'replay_rejected', arguments: { lines: part } }, conservationSchema);
        total = countedTogether(total, counted);
      }
      return total;
    },
    forget: (callee) => ask({ command: 'forget', arguments: { callee } }, forgetDocumentSchema),
    backup: (folder) => ask({ command: 'backup', arguments: { folder } }, backupFiguresSchema),
    rotateKeys: () => ask({ command: 'rotate_keys' }, keysDocumentSchema),
    compare: (request) => read({ command: 'compare', arguments: request }, comparisonReportSchema),
    review: (request) => read({ command: 'review', arguments: request }, reviewReportSchema),
    report: (episodes_max) => read({ command: 'report', arguments: { episodes_max } }, reportMaterialSchema),
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

/** Lines in requests that are not too large for the socket. */
function* replayRequests(lines: readonly ReplayedLine[]): Generator<{ id: string; base64: string }[]> {
  let part: { id: string; base64: string }[] = [];
  let bytes = 0;
  for (const { id, bytes: line } of lines) {
    const base64 = Buffer.from(line).toString('base64');
    if (part.length === REPLAYED_LINES_MAX || bytes + base64.length > REPLAY_BYTES_MAX) {
      if (part.length > 0) yield part;
      part = [];
      bytes = 0;
    }
    part.push({ id, base64 });
    bytes += base64.length + 96;
  }
  if (part.length > 0) yield part;
}

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
