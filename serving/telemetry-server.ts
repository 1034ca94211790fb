import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { PlumblineError } from '../contracts/errors.js';
import type { Fill } from '../contracts/fill.js';
import type { Telemetry } from './telemetry.js';

const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 30_000;
/** How long a page may take while the store is busy. */
const PAGE_MS_MAX = 10_000;

export interface TelemetryServer {
  readonly url: string;
  readonly fill: Fill;
  close(): Promise<void>;
}

/** How an instance stands: whether it lives, and whether it does what it is there for. */
export interface Health {
  /** Null when all is well; else what is wrong. Nothing but a new start helps then. */
  failure(): string | null;
  /** Null when events are taken; else why not yet, or not any more. */
  unready(): string | null;
}

/**
 * `/metrics`, `/healthz` and `/readyz` over HTTP. Reads only, knows no callee and no text; who may ask is decided by the
 * address it listens on.
 * @throws PlumblineError CONFIG_FIELD_INVALID when the address cannot be had
 */
export async function serveTelemetry(
  place: { readonly host: string; readonly port: number; readonly connections_max: number },
  telemetry: Telemetry,
  health: Health,
): Promise<TelemetryServer> {
  const server = createServer(
    { headersTimeout: HEADERS_MS_MAX, requestTimeout: REQUEST_MS_MAX },
    (request, response) => {
      const path = (request.url ?? '').split('?')[0];
      if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'only GET is answered');
      else if (path === '/healthz') tell(response, health.failure());
      else if (path === '/readyz') tell(response, health.failure() ?? health.unready());
      else if (path === '/metrics') void page(response, telemetry);
      else answer(response, 404, 'there are /metrics, /healthz and /readyz');
    },
  );
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.maxConnections = place.connections_max;
  await listen(server, place);
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    get fill() {
      return { queue: 'telemetry_connections', filled: sockets.size, max: place.connections_max };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function page(response: ServerResponse, telemetry: Telemetry): Promise<void> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('the store is busy')), PAGE_MS_MAX).unref();
  });
  try {
    const text = await Promise.race([telemetry.page(), late]);
    answer(response, 200, text, telemetry.content_type);
  } catch {
    answer(response, 503, 'the telemetry cannot be read now');
  }
}

function tell(response: ServerResponse, wrong: string | null): void {
  answer(response, wrong === null ? 200 : 503, wrong ?? 'ok');
}

function answer(
  response: ServerResponse,
  status: number,
  text: string,
  content_type = 'text/plain; charset=utf-8',
): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': content_type, 'cache-control': 'no-store' });
  response.end(text.endsWith('\n') ? text : `${text}\n`);
}

function listen(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error) =>
      reject(
        new PlumblineError('CONFIG_FIELD_INVALID', `the telemetry cannot be served on ${host}:${port}`, {
          detail: cause.message,
          hint: 'Set operate.telemetry_port and operate.telemetry_host to an address that is free on this machine.',
          cause,
        }),
      );
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      // A connection that cannot be accepted (no descriptors left) must not stop the instance.
      server.on('error', () => {});
      resolve();
    });
  });
}
