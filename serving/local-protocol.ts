import { createHash, timingSafeEqual } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { comparisonRequestSchema } from '../contracts/comparison-report.js';
import { ERROR_CODES, type ErrorCode, PlumblineError } from '../contracts/errors.js';
import { PHONE } from '../contracts/event.js';
import { reviewRequestSchema } from '../contracts/review-report.js';
import { toldToPeople } from '../pipelines/system-refusal.js';

/**
 * What is spoken on the local socket: one JSON object a line, a request and its response in turn.
 *
 *     {"token": "...", "command": "explain", "arguments": {"directive_id": "5f0c"}}
 *     {"ok": true, "result": {...}}        or        {"ok": false, "error": {"code": "...", "message": "..."}}
 *
 * Who closes the connection, or its half of it, does not wait for the answer: a query is interrupted then.
 *
 * Who asks is checked in three ways, since Node cannot read the credentials of the other side of a socket: the directory
 * of the socket is open to its owner only (0700), so is the socket (0600), and each request carries a random token that
 * stands in a file which only the owner can read (0600).
 */

export const REQUEST_BYTES_MAX = 1_048_576;
/** What a client takes; an instance may give less (`operate.answer_mib_max`). */
export const RESPONSE_BYTES_MAX = 268_435_456;
/** Lines of one request to land rejected ones again. */
export const REPLAYED_LINES_MAX = 1_000;

export const requestSchema = z.discriminatedUnion('command', [
  z.strictObject({ token: z.string(), command: z.literal('status') }),
  z.strictObject({ token: z.string(), command: z.literal('baseline') }),
  z.strictObject({ token: z.string(), command: z.literal('digest') }),
  z.strictObject({ token: z.string(), command: z.literal('signals') }),
  z.strictObject({ token: z.string(), command: z.literal('rotate_keys') }),
  z.strictObject({
    token: z.string(),
    command: z.literal('backup'),
    arguments: z.strictObject({ folder: z.string().min(1).max(4_096) }),
  }),
  z.strictObject({
    token: z.string(),
    command: z.literal('forget'),
    arguments: z.strictObject({ callee: z.string().regex(PHONE) }),
  }),
  z.strictObject({
    token: z.string(),
    command: z.literal('explain'),
    arguments: z.strictObject({ directive_id: z.string().min(1).max(128) }),
  }),
  z.strictObject({
    token: z.string(),
    command: z.literal('sql'),
    arguments: z.strictObject({ query: z.string().min(1).max(65_536) }),
  }),
  z.strictObject({ token: z.string(), command: z.literal('compare'), arguments: comparisonRequestSchema }),
  z.strictObject({ token: z.string(), command: z.literal('review'), arguments: reviewRequestSchema }),
  z.strictObject({
    token: z.string(),
    command: z.literal('replay_rejected'),
    arguments: z.strictObject({
      lines: z
        .array(z.strictObject({ id: z.string().max(64), base64: z.base64() }))
        .min(1)
        .max(REPLAYED_LINES_MAX),
    }),
  }),
  z.strictObject({
    token: z.string(),
    command: z.literal('report'),
    arguments: z.strictObject({ episodes_max: z.number().int().min(0).max(1_000) }),
  }),
]);
export type LocalRequest = z.infer<typeof requestSchema>;

const errorSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  detail: z.string().optional(),
  hint: z.string().optional(),
});
export const responseSchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), result: z.unknown() }),
  z.strictObject({ ok: z.literal(false), error: errorSchema }),
]);
export type LocalResponse = z.infer<typeof responseSchema>;

/** A path of a Unix socket has at most 107 bytes; some systems allow fewer. */
const SOCKET_PATH_BYTES_MAX = 100;

/** Where the instance on a data directory listens: in it, or, where that path is too long for a socket, beside it in /tmp. */
export function socketPath(data_dir: string): string {
  const path = join(resolve(data_dir), 'plumbline.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  const name = createHash('sha256').update(resolve(data_dir)).digest('hex').slice(0, 16);
  return join(tmpdir(), `plumbline-${userInfo().uid}`, `${name}.sock`);
}

export function tokenPath(data_dir: string): string {
  return join(resolve(data_dir), 'plumbline.token');
}

/** Compares in a time that tells nothing of where two tokens differ. */
export function isSameToken(left: string, right: string): boolean {
  const digest = (token: string) => createHash('sha256').update(token).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** Of an error that is none of the user's doing, nothing but its message leaves the process. */
export function errorResponse(thrown: unknown): LocalResponse {
  const error = toldToPeople(thrown);
  if (error instanceof PlumblineError) {
    const { code, message, detail, hint } = error;
    return {
      ok: false,
      error: { code, message, ...(detail === undefined ? {} : { detail }), ...(hint === undefined ? {} : { hint }) },
    };
  }
  return { ok: false, error: { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) } };
}

/** The error behind a response, as the instance threw it. */
export function responseError(error: z.infer<typeof errorSchema>): Error {
  const code = ERROR_CODES.find((known): known is ErrorCode => known === error.code);
  if (code === undefined) return new Error(error.message);
  return new PlumblineError(code, error.message, { detail: error.detail, hint: error.hint });
}

/**
 * Cuts a stream of bytes into lines.
 *
 * @throws RangeError when a line has more than `line_bytes_max` bytes
 */
export class LineReader {
  readonly #line_bytes_max: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(line_bytes_max: number) {
    this.#line_bytes_max = line_bytes_max;
  }

  /** The lines that `chunk` completes. */
  take(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, end));
      lines.push(Buffer.concat(this.#parts).toString('utf8'));
      this.#parts = [];
      this.#bytes = 0;
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#line_bytes_max) throw new RangeError(`a line has more than ${this.#line_bytes_max} bytes`);
    if (part.length > 0) this.#parts.push(part);
  }
}
