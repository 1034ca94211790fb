import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { EVENT_DATA, type EventType, envelopeSchema } from '../../contracts/event.js';
import { TEXT_MARKS, type TextMark } from '../../contracts/event-columns.js';
import type { Scenario } from '../../contracts/scenario.js';
import type { SourceChunk, SourceContext } from '../../contracts/source.js';
import { TextReader } from '../../pipelines/privacy/text-reader.js';
import { calleeNumber } from '../../sources/simulate/contacts.js';
import * as phrases from '../../sources/simulate/phrases.js';
import { loadScenario, simulate, simulateSource } from '../../sources/simulate.js';
import { type SimulatedEvent, simulatedEvents } from './simulated-events.js';

const demo = loadScenario('demo');

/** The fleet of a scenario, smaller and for fewer days. */
function smaller(scenario: Scenario, calls_per_day: number, history_days: number, start_date = '2025-09-09'): Scenario {
  return { ...scenario, calls_per_day, calendar: { ...scenario.calendar, history_days, start_date } };
}

function digest(scenario: Scenario, seed: number): string {
  const hash = createHash('sha256');
  for (const { bytes } of simulate(scenario, seed)) hash.update(bytes);
  return hash.digest('hex');
}

const small = smaller(demo, 900, 1);
const events = simulatedEvents(small, 3);

