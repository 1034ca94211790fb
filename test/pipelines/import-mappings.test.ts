import { describe, expect, it } from 'vitest';
import { CarefulDecoder } from '../../pipelines/decode/careful-decoder.js';
import { Row } from '../../pipelines/decode/row.js';
import { shippedMappings } from '../../pipelines/import.js';
import { importedEvents, importedLines } from './imported-events.js';

const SAMPLES: Readonly<Record<string, string>> = {
  'ami-rttm': 'meeting.rttm',
  'asterisk-cdr': 'asterisk-master.csv',
  'generic-dialler': 'dialler.csv',
  'icsi-mrda': 'meeting.dadb',
  'tau-voice': 'ticks.ndjson',
  'uci-bank-marketing': 'bank.csv',
};

describe('every shipped mapping', () => {
  it('has a sample here', () => {
    expect(shippedMappings()).toEqual(Object.keys(SAMPLES));
  });

  it.each(Object.entries(SAMPLES))(
    '%s makes events that the door lets in, in the order of their time',
    async (mapping, file) => {
      const lines = await importedLines({ mapping, file });
      const decoder = new CarefulDecoder({ depth_max: 64, keys_max: 1_024, string_length_max: 65_536 });
      const refused = lines.filter((line) => {
        const bytes = Buffer.from(line);
        return decoder.decode(bytes, 0, bytes.length, new Row()) !== null;
      });
      expect(refused).toEqual([]);
      const times = lines.map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
      expect(times).toEqual([...times].sort((left, right) => left - right));
    },
  );
});

