import { describe, expect, it } from 'vitest';
import type { Directive } from '../../contracts/directive.js';
import type { EmitLimits, EmitOutcome } from '../../pipelines/emit.js';
import { Relay, type RelayOptions } from '../../pipelines/relay.js';
import { directive } from '../sinks/directive.js';
import { hang, refuse, type ScriptedSink, scriptedSink } from '../sinks/scripted-sink.js';

const limits: EmitLimits = {
  retries_max: 2,
  timeout_ms: 40,
  backoff_ms: 10,
  backoff_ms_max: 15,
  batch_directives_max: 2,
  outbox_directives_max: 4,
  drain_ms: 100,
};
const directives = (count: number) =>
  Array.from({ length: count }, (_, seq) => directive({ id: `d${seq + 1}`, seq: seq + 1 }));
const ids = (count: number) => directives(count).map(({ id }) => id);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A relay over outboxes in memory. */
function relayOf(
  sinks: Readonly<Record<string, ScriptedSink>>,
  held: Directive[],
  options: Partial<RelayOptions> = {},
) {
  const outcomes: EmitOutcome[] = [];
  const warnings: string[] = [];
  const pages: number[] = [];
  const left = new Map(Object.keys(sinks).map((name) => [name, [...held]]));
  const relay = new Relay({
    sinks: new Map(Object.entries(sinks)),
    limits,
    nowUs: () => 0,
    async undelivered(sink, directives_max) {
      const page = left.get(sink)!.slice(0, directives_max);
      if (page.length > 0) pages.push(page.length);
      return page;
    },
    async record(outcome) {
      outcomes.push(outcome);
      const gone = new Set([...outcome.delivered, ...outcome.expired]);
      left.set(
        outcome.sink,
        left.get(outcome.sink)!.filter(({ id }) => !gone.has(id)),
      );
    },
    warn: (line) => void warnings.push(line),
    ...options,
  });
  return { relay, outcomes, warnings, pages, left };
}

describe('the outbox relay', () => {
  it('empties every outbox in pages up to the bound, and records what was taken', async () => {
    const [left, right] = [scriptedSink(), scriptedSink()];
    const run = relayOf({ left, right }, directives(9));
    await run.relay.drain(Number.POSITIVE_INFINITY);
    expect(left.taken).toEqual(ids(9));
    expect(right.taken).toEqual(ids(9));
    expect(Math.max(...run.pages)).toBe(limits.outbox_directives_max);
    expect([...run.left.values()]).toEqual([[], []]);
    expect(run.warnings).toEqual([]);
  });

  it('tries again after pauses that double up to their bound, no more often than allowed, and says what is left', async () => {
    const pauses: number[] = [];
    const wait = async (ms: number) => void pauses.push(ms);
    const recovering = scriptedSink([refuse, refuse]);
    const run = relayOf({ one: recovering }, directives(1), { wait });
    await run.relay.drain(Number.POSITIVE_INFINITY);
    expect(recovering.taken).toEqual(['d1']);
    expect(pauses).toEqual([10, 15]);

    const down = scriptedSink([refuse, refuse, refuse, refuse]);
    const failing = relayOf({ one: down }, directives(1), { wait });
    await failing.relay.drain(Number.POSITIVE_INFINITY);
    expect(down.handed).toHaveLength(1 + limits.retries_max);
    expect(failing.warnings[0]).toBe('sink one did not take 1 directives: connection refused');
    expect(failing.warnings.at(-1)).toMatch(/^sink one: what it has not taken is sent/);

    await failing.relay.drain(Number.POSITIVE_INFINITY);
    expect(down.taken).toEqual(['d1']);
  });

  it('goes on in steps that wait for no sink: one that never answers holds up neither the loop nor another', async () => {
    const [hung, healthy] = [scriptedSink([hang]), scriptedSink()];
    const run = relayOf({ hung, healthy }, directives(6), { limits: { ...limits, timeout_ms: 600_000 } });
    while (healthy.taken.length < 6) {
      await run.relay.step();
      await pause(1);
    }
    expect(hung.handed).toHaveLength(1);
    await run.relay.step();
    expect(run.relay.fills).toEqual([
      { queue: 'outbox_hung', filled: 4, max: 4 },
      { queue: 'outbox_healthy', filled: 0, max: 4 },
    ]);
  });

  it('leaves a sink that never ends with one delivery, however often it would be tried again', async () => {
    const hung = scriptedSink([hang]);
    const run = relayOf({ hung }, directives(1), { limits: { ...limits, timeout_ms: 10 } });
    while (run.outcomes.length < 3) {
      await run.relay.step();
      await pause(5);
    }
    expect(hung.handed).toHaveLength(1);
    expect(run.outcomes.map(({ delivered, failed }) => [delivered, failed])).toEqual([
      [[], 1],
      [[], 1],
      [[], 1],
    ]);
  });

  it('tries a sink that is down again, but not before its pause is over', async () => {
    const down = scriptedSink([refuse, refuse]);
    const run = relayOf({ down }, directives(1), { limits: { ...limits, backoff_ms: 30, backoff_ms_max: 30 } });
    for (let step = 0; step < 5; step++) {
      await run.relay.step();
      await pause(1);
    }
    expect(down.handed).toHaveLength(1);
    while (down.taken.length === 0) {
      await pause(10);
      await run.relay.step();
    }
    expect(down.handed).toHaveLength(3);
  });

  it('does not wait at the end longer than it may', async () => {
    const options = { limits: { ...limits, timeout_ms: 600_000 } };
    const run = relayOf({ hung: scriptedSink([hang]) }, directives(1), options);
    await run.relay.drain(limits.drain_ms);
    expect(run.warnings).toEqual([expect.stringMatching(/^sink hung: what it has not taken/)]);
  });

  it('asks for what is new only after it was told that there is', async () => {
    const sink = scriptedSink();
    let asked = 0;
    const run = relayOf({ sink }, [], {
      undelivered: async () => {
        asked++;
        return [];
      },
    });
    for (let step = 0; step < 5; step++) await run.relay.step();
    expect(asked).toBe(1);
    run.relay.notice();
    await run.relay.step();
    expect(asked).toBe(2);
  });
});