describe('a simulation', () => {
  test('is the same, byte for byte, for the same scenario and seed, and another for another seed', () => {
    expect(digest(small, 3)).toBe(digest(small, 3));
    expect(digest(small, 4)).not.toBe(digest(small, 3));
  });

  test('speaks the event contract in every line', () => {
    for (const event of events) {
      const envelope = envelopeSchema.parse(event);
      EVENT_DATA[envelope.type as EventType].strict().parse(envelope.data);
    }
    expect(new Set(events.map(({ type }) => type)).size).toBe(10);
  });

  test('is in the order of time, no two events at one moment, and no id comes twice', () => {
    for (let index = 1; index < events.length; index += 1)
      expect(Date.parse(events[index].time)).toBeGreaterThan(Date.parse(events[index - 1].time));
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  test('delivers whole lines in chunks of at most a megabyte, and counts them', () => {
    let count = 0;
    const chunks = [...simulate(smaller(demo, 6_000, 1), 3)];
    for (const { bytes, events: counted } of chunks) {
      expect(bytes.length).toBeLessThanOrEqual(1_048_576);
      expect(bytes.at(-1)).toBe(10);
      expect(bytes.filter((byte) => byte === 10).length).toBe(counted);
      count += counted;
    }
    expect(chunks.length).toBeGreaterThan(10);
    expect(count / (2 * 6_000 * 1.02)).toBeGreaterThan(5);
  });

  test('tells every call from its dial to its end, in order, and says who answered when somebody did', () => {
    const rank: Record<string, number> = {
      'call.initiated': 0,
      'call.ringing': 1,
      'call.answered': 2,
      'call.ended': 3,
    };
    const calls = new Map<unknown, SimulatedEvent[]>();
    for (const event of events) {
      const own = calls.get(event.data.call_id);
      if (own !== undefined) own.push(event);
      else if (event.data.call_id !== undefined) calls.set(event.data.call_id, [event]);
    }
    for (const own of calls.values()) {
      const stages = own.filter(({ type }) => type in rank).map(({ type }) => rank[type]);
      expect(stages).toEqual([...stages].sort());
      expect([stages[0], stages.at(-1)]).toEqual([0, 3]);
      expect(new Set(stages).size).toBe(stages.length);
      const isAnswered = stages.includes(2);
      expect(own.filter(({ type }) => type === 'call.amd').length).toBe(isAnswered ? 1 : 0);
      const isHuman = own.some(({ data }) => data.answered_by === 'human');
      expect(own.filter(({ type }) => type === 'outcome.recorded').length).toBe(isHuman ? 1 : 0);
      expect(own.some(({ type }) => type === 'turn.transcribed')).toBe(isHuman);
      checkTalk(own);
    }
  });

  test('calls in the calling hours of its time zone, on both sides of a change of the clocks', () => {
    const firstOfDay = new Map<string, string>();
    for (const { type, time } of simulatedEvents(smaller({ ...demo, drifts: [] }, 2_000, 2, '2025-11-01'), 1)) {
      // The evening runs into the next day of UTC.
      const [day, hour] = [time.slice(0, 10), time.slice(11, 13)];
      if (type === 'call.initiated' && hour >= '12' && !firstOfDay.has(day)) firstOfDay.set(day, hour);
    }
    expect([...firstOfDay]).toEqual([
      ['2025-11-01', '14'],
      ['2025-11-02', '15'],
      ['2025-11-03', '15'],
    ]);
  });

  test('says only what can stand in JSON as it is', () => {
    for (const phrase of Object.values(phrases).flat()) expect(phrase).toMatch(/^[a-z ]+$/);
  });

  test('says what the shipped phrase list reads as it is meant', () => {
    const reader = TextReader.open(undefined);
    const meant: Record<string, TextMark[]> = {
      AGENT_COMMITMENTS: ['commitment'],
      CALLEE_COMMITMENTS: ['commitment'],
      CALLEE_OBJECTIONS: ['objection'],
      CALLEE_OPT_OUTS: ['opt_out'],
    };
    for (const [list, texts] of Object.entries(phrases))
      for (const text of texts)
        expect([text, TEXT_MARKS.filter((_, bit) => reader.marks(text) & (1 << bit))]).toEqual([
          text,
          meant[list] ?? [],
        ]);
  });

  test('has a number of its own for every contact, in a range that is not in use', () => {
    const numbers = new Set(Array.from({ length: 50_000 }, (_, id) => calleeNumber(id)));
    expect(numbers.size).toBe(50_000);
    for (const number of numbers) expect(number).toMatch(/^\+1555[0-8]\d{6}$/);
  });
});

/** Turns lie within the talk, take turns, and overlap only where somebody cut in. */
function checkTalk(own: readonly SimulatedEvent[]): void {
  const answered = own.find(({ type }) => type === 'call.answered');
  const turns = own
    .filter(({ type }) => type === 'turn.transcribed')
    .sort((left, right) => Number(String(left.data.turn_id).slice(1)) - Number(String(right.data.turn_id).slice(1)));
  const ended_ms = Date.parse(own.find(({ type }) => type === 'call.ended')!.time);
  for (const [index, { data, time }] of turns.entries()) {
    expect(data.speaker).toBe(index % 2 === 0 ? 'agent' : 'callee');
    const [from, until] = [Date.parse(data.started_at as string), Date.parse(data.ended_at as string)];
    expect(from).toBeGreaterThanOrEqual(Date.parse(answered!.time) - 5);
    expect(until).toBeGreaterThan(from);
    expect(Date.parse(time)).toBeGreaterThanOrEqual(until);
    expect(Date.parse(time)).toBeLessThanOrEqual(ended_ms + 5);
    if (index > 0 && from < Date.parse(turns[index - 1].data.ended_at as string))
      expect(
        own.some((event) => event.data.by === data.speaker && event.data.turn_id === turns[index - 1].data.turn_id),
      ).toBe(true);
  }
}

describe('the simulate source', () => {
  function context(overrides: Partial<SourceContext> = {}): SourceContext {
    return {
      signal: new AbortController().signal,
      resume: () => undefined,
      warn: () => undefined,
      filled: () => undefined,
      base_dir: '.',
      ...overrides,
    };
  }
  async function read(
    overrides: Partial<SourceContext>,
    chunks_max = Number.POSITIVE_INFINITY,
  ): Promise<SourceChunk[]> {
    const chunks: SourceChunk[] = [];
    for await (const chunk of simulateSource.open(simulateSource.config.parse({ seed: 2 }), context(overrides))) {
      chunks.push(chunk);
      if (chunks.length === chunks_max) break;
    }
    return chunks;
  }

  test('goes on with the line that the log asks for', async () => {
    const [first, second] = await read({}, 2);
    expect(first).toMatchObject({ input: 'simulate', partition: 'demo:2', first_offset: 1 });
    const lines = Buffer.from(second.bytes).toString().split('\n');
    const resumed = await read({ resume: () => second.first_offset + 700 }, 1);
    expect(resumed[0].first_offset).toBe(second.first_offset + 700);
    expect(Buffer.from(resumed[0].bytes).toString()).toBe(lines.slice(700).join('\n'));
  });

  test('ends soon after an abort', async () => {
    const stop = new AbortController();
    stop.abort();
    expect((await read({ signal: stop.signal })).length).toBeLessThanOrEqual(1);
  });

  test('refuses options that it does not have', () => {
    expect(simulateSource.config.safeParse({ scenario: 'demo', sed: 1 }).success).toBe(false);
    expect(simulateSource.config.safeParse({ seed: -1 }).success).toBe(false);
  });
});