describe('asterisk-cdr', () => {
  it('turns a record into the life of a call, with a callee only where it is an E.164 number', async () => {
    const events = await importedEvents({ mapping: 'asterisk-cdr', file: 'asterisk-master.csv' });
    expect(events.map(({ type, time, data: { call_id, ...data } }) => [call_id, type, time, data])).toEqual([
      [
        '1759845792.1',
        'call.initiated',
        '2025-10-07T14:03:12.000Z',
        { callee: '+14155550123', campaign: 'spring', direction: 'outbound' },
      ],
      [
        '1759845795.3',
        'call.initiated',
        '2025-10-07T14:03:15.000Z',
        { callee: '+14155550124', campaign: 'spring', direction: 'outbound' },
      ],
      ['1759845798.5', 'call.initiated', '2025-10-07T14:03:18.000Z', { direction: 'outbound' }],
      [
        '1759845798.5',
        'call.ended',
        '2025-10-07T14:03:19.000Z',
        { disposition: 'busy', duration_ms: 1000, talk_ms: 0, reason: 'BUSY' },
      ],
      ['1759845792.1', 'call.answered', '2025-10-07T14:03:20.000Z', { ring_ms: 8000 }],
      [
        '1759845795.3',
        'call.ended',
        '2025-10-07T14:03:45.000Z',
        { disposition: 'no_answer', duration_ms: 30000, talk_ms: 0, reason: 'NO ANSWER' },
      ],
      [
        '1759845792.1',
        'call.ended',
        '2025-10-07T14:04:00.000Z',
        { disposition: 'completed', duration_ms: 48000, talk_ms: 40000, reason: 'ANSWERED' },
      ],
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  it('takes times for those of the zone that it is given', async () => {
    const [first] = await importedEvents({
      mapping: 'asterisk-cdr',
      file: 'asterisk-master.csv',
      time_zone: 'America/Chicago',
    });
    expect(first!.time).toBe('2025-10-07T19:03:12.000Z');
  });
});

describe('generic-dialler', () => {
  it('makes of a row what it says, and nothing of what it leaves out', async () => {
    const lines = await importedLines({ mapping: 'generic-dialler', file: 'dialler.csv', time_zone: 'Europe/Berlin' });
    const head = (id: string, type: string, time: string) =>
      `{"specversion":"1.0","id":"${id}","source":"import/generic-dialler/dialler.csv","type":"${type}","time":"${time}","data":`;
    expect(lines).toEqual([
      `${head('c-1/initiated', 'call.initiated', '2025-10-07T14:03:12.000Z')}{"call_id":"c-1","callee":"+14155550123","attempt":1,"campaign":"spring","number_pool":"pool-a","agent_id":"ada"}}`,
      `${head('c-3/initiated', 'call.initiated', '2025-10-07T14:03:13.000Z')}{"call_id":"c-3","campaign":"autumn","number_pool":"pool-b","agent_id":"bo"}}`,
      `${head('c-2/initiated', 'call.initiated', '2025-10-07T14:03:15.000Z')}{"call_id":"c-2","attempt":2,"campaign":"spring","number_pool":"pool-a","agent_id":"ada"}}`,
      `${head('c-3/answered', 'call.answered', '2025-10-07T14:03:18.000Z')}{"call_id":"c-3","ring_ms":5000}}`,
      `${head('c-3/amd', 'call.amd', '2025-10-07T14:03:18.000Z')}{"call_id":"c-3","answered_by":"voicemail"}}`,
      `${head('c-1/answered', 'call.answered', '2025-10-07T14:03:20.500Z')}{"call_id":"c-1","ring_ms":8500}}`,
      `${head('c-1/amd', 'call.amd', '2025-10-07T14:03:20.500Z')}{"call_id":"c-1","answered_by":"human"}}`,
      `${head('c-2/ended', 'call.ended', '2025-10-07T14:03:45.000Z')}{"call_id":"c-2","disposition":"no_answer","duration_ms":30000}}`,
      `${head('c-1/ended', 'call.ended', '2025-10-07T14:04:00.000Z')}{"call_id":"c-1","disposition":"completed","duration_ms":48000,"talk_ms":39500}}`,
      `${head('c-1/outcome', 'outcome.recorded', '2025-10-07T14:04:00.000Z')}{"call_id":"c-1","outcome":"booked"}}`,
    ]);
  });
});

describe('uci-bank-marketing', () => {
  it('spreads the ends of a day over one hour in Lisbon, in the order of the file', async () => {
    const events = await importedEvents({ mapping: 'uci-bank-marketing', file: 'bank.csv' });
    const ended = events.filter(({ type }) => type === 'call.ended');
    expect(ended.map(({ time, data }) => [time, data.call_id, data.talk_ms])).toEqual([
      ['2008-05-05T11:15:00.000Z', 'bank-1', 261_000],
      ['2008-05-05T11:45:00.000Z', 'bank-2', 151_000],
      ['2008-11-03T12:30:00.000Z', 'bank-3', 76_000],
    ]);
    const outcomes = events.filter(({ type }) => type === 'outcome.recorded').map(({ data }) => data.outcome);
    expect(outcomes).toEqual(['not_interested', 'converted', 'not_interested']);
    const second = events.find(({ type, data }) => type === 'call.initiated' && data.call_id === 'bank-2');
    expect(second?.data).toMatchObject({ channel: 'cellular', attempt: 3 });
  });
});

describe('mappings of conversations', () => {
  const turnsOf = async (mapping: string, file: string) =>
    (await importedEvents({ mapping, file }))
      .filter(({ type }) => type === 'turn.transcribed')
      .map(({ data: { call_id, turn_id, speaker, started_at, ended_at } }) => [
        call_id,
        turn_id,
        speaker,
        started_at,
        ended_at,
      ]);

  it('tau-voice: a turn is a run of ticks, and the signal to stop is none', async () => {
    expect(await turnsOf('tau-voice', 'ticks.ndjson')).toEqual([
      ['call-1', 'agent-2', 'agent', '2026-06-30T11:40:00.400Z', '2026-06-30T11:40:01.200Z'],
      ['call-1', 'callee-4', 'callee', '2026-06-30T11:40:00.800Z', '2026-06-30T11:40:01.800Z'],
      ['call-1', 'agent-10', 'agent', '2026-06-30T11:40:02.000Z', '2026-06-30T11:40:02.400Z'],
    ]);
  });

  it('meetings: one call per speaker, in which the others are the agent', async () => {
    const rows = await turnsOf('ami-rttm', 'meeting.rttm');
    expect(rows.map(([call_id, , speaker, started_at]) => [call_id, speaker, started_at]).sort()).toEqual([
      ['M1/ann', 'agent', '2005-01-01T12:00:02.000Z'],
      ['M1/ann', 'callee', '2005-01-01T12:00:00.500Z'],
      ['M1/bob', 'agent', '2005-01-01T12:00:00.500Z'],
      ['M1/bob', 'callee', '2005-01-01T12:00:02.000Z'],
    ]);
    expect(await turnsOf('icsi-mrda', 'meeting.dadb')).toHaveLength(4);
  });
});
