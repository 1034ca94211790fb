import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_DATA, EVENT_TYPES, type EventType } from '../../../contracts/event.js';
import { CarefulDecoder } from '../../../pipelines/decode/careful-decoder.js';
import { FastDecoder } from '../../../pipelines/decode/fast-decoder.js';
import { FIELD_INDEX, FIELDS } from '../../../pipelines/decode/fields.js';
import { Row } from '../../../pipelines/decode/row.js';
import { eventLine, ODD_INTEGERS, ODD_SHARES, ODD_VALUES, plainEvent } from './event-lines.js';
import { readRow } from './rows.js';

const fast = new FastDecoder();
const careful = new CarefulDecoder({ depth_max: 64, keys_max: 1_024, string_length_max: 65_536 });
const fastRow = new Row();
const carefulRow = new Row();

/** Of each field that some type requires, a value that will do. */
const REQUIRED: Readonly<Record<string, string>> = {
  call_id: '"c"',
  turn_id: '"t"',
  speaker: '"agent"',
  by: '"callee"',
  answered_by: '"human"',
  disposition: '"busy"',
  message_id: '"m"',
  channel: '"sms"',
  action_id: '"a"',
  action: '"dial"',
  outcome: '"booked"',
  caller_id: '"+15559000502"',
  label: '"spam"',
  directive_id: '"d"',
  target: '"all"',
  status: '"applied"',
};

/** What both make of a line that stands between two others; the fast one must not know more than the careful one. */
function compare(line: string | Uint8Array): { taken: boolean; fast: boolean } {
  const middle = Buffer.from(line);
  const bytes = Buffer.concat([Buffer.from('{"id":"before"}\n'), middle, Buffer.from('\n{"id":"after","x":1}\n')]);
  const from = bytes.indexOf(10) + 1;
  const to = from + middle.length;
  const isFast = fast.decode(bytes, from, to, fastRow);
  const refusal = careful.decode(bytes, from, to, carefulRow);
  if (isFast) {
    expect(refusal, String(line)).toBeNull();
    expect(readRow(fastRow), String(line)).toEqual(readRow(carefulRow));
  }
  return { taken: refusal === null, fast: isFast };
}

