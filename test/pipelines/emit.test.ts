import { describe, expect, it } from 'vitest';
import type { Directive } from '../../contracts/directive.js';
import type { OpenSink } from '../../contracts/sink.js';
import { Emitter } from '../../pipelines/emit.js';
import { directive } from '../sinks/directive.js';
import { hang, refuse, scriptedSink } from '../sinks/scripted-sink.js';

const AT_US = Date.parse('2025-10-07T15:00:00Z') * 1000;
const limits = { timeout_ms: 40, batch_directives_max: 2 };
const directives = [1, 2, 3, 4, 5].map((seq) => directive({ id: `d${seq}`, seq }));
const nothing = { delivered: [], expired: [], failed: 0, reason: null };

function send(sink: OpenSink, given: readonly Directive[]) {
  return new Emitter('one', sink, limits).send(given, AT_US);
}

describe('handing directives to a sink', () => {
  it('hands them over in order, in batches up to the bound, and says which were taken', async () => {
    const sink = scriptedSink();
    expect(await send(sink, directives)).toEqual({
      ...nothing,
      sink: 'one',
      delivered: ['d1', 'd2', 'd3', 'd4', 'd5'],
    });
    expect(sink.handed).toEqual([['d1', 'd2'], ['d3', 'd4'], ['d5']]);
  });

  it('keeps the order: nothing behind a failed batch is sent', async () => {
    const sink = scriptedSink([async () => {}, refuse]);
    expect(await send(sink, directives)).toEqual({
      ...nothing,
      sink: 'one',
      delivered: ['d1', 'd2'],
      failed: 3,
      reason: 'connection refused',
    });
    expect(sink.taken).toEqual(['d1', 'd2']);
  });

  it('gives up on a sink that does not answer, tells it so, and hands it nothing until it has ended', async () => {
    let given_up: AbortSignal | undefined;
    let end: () => void = () => undefined;
    const taken: string[] = [];
    const slow: OpenSink = {
      async deliver(batch, signal) {
        given_up ??= signal;
        if (taken.length === 0) await new Promise<void>((resolve) => (end = resolve));
        taken.push(...batch.map(({ id }) => id));
      },
      async close() {},
    };
    const emitter = new Emitter('one', slow, limits);
    const one = directives.slice(0, 1);
    expect(await emitter.send(one, AT_US)).toMatchObject({ failed: 1, reason: 'no answer within 40 ms' });
    expect(given_up?.aborted).toBe(true);
    expect(await emitter.send(one, AT_US)).toMatchObject({
      failed: 1,
      reason: expect.stringMatching(/^it has not ended/),
    });
    end();
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(await emitter.send(one, AT_US)).toMatchObject({ delivered: ['d1'] });
    expect(taken).toEqual(['d1', 'd1']);
  });

  it.each([
    [
      'throws at once',
      () => {
        throw new Error('not open');
      },
      'not open',
    ],
    ['throws what is no error', () => Promise.reject('odd'), 'odd'],
    ['says a great deal', () => Promise.reject('x'.repeat(10_000)), 'x'.repeat(512)],
  ])('contains a sink that %s', async (_, deliver, reason) => {
    expect(await send({ deliver, async close() {} }, directives.slice(0, 1))).toMatchObject({ failed: 1, reason });
  });

  it('contains a sink that fails after it was given up on', async () => {
    const late = scriptedSink([
      () => new Promise((_, reject) => setTimeout(() => reject(new Error('too late')), 60)),
      hang,
    ]);
    const emitter = new Emitter('one', late, limits);
    expect(await emitter.send(directives, AT_US)).toMatchObject({ reason: 'no answer within 40 ms' });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await emitter.send(directives, AT_US)).toMatchObject({ reason: 'no answer within 40 ms' });
  });

  it('does not send what has expired by then, and says so', async () => {
    const sink = scriptedSink();
    const expired = directive({ id: 'old', expires_at: '2025-10-07T15:00:00.000Z' });
    const living = directive({ id: 'new', expires_at: '2025-10-07T15:00:00.001Z' });
    const outcome = await send(sink, [expired, living]);
    expect(sink.taken).toEqual(['new']);
    expect(outcome).toEqual({ ...nothing, sink: 'one', delivered: ['new'], expired: ['old'] });
  });
});
