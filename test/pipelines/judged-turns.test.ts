import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TURN_LIMITS } from '../../pipelines/derive.js';
import { Store } from '../../pipelines/store.js';

/** Speaker, start and end in ms. */
type Turn = readonly ['agent' | 'callee', number, number];

interface Judgement {
  readonly overlap_ms: number | null;
  readonly is_interruption: boolean;
  readonly is_backchannel: boolean;
  readonly is_cut_off: boolean;
}

let store: Store;
beforeAll(async () => {
  store = await Store.open({ path: ':memory:', threads: 1, memory_mib_max: 128, temp_dir: tmpdir() });
  await store.createSchema();
});
afterAll(() => store.close());

/** What is said of each turn of one call, in the order given. */
async function judge(turns: readonly Turn[]): Promise<Judgement[]> {
  await store.define('delete from turns');
  const values = turns.map(
    ([party, from, to], index) =>
      `(1, ${index}, '${party}', make_timestamp(${from * 1000}), make_timestamp(${to * 1000}), false, false, false, ${index})`,
  );
  if (values.length > 0)
    await store.define(
      `insert into turns (call_key, turn_key, party, started_at, ended_at, is_backchannel, is_cut_off, is_interruption, first_seq) values ${values.join(', ')}`,
    );
  const { overlap_ms_min, backchannel_ms_max, yield_ms_max, resume_ms_min } = TURN_LIMITS;
  const { rows } = await store.query('select 1');
  expect(rows).toHaveLength(1);
  await store.define(
    `create or replace table judged as select * from judged_turns('turn_times', ${overlap_ms_min}, ${backchannel_ms_max}, ${yield_ms_max}, ${resume_ms_min})`,
  );
  const judged = await store.query(
    'select overlap_ms, is_interruption, is_backchannel, is_cut_off from judged order by turn_key',
  );
  return judged.rows.map(([overlap_ms, is_interruption, is_backchannel, is_cut_off]) => ({
    overlap_ms: overlap_ms as number | null,
    is_interruption: is_interruption as boolean,
    is_backchannel: is_backchannel as boolean,
    is_cut_off: is_cut_off as boolean,
  }));
}

const quiet: Judgement = { overlap_ms: null, is_interruption: false, is_backchannel: false, is_cut_off: false };

describe('a turn', () => {
  it('that follows the other side is neither a barge-in nor cut off', async () => {
    expect(
      await judge([
        ['agent', 0, 2000],
        ['callee', 2300, 4000],
      ]),
    ).toEqual([quiet, quiet]);
  });

  it('that starts within the last moment of the other is a clean hand-over', async () => {
    expect(
      await judge([
        ['agent', 0, 2000],
        ['callee', 1900, 4000],
      ]),
    ).toEqual([quiet, quiet]);
  });

  it('that starts while the other is talking is a barge-in, and the other is cut off when it soon falls silent', async () => {
    expect(
      await judge([
        ['agent', 0, 3000],
        ['callee', 2000, 6000],
      ]),
    ).toEqual([
      { ...quiet, is_cut_off: true },
      { ...quiet, overlap_ms: 1000, is_interruption: true },
    ]);
  });

  it('is not cut off when it goes on for longer, or takes up again at once', async () => {
    const [slow] = await judge([
      ['agent', 0, 5000],
      ['callee', 2000, 6000],
    ]);
    expect(slow!.is_cut_off).toBe(false);
    const [resumed] = await judge([
      ['agent', 0, 3000],
      ['callee', 2000, 6000],
      ['agent', 3200, 4000],
    ]);
    expect(resumed!.is_cut_off).toBe(false);
  });

  it('of the callee that is short and inside the other is a backchannel, and cuts nobody off', async () => {
    expect(
      await judge([
        ['agent', 0, 3000],
        ['callee', 2000, 2400],
      ]),
    ).toEqual([quiet, { ...quiet, overlap_ms: 1000, is_backchannel: true }]);
  });

  it('of the callee is no backchannel when it is one piece of longer speech', async () => {
    const judged = await judge([
      ['agent', 0, 5000],
      ['callee', 2000, 2400],
      ['callee', 2500, 4000],
    ]);
    expect(judged.map(({ is_backchannel }) => is_backchannel)).toEqual([false, false, false]);
  });

  it('of the agent that is short and inside the other is an interruption', async () => {
    const [, agent] = await judge([
      ['callee', 0, 3000],
      ['agent', 1000, 1400],
    ]);
    expect(agent).toMatchObject({ is_interruption: true, is_backchannel: false });
  });

  it('that starts at the same instant as the other is over it, whichever was reported first', async () => {
    const one = await judge([
      ['callee', 0, 3000],
      ['agent', 0, 600],
    ]);
    const other = await judge([
      ['agent', 0, 600],
      ['callee', 0, 3000],
    ]);
    expect(one.map(({ overlap_ms }) => overlap_ms)).toEqual([600, 3000]);
    expect(other).toEqual([...one].reverse());
  });
});

describe('turns of any call', () => {
  const turn = fc.tuple(fc.constantFrom('agent' as const, 'callee' as const), fc.nat(20_000), fc.nat(4_000));

  it('are a barge-in or a backchannel exactly when they overlap; nobody is cut off who is not overlapped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 12 }), async (drawn) => {
        const turns = drawn.map(([party, from, length]): Turn => [party, from, from + length]);
        const judged = await judge(turns);
        for (const [index, { overlap_ms, is_interruption, is_backchannel, is_cut_off }] of judged.entries()) {
          const [party, from, to] = turns[index]!;
          const others = turns.filter(([other]) => other !== party);
          const until = Math.max(-1, ...others.filter(([, start]) => start <= from).map(([, , end]) => end));
          expect(overlap_ms).toBe(until > from + TURN_LIMITS.overlap_ms_min ? until - from : null);
          expect(is_interruption !== is_backchannel).toBe(overlap_ms !== null);
          if (is_backchannel) expect([party, to - from <= TURN_LIMITS.backchannel_ms_max]).toEqual(['callee', true]);
          if (is_cut_off) expect(others.some(([, start, end]) => start >= from && start < to && end > to)).toBe(true);
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});