describe('the fast decoder', () => {
  test('takes nothing that the careful one refuses, and reads what it takes the same way', () => {
    const counts = { all: 0, taken: 0, fast: 0 };
    fc.assert(
      fc.property(eventLine, (line) => {
        const result = compare(line.replaceAll('\n', ' '));
        counts.all++;
        if (result.taken) counts.taken++;
        if (result.fast) counts.fast++;
      }),
      { numRuns: 2_500, seed: 20251007 },
    );
    // The property would hold of nothing: much must be taken, by both ways, and much refused.
    expect(counts.fast).toBeGreaterThan(counts.all / 20);
    expect(counts.taken - counts.fast).toBeGreaterThan(counts.all / 20);
    expect(counts.all - counts.taken).toBeGreaterThan(counts.all / 20);
  });

  test('takes every event of a well-behaved sender', () => {
    fc.assert(
      fc.property(plainEvent, fc.boolean(), (event, isSpaced) => {
        const line = JSON.stringify(event, null, isSpaced ? 1 : 0).replaceAll('\n', ' ');
        expect(compare(line)).toEqual({ taken: true, fast: true });
      }),
      { numRuns: 800, seed: 7 },
    );
  });

  test('agrees on every field of every type, whatever odd value it has', () => {
    const texts = ['', 'a', ' ', '\u007f', 'é', '中', 'unknown', 'human', 'EUR', '€UR', '+12345', '+1234', '+012345'];
    const times = ['2025-10-07T14:00:00Z', '1999-12-31T23:59:59Z', '2000-01-01T00:00:00Z', '2100-01-01T00:00:00.001Z'];
    const lengths = [127, 128, 129, 1_023, 1_024, 1_025, 16_384, 16_385];
    const long = lengths.flatMap((length) => ['a'.repeat(length), 'é'.repeat(length / 2), '😀'.repeat(length / 2)]);
    const strings = [...texts, ...times, ...long].map((text) => JSON.stringify(text));
    let taken = 0;
    for (const type of EVENT_TYPES)
      for (const name of Object.keys(EVENT_DATA[type].shape)) {
        const { kind, min, max } = FIELDS[FIELD_INDEX.get(name)!]!;
        const bounds = [min - 1, min, max, max + 1].map(String);
        for (const value of [...ODD_VALUES, ...ODD_INTEGERS, ...ODD_SHARES, ...bounds, ...strings]) {
          if (value.length > 5_000 && kind !== 'text') continue;
          const others = Object.entries(REQUIRED).filter(
            ([other]) => other !== name && other in EVENT_DATA[type].shape,
          );
          const data = [[name, value], ...others].map(([key, content]) => `"${key}":${content}`).join(',');
          const envelope = `"specversion":"1.0","id":"e","source":"s","type":"${type}","time":"2025-10-07T14:00:00Z"`;
          if (compare(`{${envelope},"data":{${data}}}`).taken) taken++;
        }
      }
    expect(taken).toBeGreaterThan(1_000);
  });

  test('takes no bytes for UTF-8 that are not', () => {
    const byte = fc.oneof(
      fc.integer({ min: 0x20, max: 0xff }),
      fc.constantFrom(
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc0,
        0xc1,
        0xc2,
        0xdf,
        0xe0,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
        0xff,
      ),
    );
    const head =
      '{"specversion":"1.0","id":"e","source":"s","type":"call.ringing","time":"2025-10-07T14:00:00Z","data":';
    const characters = fc.string({ unit: 'binary', minLength: 1, maxLength: 4 });
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 4 }).map((list) => Buffer.from(list)),
      fc.array(byte, { minLength: 2, maxLength: 4 }).map((list) => Buffer.from(list)),
      characters.map((text) => Buffer.from(text)),
    );
    const found = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(bytes, (content) => {
        const line = [Buffer.from(`${head}{"call_id":"c","campaign":"`), content, Buffer.from('"}}')];
        if (content.includes(10)) return;
        const { taken } = compare(Buffer.concat(line));
        found[taken ? 'taken' : 'refused']++;
      }),
      { numRuns: 4_000, seed: 4 },
    );
    expect(found.taken).toBeGreaterThan(200);
    expect(found.refused).toBeGreaterThan(1_000);
    // The edges of the table of well-formed sequences, all of them.
    for (let lead = 0xc0; lead < 0x100; lead++)
      for (const second of [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0])
        for (const rest of [[], [0x80], [0xbf, 0x80], [0x7f, 0x80], [0x80, 0xc0], [0x80, 0x80, 0x80]]) {
          const content = Buffer.from([lead, second, ...rest]);
          const line = [Buffer.from(`${head}{"call_id":"c","campaign":"`), content, Buffer.from('"}}')];
          compare(Buffer.concat(line));
        }
  });

  test('leaves a line alone at whatever byte it ends', () => {
    const line = JSON.stringify({
      specversion: '1.0',
      id: 'e-1',
      source: 's',
      type: 'call.ended',
      time: '2025-10-07T14:00:00Z',
      data: { call_id: 'c', disposition: 'busy', duration_ms: 7, confidence: null },
    });
    const bytes = Buffer.from(line);
    for (let end = 0; end < bytes.length; end++) {
      expect(fast.decode(bytes.subarray(0, end), 0, end, fastRow)).toBe(false);
      expect(fast.decode(bytes, 0, end, fastRow)).toBe(false);
      expect(careful.decode(bytes, 0, end, carefulRow)?.reason).toBe('json_syntax');
    }
  });
});

const envelope = (type: EventType, data: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  specversion: '1.0',
  id: 'e-1',
  source: 'fleet/one',
  type,
  time: '2025-10-07T14:03:12.250Z',
  data,
  ...more,
});

function carefully(event: unknown) {
  const bytes = Buffer.from(JSON.stringify(event));
  const refusal = careful.decode(bytes, 0, bytes.length, carefulRow);
  return refusal === null ? { refusal, row: readRow(carefulRow) } : { refusal, row: null };
}

