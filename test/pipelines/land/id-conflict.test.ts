import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainEvent } from '../decode/event-lines.js';
import {
  allFrames,
  before,
  chunkOf,
  dataDir,
  eventLine,
  landAll,
  MINUTE_US,
  openLanding,
  rejectedOf,
} from './opened-landing.js';

/** What becomes of two lines, the second after a restart or not. */
async function landBoth(
  first: string,
  second: string,
  isRestarted: boolean,
  land: Parameters<typeof openLanding>[1] = {},
) {
  const data_dir = dataDir();
  let landing = await openLanding(data_dir, land);
  await landAll(landing, chunkOf([first]));
  if (isRestarted) {
    await landing.close();
    landing = await openLanding(data_dir, land);
  }
  await landAll(landing, chunkOf([second], { first_offset: 2 }));
  await landing.close();
  const { landed, duplicate, rejected } = landing.conservation;
  expect(landed).toBe(1);
  return duplicate === 1 ? 'duplicate' : rejectedOf(await allFrames(data_dir))[rejected - 1]!.reason;
}

const ENDED = { call_id: 'c', disposition: 'completed', duration_ms: 60_000, talk_ms: 41_000, agent_id: 'a-1' };
const ended = (changes: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  eventLine('e', 'call.ended', { ...ENDED, ...changes }, more);
const said = (text: string, changes: Record<string, unknown> = {}) =>
  eventLine('e', 'turn.transcribed', { call_id: 'c', turn_id: 't', speaker: 'agent', text, ...changes });

/** As JSON, with the keys of every object in the opposite order and white space between. */
function otherwise(line: string): string {
  const turned = (value: unknown): unknown => {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(turned);
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, one]) => [key, turned(one)]),
    );
  };
  return JSON.stringify(turned(JSON.parse(line)), null, 1).replaceAll('\n', ' ');
}

describe.each([
  ['at once', false],
  ['after a restart', true],
] as const)('an event with an id that has landed, %s', (_, isRestarted) => {
  test.each([
    ['another disposition', ended(), ended({ disposition: 'busy' })],
    ['another duration', ended(), ended({ duration_ms: 61_000 })],
    ['a field less', ended(), ended({ talk_ms: undefined })],
    ['another agent', ended(), ended({ agent_id: 'a-2' })],
    ['another call', ended(), ended({ call_id: 'd' })],
    ['another time', ended(), ended({}, { time: before(2 * MINUTE_US) })],
    ['another type', ended(), eventLine('e', 'call.ringing', { call_id: 'c' })],
    ['the values of two fields exchanged', ended(), ended({ duration_ms: 41_000, talk_ms: 60_000 })],
    ['another reason', ended({ reason: 'no credit' }), ended({ reason: 'no route' })],
    ['another unknown field', ended({ mood: 'good' }), ended({ mood: 'bad' })],
    ['a longer text', said('I promise.'), said('I do promise.')],
    ['an emoji for a letter', said('ok x'), said('ok 😀')],
  ])('is kept out when it has %s', async (_name, first, second) => {
    expect(await landBoth(first, second, isRestarted)).toBe('id_conflict');
  });

  test.each([
    [
      'the same bytes',
      ended({ mood: { a: 1, b: [2, 3] }, wild: true }),
      ended({ mood: { a: 1, b: [2, 3] }, wild: true }),
    ],
    [
      'keys in another order',
      ended({ mood: { a: 1, b: [2, 3] }, wild: true }),
      otherwise(ended({ mood: { a: 1, b: [2, 3] }, wild: true })),
    ],
    ['escapes that need not be there', said('yes'), said('yes').replace('"yes"', '"\\u0079es"')],
    ['a number spelled otherwise', ended(), ended().replace('60000', '6.0e4')],
    [
      'a text and a number of the callee',
      said('gern, Müller 😀', { callee: '+491' }),
      otherwise(said('gern, Müller 😀', { callee: '+491' })),
    ],
    [
      'a masked number',
      ended({ reason: 'call +4930123456', mood: '+4930123456' }),
      otherwise(ended({ reason: 'call +4930123456', mood: '+4930123456' })),
    ],
  ])('is a duplicate with %s', async (_name, first, second) => {
    expect(await landBoth(first, second, isRestarted)).toBe('duplicate');
  });

  test('is not compared in a value that became "other"', async () => {
    const data_dir = dataDir();
    let landing = await openLanding(data_dir, { cardinality_max: 16 });
    const lines = Array.from({ length: 20 }, (_one, index) =>
      eventLine(`e-${index}`, 'call.ringing', { call_id: 'c', agent_id: `a-${index}` }),
    );
    await landAll(landing, chunkOf(lines));
    if (isRestarted) {
      await landing.close();
      landing = await openLanding(data_dir, { cardinality_max: 16 });
    }
    await landAll(landing, chunkOf(lines, { first_offset: 21 }));
    await landing.close();
    expect(landing.conservation).toMatchObject({ landed: 20, duplicate: 20, rejected: 0 });
  });
});

describe('a conflict of ids', () => {
  test('is kept with its bytes and place, moves nothing, and does not take the place of the first', async () => {
    const landing = await openLanding(dataDir());
    const frames = await landAll(landing, chunkOf([ended(), ended({ talk_ms: 1 }), ended({ talk_ms: 1 }), ended()]));
    expect(landing.conservation).toEqual({ received: 4, landed: 1, rejected: 2, duplicate: 1, late: 0 });
    expect(rejectedOf(frames).map(({ reason, offset, bytes_length }) => [reason, offset, bytes_length])).toEqual([
      ['id_conflict', 2, ended({ talk_ms: 1 }).length],
      ['id_conflict', 3, ended({ talk_ms: 1 }).length],
    ]);
    await landing.close();
  });

  test('is none between an event of any kind and itself, spelled otherwise, before and after a restart', async () => {
    const events = fc.sample(plainEvent, { numRuns: 300, seed: 21 });
    const lines = events.map((event, index) => JSON.stringify({ ...event, id: `e-${index}`, time: before(0) }));
    const data_dir = dataDir();
    const first = await openLanding(data_dir);
    await landAll(first, chunkOf(lines), chunkOf(lines.map(otherwise), { first_offset: 301 }));
    expect(first.conservation).toMatchObject({ landed: 300, duplicate: 300, rejected: 0 });
    await first.close();
    const second = await openLanding(data_dir);
    await landAll(second, chunkOf(lines, { first_offset: 601 }), chunkOf(lines.map(otherwise), { first_offset: 901 }));
    expect(second.conservation).toMatchObject({ landed: 300, duplicate: 900, rejected: 0 });
    await second.close();
  });
});
