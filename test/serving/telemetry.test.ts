import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import type { Vitals } from '../../pipelines/vitals.js';
import { openTelemetry, type Telemetry } from '../../serving/telemetry.js';
import { type Health, serveTelemetry, type TelemetryServer } from '../../serving/telemetry-server.js';

const VITALS: Vitals = {
  events: { received: 12, landed: 9, rejected: 2, duplicate: 1, late: 3 },
  landing_lag_seconds: 0.25,
  applying_lag_frames: 2,
  watermark_lag_seconds: 31.5,
  rows_from_seconds: 1_756_713_600,
  fills: [{ queue: 'batch_rows', filled: 3, max: 6 }],
  set_aside: { frames: 2, events: 70, unreadable: ['one'] },
  passed_over_frames: 5,
  archiving_failed_attempts: 2,
  forgetting: { persons: 1, failed_attempts: 3 },
  counts: [
    { counted: 'open_calls', label: null, state: null, n: 4 },
    { counted: 'waiting_acknowledgements', label: null, state: null, n: 6 },
    { counted: 'verdicts', label: null, state: 'drift', n: 1 },
    { counted: 'directives', label: 'advise', state: 'in_force', n: 2 },
    { counted: 'deliveries', label: 'file', state: 'taken', n: 2 },
    { counted: 'unit_suspects', label: 'talk_ms', state: null, n: 5 },
    { counted: 'rejected', label: 'id_conflict', state: null, n: 2 },
  ],
};

let server: TelemetryServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(telemetry: Telemetry, health: Partial<Health> = {}): Promise<string> {
  const well = { failure: () => null, unready: () => null };
  server = await serveTelemetry({ host: '127.0.0.1', port: 0, connections_max: 4 }, telemetry, { ...well, ...health });
  return server.url;
}

const get = async (url: string, init?: RequestInit) => {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
};

describe('the telemetry', () => {
  test('tells outcomes, lags, fills, verdicts, directives and latencies in the format of Prometheus', async () => {
    const telemetry = openTelemetry(async () => VITALS);
    telemetry.committed(0.004);
    telemetry.applied(0.3);
    const url = await serve(telemetry);
    const { status, text, type } = await get(`${url}/metrics`);
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    for (const line of [
      'plumbline_events_total{outcome="received"} 12',
      'plumbline_events_total{outcome="late"} 3',
      'plumbline_landing_lag_seconds 0.25',
      'plumbline_applying_lag_frames 2',
      'plumbline_watermark_lag_seconds 31.5',
      'plumbline_rows_from_timestamp_seconds 1756713600',
      'plumbline_open_calls 4',
      'plumbline_waiting_acknowledgements 6',
      'plumbline_queue_fill_ratio{queue="batch_rows"} 0.5',
      'plumbline_set_aside_frames 2',
      'plumbline_set_aside_events 70',
      'plumbline_set_aside_unreadable_notes 1',
      'plumbline_passed_over_frames 5',
      'plumbline_archiving_failed_attempts 2',
      'plumbline_forgetting_persons 1',
      'plumbline_forgetting_failed_attempts 3',
      'plumbline_verdicts{state="drift"} 1',
      'plumbline_directives{state="in_force",mode="advise"} 2',
      'plumbline_deliveries{state="taken",sink="file"} 2',
      'plumbline_unit_suspects{field="talk_ms"} 5',
      'plumbline_rejected{reason="id_conflict"} 2',
      'plumbline_commit_seconds_bucket{le="0.005"} 1',
      'plumbline_apply_seconds_count 1',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
    // Counters stay what they are however often they are asked for.
    expect((await get(`${url}/metrics`)).text).toContain('plumbline_events_total{outcome="received"} 12');
  });

  test('has what is left of the heap after a full collection of its garbage', async () => {
    const url = await serve(openTelemetry(async () => VITALS));
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
    const told = async () =>
      Number(/^plumbline_heap_after_collection_bytes (\S+)$/m.exec((await get(`${url}/metrics`)).text)?.[1]);
    const left = async () => {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
      return await told();
    };
    const before = await left();
    const kept = new Array<number>(3_000_000).fill(0.5);
    expect((await left()) - before).toBeGreaterThan(16_000_000);
    expect(kept.length).toBe(3_000_000);
    kept.length = 0;
    expect((await left()) - before).toBeLessThan(8_000_000);
  });

  test('that cannot be read is told as such, and health is told all the same', async () => {
    const telemetry = openTelemetry(() => Promise.reject(new Error('secret')));
    const url = await serve(telemetry);
    const { status, text } = await get(`${url}/metrics`);
    expect(status).toBe(503);
    expect(text).not.toContain('secret');
    expect((await get(`${url}/healthz`)).status).toBe(200);
  });

  test('is read once for all who ask while the store is busy, and takes no more connections than its bound', async () => {
    let asked = 0;
    let answer = () => {};
    const vitals = () => {
      asked++;
      return new Promise<Vitals>((resolve) => {
        answer = () => resolve(VITALS);
      });
    };
    const url = await serve(openTelemetry(vitals));
    const waiting = Array.from({ length: 4 }, () => get(`${url}/metrics`));
    await expect.poll(() => server!.fill).toEqual({ queue: 'telemetry_connections', filled: 4, max: 4 });
    await expect(get(`${url}/healthz`)).rejects.toThrow();
    await expect.poll(() => asked).toBe(1);
    answer();
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
    expect(asked).toBe(1);
  });

  test('tells a failure from what is not ready', async () => {
    let failure: string | null = null;
    let unready: string | null = 'stopping';
    const telemetry = openTelemetry(async () => VITALS);
    const url = await serve(telemetry, { failure: () => failure, unready: () => unready });
    expect(await get(`${url}/healthz`)).toMatchObject({ status: 200, text: 'ok\n' });
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 503, text: 'stopping\n' });
    unready = null;
    expect(await get(`${url}/readyz?x=1`)).toMatchObject({ status: 200 });
    failure = 'the loop has failed';
    expect(await get(`${url}/healthz`)).toMatchObject({ status: 503 });
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 503, text: 'the loop has failed\n' });
  });

  test('answers nothing else, and is served on the address that was asked for alone', async () => {
    const url = await serve(openTelemetry(async () => VITALS));
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await get(`${url}/`)).status).toBe(404);
    expect((await get(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405);
    const place = { host: '127.0.0.1', port: Number(url.split(':').at(-1)), connections_max: 1 };
    const again = serveTelemetry(
      place,
      openTelemetry(async () => VITALS),
      { failure: () => null, unready: () => null },
    );
    await expect(again).rejects.toMatchObject({ code: 'CONFIG_FIELD_INVALID' });
  });

  test('ends although somebody holds a connection open', async () => {
    const url = await serve(openTelemetry(async () => VITALS));
    const socket = connect(Number(url.split(':').at(-1)), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => {});
    await server!.close();
    server = undefined;
    socket.destroy();
  });
});
