import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Pipeline } from '../../pipelines/pipeline.js';
import { readTexts, textOwner } from '../../pipelines/privacy/text-records.js';
import { calls, event, FedSource, filesNaming, ownerOf, rebuiltDigest, text_secret } from './called-persons.js';
import { newFolder, openSmall } from './small-run.js';

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const [anna, nobody] = ['+14155550123', '+14155550100'];
const land = { batch_rows_max: 64, duplicate_entries_max: 4_096 };

const others = (from_s: number, until_s: number) =>
  calls(from_s, until_s, (at_s) => `+14155551${String(at_s % 70).padStart(3, '0')}`);

const said = (id: string, at_s: number, text: string) =>
  event(id, 'turn.transcribed', at_s, { call_id: 'hers', turn_id: id, speaker: 'callee', text });

/** She was called before, for another campaign, and is on the telephone. */
const BEFORE = [
  event('e-1', 'call.initiated', 1, { call_id: 'earlier', callee: anna, campaign: 'autumn' }),
  event('e-2', 'call.ended', 9, { call_id: 'earlier', disposition: 'busy' }),
  ...others(10, 300),
  event('h-1', 'call.initiated', 300, { call_id: 'hers', callee: anna, campaign: 'spring' }),
  event('h-2', 'call.answered', 304, { call_id: 'hers' }),
  said('h-3', 308, 'this is Anna speaking'),
];

/** The rest of her call, and time enough for it to settle. */
const REST = [
  said('h-5', 340, 'and this is what I say now'),
  event('h-6', 'call.ended', 350, { call_id: 'hers', disposition: 'completed', talk_ms: 46_000 }),
  ...others(400, 900),
];

/** Runs both parts through one process, and does something between them while it runs. */
async function runParts(
  data_dir: string,
  rest: readonly string[],
  between: (pipeline: Pipeline) => Promise<void>,
): Promise<Pipeline> {
  const source = new FedSource();
  const pipeline = await openSmall(data_dir, [{ source, config: {} }], { land, live: { now_us: Date.now() * 1000 } });
  const run = pipeline.run();
  try {
    source.feed(BEFORE);
    const isReceived = () => expect(pipeline.progress.events.received).toBeGreaterThanOrEqual(BEFORE.length);
    await vi.waitFor(isReceived, { timeout: 30_000 });
    // Whoever was never called changes nothing; what waits to fill a frame is landed and applied.
    await pipeline.operations.forget(nobody);
    await between(pipeline);
    source.feed(rest);
  } finally {
    source.end();
    await run;
  }
  return pipeline;
}

/** What is kept of the texts of her open call, whoever owns them. */
async function textsOfHers(pipeline: Pipeline, data_dir: string): Promise<string[]> {
  const { rows } = await pipeline.query("select call_key::varchar from calls where call_id = 'hers'");
  const call_key = BigInt(rows[0]![0] as string);
  const owners = [ownerOf(anna), textOwner('k', Number(call_key & 0xffff_ffffn), Number(call_key >> 32n))];
  return owners.flatMap((owner) => [...readTexts(data_dir, owner, text_secret)].map(({ text }) => text));
}

const forgotten_dir = join(folder, 'forgotten');

