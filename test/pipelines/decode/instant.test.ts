import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RFC3339 } from '../../../contracts/event.js';
import { instantUs } from '../../../pipelines/decode/instant.js';
import { likelyInstant } from './event-lines.js';

const read = (text: string) => {
  const bytes = Buffer.from(`9${text}9Z`);
  return instantUs(bytes, 1, 1 + Buffer.byteLength(text));
};

describe('an instant', () => {
  test('is what Date makes of it, to the millisecond, and cut to microseconds', () => {
    fc.assert(
      fc.property(likelyInstant, (text) => {
        const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
        const micros = Number(fraction.padEnd(6, '0').slice(3, 6));
        const plain = text.replace(/\.\d+/, `.${fraction.padEnd(3, '0').slice(0, 3)}`).replace('z', 'Z');
        expect(read(text)).toBe(Date.parse(plain) * 1000 + micros);
      }),
    );
  });

  test('never passes where the contract refuses the form', () => {
    const pieces = fc.constantFrom(
      '2025',
      '-',
      '10',
      '07',
      'T',
      't',
      ' ',
      ':',
      '14',
      '60',
      '24',
      '.',
      '5',
      'Z',
      '+',
      '02:00',
      'é',
      '',
    );
    const mutated = fc
      .tuple(likelyInstant, fc.nat(), pieces, fc.integer({ min: 0, max: 3 }))
      .map(([text, place, piece, cut]) => {
        const at = place % (text.length + 1);
        return text.slice(0, at) + piece + text.slice(at + cut);
      });
    fc.assert(
      fc.property(mutated, (text) => {
        if (!Number.isNaN(read(text))) expect(text).toMatch(RFC3339);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59.999999Z', -1],
    ['2000-02-29T00:00:00Z', 951_782_400_000_000],
    ['2024-02-29T23:59:59.9999999Z', 1_709_251_199_999_999],
    ['2025-10-07T14:03:12.25-05:00', 1_759_863_792_250_000],
    ['2025-12-31T23:59:59+23:59', 1_767_139_259_000_000],
    ['2100-01-01t00:00:00z', 4_102_444_800_000_000],
  ])('%s is %d', (text, us) => {
    expect(read(text)).toBe(us);
  });

  test.each([
    '2025-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2025-04-31T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-00-10T00:00:00Z',
    '2025-01-00T00:00:00Z',
    '2025-10-07T24:00:00Z',
    '2025-10-07T23:59:60Z',
    '2025-10-07T14:03:12',
    '2025-10-07 14:03:12Z',
    '2025-10-07T14:03Z',
    '2025-10-07T14:03:12.Z',
    '2025-10-07T14:03:12.1234567890Z',
    '2025-10-07T14:03:12+0200',
    '2025-10-07T14:03:12+24:00',
    '25-10-07T14:03:12Z',
    '1759845792250',
    '',
  ])('%s is none', (text) => {
    expect(read(text)).toBeNaN();
  });
});
