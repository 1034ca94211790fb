import { describe, expect, it } from 'vitest';
import type { Directive } from '../../contracts/directive.js';
import type { OpenSink } from '../../contracts/sink.js';
import { EMIT_LIMITS, type EmitLimits, emit } from '../../pipelines/emit.js';
import { directive } from '../sinks/directive.js';

const AT_US = Date.parse('2025-10-07T15:00:00Z') * 1000;
const limits: EmitLimits = { retries_max: 2, timeout_ms: 40, backoff_ms: 10, batch_directives_max: 2 };
const directives = [1, 2, 3, 4, 5].map((seq) => directive({ id: `d${seq}`, seq }));

/** A sink that fails its first attempts in a given way, then takes everything; it notes what it was handed. */
function sink(
  fails: readonly (() => Promise<void>)[] = [],
): OpenSink & { readonly handed: string[][]; taken: string[] } {
  const left = [...fails];
  const made = {
    handed: [] as string[][],
    taken: [] as string[],
    async deliver(batch: readonly Directive[]) {
      const ids = batch.map((one) => one.id);
      made.handed.push(ids);
      const fail = left.shift();
      if (fail !== undefined) await fail();
      made.taken.push(...ids);
    },
    async close() {},
  };
  return made;
}
const refuse = () => Promise.reject(new Error('connection refused'));
const hang = () => new Promise<void>(() => {});

describe('the outbox relay', () => {
  it('hands directives over in order, in batches up to the bound, and says what was delivered where', async () => {
    const [left, right] = [sink(), sink()];
    const report = await emit(
      [
        { name: 'left', sink: left, undelivered: directives },
        { name: 'right', sink: right, undelivered: directives.slice(4) },
        { name: 'idle', sink: sink(), undelivered: [] },
      ],
      AT_US,
      limits,
    );
    expect(left.handed).toEqual([['d1', 'd2'], ['d3', 'd4'], ['d5']]);
    expect(report).toEqual({
      delivered: [
        { sink: 'left', directive_ids: ['d1', 'd2', 'd3', 'd4', 'd5'] },
        { sink: 'right', directive_ids: ['d5'] },
      ],
      failed: [],
      expired: [],
    });
  });

  it('tries again after a failure, with pauses that double, and no more often than the bound', async () => {
    const pauses: number[] = [];
    const wait = async (ms: number) => {
      pauses.push(ms);
    };
    const recovering = sink([refuse, refuse]);
    const report = await emit(
      [{ name: 'one', sink: recovering, undelivered: directives.slice(0, 1) }],
      AT_US,
      limits,
      wait,
    );
    expect(report.delivered).toEqual([{ sink: 'one', directive_ids: ['d1'] }]);
    expect(pauses).toEqual([10, 20]);

    const down = sink([refuse, refuse, refuse, refuse]);
    const failed = await emit([{ name: 'one', sink: down, undelivered: directives.slice(0, 1) }], AT_US, limits, wait);
    expect(down.handed).toHaveLength(1 + limits.retries_max);
    expect(failed.failed).toEqual([{ sink: 'one', directive_ids: ['d1'], reason: 'connection refused' }]);
  });

  it('keeps the order: nothing behind a failed batch is sent', async () => {
    const failing = sink([async () => {}, refuse, refuse, refuse]);
    const { delivered, failed } = await emit([{ name: 'one', sink: failing, undelivered: directives }], AT_US, limits);
    expect(delivered).toEqual([{ sink: 'one', directive_ids: ['d1', 'd2'] }]);
    expect(failed).toEqual([{ sink: 'one', directive_ids: ['d3', 'd4', 'd5'], reason: 'connection refused' }]);
    expect(failing.taken).toEqual(['d1', 'd2']);
  });

  it('gives up on a sink that never answers, and holds up no other', async () => {
    const healthy = sink();
    const { delivered, failed } = await emit(
      [
        { name: 'hung', sink: sink([hang, hang, hang]), undelivered: directives.slice(0, 1) },
        { name: 'healthy', sink: healthy, undelivered: directives.slice(0, 1) },
      ],
      AT_US,
      limits,
    );
    expect(delivered).toEqual([{ sink: 'healthy', directive_ids: ['d1'] }]);
    expect(failed).toEqual([{ sink: 'hung', directive_ids: ['d1'], reason: 'no answer within 40 ms' }]);
  });

  it('contains a sink that throws at once, throws what is no error, or fails after it was given up on', async () => {
    const throwing: OpenSink = {
      deliver() {
        throw new Error('not open');
      },
      async close() {},
    };
    const odd = sink([
      () => Promise.reject('odd'),
      () => Promise.reject('odd'),
      () => Promise.reject('x'.repeat(10_000)),
    ]);
    const late = sink([
      () => new Promise((_, reject) => setTimeout(() => reject(new Error('too late')), 60)),
      hang,
      hang,
    ]);
    const undelivered = directives.slice(0, 1);
    const { failed } = await emit(
      [
        { name: 'throwing', sink: throwing, undelivered },
        { name: 'odd', sink: odd, undelivered },
        { name: 'late', sink: late, undelivered },
      ],
      AT_US,
      limits,
    );
    expect(failed.map(({ sink, reason }) => [sink, reason.slice(0, 10), reason.length])).toEqual([
      ['throwing', 'not open', 8],
      ['odd', 'xxxxxxxxxx', 512],
      ['late', 'no answer ', 22],
    ]);
  });

  it('does not send what has expired by event time, and counts it', async () => {
    const receiver = sink();
    const expired = directive({ id: 'old', expires_at: '2025-10-07T15:00:00.000Z' });
    const living = directive({ id: 'new', expires_at: '2025-10-07T15:00:00.001Z' });
    const report = await emit([{ name: 'one', sink: receiver, undelivered: [expired, living] }], AT_US);
    expect(receiver.taken).toEqual(['new']);
    expect(report.expired).toEqual([{ sink: 'one', directive_ids: ['old'] }]);
    expect(report.delivered).toEqual([{ sink: 'one', directive_ids: ['new'] }]);
  });

  it('has limits by default', () => {
    expect(Object.values(EMIT_LIMITS).every((limit) => Number.isInteger(limit) && limit > 0)).toBe(true);
  });
});