// Beside each other: they wait for what lands in time.
describe.concurrent('somebody who is forgotten while a call of theirs is open', () => {
  test('moves no digest; the rest of the call lands, is counted, and names them nowhere', async () => {
    const [twin_dir, data_dir] = [join(folder, 'twin'), forgotten_dir];
    const twin = await runParts(twin_dir, REST, async () => undefined);
    const expected = await twin.digest();
    expect(await textsOfHers(twin, twin_dir)).toHaveLength(2);
    await twin.close();
    const pipeline = await runParts(data_dir, REST, async (running) => {
      const { rows } = await running.query("select count(*)::integer from hot_events where call_id = 'hers'");
      expect(rows).toEqual([[3]]);
      const before = await running.digest();
      expect((await running.operations.forget(anna)).events).toBe(2);
      expect(await running.digest()).toEqual(before);
      expect(filesNaming(data_dir, anna)).toEqual([]);
    });
    const { rows } = await pipeline.query("select disposition::varchar, talk_ms from calls where call_id = 'hers'");
    expect(rows).toEqual([['completed', 46_000]]);
    expect(filesNaming(data_dir, anna)).toEqual([]);
    expect(await textsOfHers(pipeline, data_dir)).toEqual([]);
    const digest = await pipeline.digest();
    await pipeline.close();
    expect(digest).toEqual(expected);
    expect(await rebuiltDigest(data_dir, land)).toEqual(digest);
  }, 60_000);

  test('has nothing kept of what is said in that call after a restart', async () => {
    const data_dir = join(folder, 'restarted');
    const before = await runParts(data_dir, [], async (running) => {
      await running.operations.forget(anna);
    });
    await before.close();
    const source = new FedSource();
    source.feed(REST);
    source.end();
    const pipeline = await openSmall(data_dir, [{ source, config: {} }], { land, live: { now_us: Date.now() * 1000 } });
    await pipeline.run();
    const { rows } = await pipeline.query("select disposition::varchar, talk_ms from calls where call_id = 'hers'");
    expect(rows).toEqual([['completed', 46_000]]);
    expect(await textsOfHers(pipeline, data_dir)).toEqual([]);
    expect(filesNaming(data_dir, anna)).toEqual([]);
    await pipeline.close();
  }, 60_000);

  test('is somebody new when their number comes again, also for the same call, which stays whose it was', async () => {
    const data_dir = join(folder, 'again');
    const again = [
      event('h-4', 'call.initiated', 330, { call_id: 'hers', callee: anna, campaign: 'spring' }),
      event('n-1', 'call.initiated', 332, { call_id: 'next', callee: anna, campaign: 'summer' }),
      event('n-2', 'call.ended', 338, { call_id: 'next', disposition: 'busy' }),
    ];
    const pipeline = await runParts(data_dir, [...again, ...REST], async (running) => {
      await running.operations.forget(anna);
    });
    const contacts = async () => {
      const sql = "select contact_id from calls where call_id in ('earlier', 'hers', 'next') order by call_id";
      return (await pipeline.query(sql)).rows.map(([id]) => id);
    };
    const [earlier, hers, next] = await contacts();
    expect(hers).toBe(earlier);
    expect(next).toBeGreaterThan(hers as number);
    expect(await textsOfHers(pipeline, data_dir)).toEqual(['and this is what I say now']);
    const digest = await pipeline.digest();
    expect(await pipeline.operations.forget(anna)).toMatchObject({ events: 2, text_keys: 1 });
    expect(await contacts()).toEqual([earlier, hers, next]);
    expect(await textsOfHers(pipeline, data_dir)).toEqual([]);
    expect(filesNaming(data_dir, anna)).toEqual([]);
    expect(await pipeline.digest()).toEqual(digest);
    await pipeline.close();
    expect(await rebuiltDigest(data_dir, land)).toEqual(digest);
  }, 60_000);
});

describe('the digest of a store in which somebody was forgotten', () => {
  test('is not blind: the token of somebody else, or of nobody, in an open call shows', async () => {
    const pipeline = await openSmall(forgotten_dir, [], { land });
    const digestAfter = async (change = '') => {
      if (change !== '') await pipeline.store.define(change);
      const { relations } = await pipeline.digest();
      return relations.find(({ relation }) => relation === 'open_call_events')!;
    };
    const right = await digestAfter();
    expect(right.rows).toBeGreaterThan(1);
    const swap = `update hot_events set contact_token = case contact_token
      when (select min(contact_token) from hot_events) then (select max(contact_token) from hot_events)
      when (select max(contact_token) from hot_events) then (select min(contact_token) from hot_events)
      else contact_token end`;
    expect(await digestAfter(swap)).not.toEqual(right);
    expect(await digestAfter(swap)).toEqual(right);
    const unknown = 'update hot_events set contact_token = 1 where contact_token is not null';
    const ofNobody = await digestAfter(unknown);
    expect(ofNobody).not.toEqual(right);
    expect(await digestAfter('update hot_events set contact_token = null')).not.toEqual(ofNobody);
    await pipeline.close();
    expect((await rebuiltDigest(forgotten_dir, land)).relations).toContainEqual(right);
  }, 60_000);
});
