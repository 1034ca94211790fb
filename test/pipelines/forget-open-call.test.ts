import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../contracts/clock.js';
import type { Source } from '../../contracts/source.js';
import { detectors } from '../../detectors/index.js';
import type { Pipeline } from '../../pipelines/pipeline.js';
import { ContactTokens } from '../../pipelines/privacy/contact-tokens.js';
import { KeyRing } from '../../pipelines/privacy/key-ring.js';
import { readTexts, textOwner } from '../../pipelines/privacy/text-records.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { newFolder, openSmall, SMALL_CONFIG_TEXT, smallConfig } from './small-run.js';

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const ring = new KeyRing(folder, 'test');
const tokenOf = (callee: string) => new ContactTokens(ring.key('contact_token')).token(callee);

const [anna, nobody] = ['+14155550123', '+14155550100'];
const BEGIN_MS = Date.parse('2025-10-06T15:00:00Z');
const land = { batch_rows_max: 64, duplicate_entries_max: 4_096, future_max: '1d' };

function event(id: string, type: string, at_s: number, data: Record<string, unknown>): string {
  const time = new Date(BEGIN_MS + at_s * 1000).toISOString();
  return JSON.stringify({ specversion: '1.0', id, source: 's', type, time, data });
}

/** Calls of others, ten seconds apart; the last of them are open at the end. */
function others(from_s: number, until_s: number): string[] {
  const lines: string[] = [];
  for (let at_s = from_s; at_s < until_s; at_s += 10) {
    const call_id = `of-${at_s}`;
    const callee = `+14155551${String(at_s % 70).padStart(3, '0')}`;
    lines.push(event(`i${at_s}`, 'call.initiated', at_s, { call_id, callee, campaign: 'spring' }));
    if (at_s >= from_s + 60)
      lines.push(event(`e${at_s}`, 'call.ended', at_s, { call_id: `of-${at_s - 60}`, disposition: 'no_answer' }));
  }
  return lines;
}

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

/** A source that gives one part, and the other when it is let. */
function inTwoParts(rest: readonly string[], goOn: Promise<void>): Source {
  return {
    name: 'parts',
    summary: 'lines, and more of them when it is let',
    config: z.unknown(),
    async *open() {
      yield { input: 'parts', partition: 'p', first_offset: 1, bytes: Buffer.from(`${BEFORE.join('\n')}\n`) };
      await goOn;
      const first_offset = BEFORE.length + 1;
      yield { input: 'parts', partition: 'p', first_offset, bytes: Buffer.from(`${rest.join('\n')}\n`) };
    },
  };
}

/** Runs both parts through one process, and does something between them while it runs. */
async function runParts(
  data_dir: string,
  rest: readonly string[],
  between: (pipeline: Pipeline) => Promise<void>,
): Promise<Pipeline> {
  let goOn = () => {};
  const source = inTwoParts(rest, new Promise((resolve) => (goOn = resolve)));
  const live = { now_us: (BEGIN_MS + 1_800_000) * 1000 };
  const pipeline = await openSmall(data_dir, [{ source, config: {} }], { land, live });
  const run = pipeline.run();
  try {
    await expect.poll(() => pipeline.progress.events.received).toBeGreaterThanOrEqual(BEFORE.length);
    // Whoever was never called changes nothing; what waits to fill a frame is landed and applied.
    await pipeline.operations.forget(nobody);
    await between(pipeline);
  } finally {
    goOn();
    await run;
  }
  return pipeline;
}

function ownerOf(callee: string): string {
  const [low, high] = tokenOf(callee);
  return textOwner('c', low!, high!);
}

/** Files of a data directory, but for the store, in which somebody is named. */
function filesNaming(data_dir: string, callee: string): string[] {
  const marks = [Buffer.from(tokenOf(callee).buffer), Buffer.from(ownerOf(callee)), Buffer.from(callee.slice(1))];
  const files = (path: string): string[] =>
    readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? files(join(path, entry.name)) : [join(path, entry.name)],
    );
  return files(data_dir)
    .filter((file) => !file.includes('plumbline.duckdb'))
    .filter((file) => marks.some((mark) => readFileSync(file).includes(mark)));
}

/** What is kept of the texts of her open call, whoever owns them. */
async function textsOfHers(pipeline: Pipeline, data_dir: string): Promise<string[]> {
  const { rows } = await pipeline.query("select call_key::varchar from calls where call_id = 'hers'");
  const call_key = BigInt(rows[0]![0] as string);
  const owners = [ownerOf(anna), textOwner('k', Number(call_key & 0xffff_ffffn), Number(call_key >> 32n))];
  return owners.flatMap((owner) => [...readTexts(data_dir, owner, ring.key('texts'))].map(({ text }) => text));
}

const rebuilt = async (data_dir: string) => {
  const options = { config: smallConfig(land), config_text: SMALL_CONFIG_TEXT, data_dir, detectors };
  await rebuild({ ...options, clock: systemClock, write: () => undefined });
  const pipeline = await openSmall(data_dir, [], { land });
  const digest = await pipeline.digest();
  await pipeline.close();
  return digest;
};

describe('somebody who is forgotten while a call of theirs is open', () => {
  test('moves no digest; the rest of the call lands, is counted, and names them nowhere', async () => {
    const [twin_dir, data_dir] = [join(folder, 'twin'), join(folder, 'forgotten')];
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
    expect(await rebuilt(data_dir)).toEqual(digest);
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
    expect(await rebuilt(data_dir)).toEqual(digest);
  }, 60_000);

  test('does not blind the digest: the token of somebody else, or of nobody, in an open call shows', async () => {
    const data_dir = join(folder, 'forgotten');
    const pipeline = await openSmall(data_dir, [], { land });
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
    expect((await rebuilt(data_dir)).relations).toContainEqual(right);
  }, 60_000);
});