describe('the careful decoder', () => {
  test('keeps the raw value of an open list beside "unknown"', () => {
    const { row } = carefully(envelope('call.amd', { call_id: 'c', answered_by: 'robot' }));
    expect(row?.columns.answered_by).toBe(6);
    expect(JSON.parse(row?.columns.extra as string)).toEqual({ raw: { answered_by: 'robot' } });
  });

  test('refuses a value that a closed list does not have', () => {
    const event = envelope('turn.started', { call_id: 'c', turn_id: 't', speaker: 'robot' });
    expect(carefully(event).refusal?.reason).toBe('field_invalid');
  });

  test('keeps unknown fields and extension attributes up to a bound, and refuses more', () => {
    const { row } = carefully(envelope('call.ringing', { call_id: 'c', mood: { level: 3 } }, { traceparent: '00-ab' }));
    expect(JSON.parse(row?.columns.extra as string)).toEqual({ traceparent: '00-ab', data: { mood: { level: 3 } } });
    const padding = (length: number) => envelope('call.ringing', { call_id: 'c', mood: 'm'.repeat(length) });
    const room = 2_048 - JSON.stringify({ data: { mood: '' } }).length;
    expect(carefully(padding(room)).refusal).toBeNull();
    expect(carefully(padding(room + 1)).refusal?.reason).toBe('extra_too_large');
  });

  test('gives a call key to no event whose type has no call', () => {
    const event = envelope('number.reputation', {
      caller_id: '+15559000502',
      label: 'spam',
      call_id: 'c',
      turn_id: 't',
    });
    const { row } = carefully(event);
    expect(row?.columns).not.toHaveProperty('call_key');
    expect(JSON.parse(row?.columns.extra as string)).toEqual({ data: { call_id: 'c', turn_id: 't' } });
  });

  test('takes a subject that is the call, or what the event is about, and nothing else', () => {
    const message = { message_id: 'm', channel: 'sms', call_id: 'c' };
    const reasonFor = (subject: string) => carefully(envelope('message.sent', message, { subject })).refusal?.reason;
    expect(['m', 'c', 'x'].map(reasonFor)).toEqual([undefined, undefined, 'subject_mismatch']);
    const action = { action_id: 'a', action: 'dial', call_id: 'c', directive_id: 'd' };
    const refusals = ['a', 'c', 'd'].map(
      (subject) => carefully(envelope('action.proposed', action, { subject })).refusal,
    );
    expect(refusals.map((refusal) => refusal?.reason)).toEqual([undefined, undefined, 'subject_mismatch']);
    expect(carefully(envelope('source.watermark', {}, { subject: 'anything' })).refusal).toBeNull();
  });

  test('says which of the two is wrong: a field that is missing, or one that is there', () => {
    const reasonOf = (type: EventType, data: Record<string, unknown>) =>
      carefully(envelope(type, data)).refusal?.reason;
    expect(reasonOf('turn.started', { call_id: 'c', turn_id: 't' })).toBe('field_missing');
    expect(reasonOf('turn.started', { call_id: 'c', turn_id: 't', speaker: null })).toBe('field_invalid');
    expect(reasonOf('outcome.recorded', { outcome: 'booked' })).toBe('field_missing');
    expect(reasonOf('call.answered', { call_id: 'c', ring_ms: 86_400_001 })).toBe('unit_suspect');
    expect(reasonOf('call.answered', { call_id: 'c', ring_ms: 86_400_000 })).toBeUndefined();
    expect(reasonOf('call.answered', { call_id: 'c', ring_ms: -1 })).toBe('field_invalid');
    expect(reasonOf('call.answered', { ring_ms: 86_400_001 })).toBe('field_missing');
    expect(reasonOf('call.answered', { call_id: 'c', ring_ms: '12' })).toBe('field_invalid');
  });

  test('refuses talk that is counted in another unit than the duration beside it, and says which fields', () => {
    const refusalOf = (duration_ms: number, talk_ms: number) =>
      carefully(envelope('call.ended', { call_id: 'c', disposition: 'completed', duration_ms, talk_ms })).refusal;
    expect(refusalOf(45, 41_800)).toMatchObject({ reason: 'unit_suspect', detail: expect.stringContaining('talk_ms') });
    expect(refusalOf(45, 4_500)).toBeNull();
    expect(refusalOf(45, 4_501)).not.toBeNull();
    expect(refusalOf(0, 41_800)).toBeNull();
    expect(refusalOf(41_800, 45)).toBeNull();
  });

  test('repeats no value of the line in what it says', () => {
    const secret = '+14085557712';
    const events: unknown[] = [
      ...FIELDS.flatMap(({ name }) =>
        EVENT_TYPES.filter((type) => name in EVENT_DATA[type].shape).flatMap((type) => [
          envelope(type, { [name]: [secret] }),
          envelope(type, { [name]: secret.repeat(2_000) }),
          envelope(type, { [name]: 14085557712e5 }),
        ]),
      ),
      envelope(secret as EventType, {}),
      envelope('call.ringing', { call_id: 'c' }, { time: secret }),
      envelope('call.ringing', { call_id: 'c' }, { id: [secret], source: 14085557712, subject: secret }),
      envelope('call.ringing', { call_id: 'c' }, { [secret]: { call_id: secret } }),
      secret,
    ];
    const lines = events.map((event) => JSON.stringify(event));
    lines.push(
      `{"${secret}":1,"${secret}":2}`,
      `{"id":${secret.slice(1)}e400}`,
      `{"id":"${secret}`,
      `{"id":${secret.slice(1)}00000000}`,
      secret,
    );
    let refused = 0;
    for (const line of lines) {
      const bytes = Buffer.from(line);
      const refusal = careful.decode(bytes, 0, bytes.length, carefulRow);
      if (refusal !== null) refused++;
      expect(refusal?.detail ?? '').not.toMatch(/4085557712/);
    }
    expect(refused).toBeGreaterThan(lines.length / 2);
  });

  test('knows every field of every type', () => {
    for (const type of EVENT_TYPES)
      for (const name of Object.keys(EVENT_DATA[type].shape))
        expect(FIELD_INDEX.has(name), `${type} ${name}`).toBe(true);
  });
});
