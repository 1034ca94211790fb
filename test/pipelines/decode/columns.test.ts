import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_COLUMNS } from '../../../contracts/event-columns.js';
import { ColumnBuilder } from '../../../pipelines/decode/column-builder.js';
import { Dictionary } from '../../../pipelines/decode/dictionary.js';
import { hashBytes, lanes } from '../../../pipelines/decode/hash.js';
import { Row } from '../../../pipelines/decode/row.js';

const intern = (dictionary: Dictionary, value: string) => {
  const bytes = Buffer.from(`<${value}>`);
  return dictionary.intern(bytes, 1, bytes.length - 1);
};

describe('a dictionary', () => {
  test('gives ids by first appearance, the same for the same bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\ufeff', '😀'), maxLength: 4 })),
        (values) => {
          const dictionary = new Dictionary(100_000);
          const ids = values.map((value) => intern(dictionary, value));
          const distinct = [...new Set(values)];
          expect(ids).toEqual(values.map((value) => distinct.indexOf(value)));
          expect(dictionary.values(0)).toEqual(distinct);
        },
      ),
    );
  });

  test('takes up the values of a log with the same ids', () => {
    const values = Array.from({ length: 5_000 }, (_, index) => `agent-${index}`);
    const dictionary = new Dictionary(100_000);
    dictionary.restore(values);
    expect(values.map((value) => intern(dictionary, value))).toEqual([...values.keys()]);
    expect(intern(dictionary, 'new')).toBe(5_000);
  });

  test('holds no more than its bound: further values become "other"', () => {
    const dictionary = new Dictionary(16);
    const ids = Array.from({ length: 1_000 }, (_, index) => intern(dictionary, `value-${index}`));
    expect(dictionary.size).toBe(16);
    expect(dictionary.values(15)).toEqual(['other']);
    expect(new Set(ids.slice(15))).toEqual(new Set([15]));
    expect(ids.slice(0, 15)).toEqual([...Array(15).keys()]);
    expect(intern(dictionary, 'value-3')).toBe(3);
    expect(intern(dictionary, 'other')).toBe(15);
  });

  test('knows "other" where it came as a value of its own', () => {
    const dictionary = new Dictionary(16);
    expect(intern(dictionary, 'other')).toBe(0);
    for (let index = 0; index < 100; index++) intern(dictionary, `value-${index}`);
    expect(intern(dictionary, 'value-99')).toBe(0);
    expect(dictionary.size).toBe(15);
  });
});

const EVENT_ID = EVENT_COLUMNS.findIndex(({ name }) => name === 'event_id');
const COST = EVENT_COLUMNS.findIndex(({ name }) => name === 'cost_micros');
const REASON = EVENT_COLUMNS.findIndex(({ name }) => name === 'reason');

describe('columns', () => {
  test('hold 64-bit integers exactly, over their whole range', () => {
    const row = new Row();
    const integers = fc.oneof(
      fc.maxSafeInteger(),
      fc.constantFrom(0, -1, 1, 2 ** 32, -(2 ** 32), 2 ** 32 - 1, -(2 ** 31)),
    );
    fc.assert(
      fc.property(fc.array(integers, { minLength: 1, maxLength: 40, size: 'max' }), (values) => {
        const builder = new ColumnBuilder(64, 16);
        for (const value of values) {
          row.begin(new Uint8Array());
          row.setNumber(COST, value);
          builder.append(row);
        }
        const { columns } = builder.seal(0);
        expect([...(columns.get('cost_micros')!.values as BigInt64Array)].map(Number)).toEqual(values);
      }),
    );
  });

  test('forget nothing and keep nothing from one batch to the next', () => {
    const builder = new ColumnBuilder(64, 16);
    const row = new Row();
    const fill = (count: number, every: number) => {
      for (let index = 0; index < count; index++) {
        const bytes = Buffer.from(`e${index}why${index}`);
        row.begin(bytes);
        row.setSpan(EVENT_ID, 0, bytes.indexOf('why'));
        if (index % every === 0) row.setSpan(REASON, bytes.indexOf('why'), bytes.length);
        builder.append(row);
      }
      return builder.seal(0).columns.get('reason');
    };
    const fresh = (count: number, every: number) => {
      const other = new ColumnBuilder(64, 16);
      for (let index = 0; index < count; index++) {
        const bytes = Buffer.from(`why${index}`);
        row.begin(bytes);
        if (index % every === 0) row.setSpan(REASON, 0, bytes.length);
        other.append(row);
      }
      return other.seal(0).columns.get('reason');
    };
    expect(fill(64, 1)).toEqual(fresh(64, 1));
    expect(fill(63, 3)).toEqual(fresh(63, 3));
    expect(fill(9, 2)).toEqual(fresh(9, 2));
    expect(fill(64, 65)?.validity?.[0]).toBe(1);
  });
});

describe('the hash', () => {
  test('tells 200,000 ids of the usual forms apart in 64 bits', () => {
    const seen = new Set<bigint>();
    const bytes = Buffer.alloc(64);
    const forms = [
      (index: number) => `c-${index.toString(36)}`,
      (index: number) => `call-${String(index).padStart(10, '0')}`,
      (index: number) =>
        `${((index * 2_654_435_761) >>> 0).toString(16)}-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
      (index: number) => `CA${'0'.repeat(24)}${index.toString(16).padStart(8, '0')}`,
      (index: number) => `${index}`,
    ];
    for (const form of forms)
      for (let index = 0; index < 40_000; index++) {
        const length = bytes.write(form(index), 'latin1');
        hashBytes(bytes, 0, length);
        seen.add((BigInt(lanes[1]!) << 32n) | BigInt(lanes[0]!));
      }
    expect(seen.size).toBe(200_000);
  });

  test('spreads consecutive ids over its lanes as chance would', () => {
    const bytes = Buffer.alloc(32);
    const buckets = [new Int32Array(1_024), new Int32Array(1_024), new Int32Array(1_024)];
    const count = 102_400;
    for (let index = 0; index < count; index++) {
      const length = bytes.write(`evt_${index}`, 'latin1');
      hashBytes(bytes, 0, length);
      for (const [lane, counts] of buckets.entries()) counts[lanes[lane]! & 1_023]!++;
    }
    for (const counts of buckets) {
      const expected = count / 1_024;
      const chi2 = counts.reduce((sum, value) => sum + (value - expected) ** 2 / expected, 0);
      // Chi-square with 1,023 degrees of freedom: mean 1,023, standard deviation 45.
      expect(chi2).toBeLessThan(1_023 + 5 * 45);
    }
  });
});
