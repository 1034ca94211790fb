import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonRefused, parseStrictJson } from '../../../pipelines/decode/strict-json.js';

const LIMITS = { depth_max: 64, keys_max: 1_024, string_length_max: 65_536 };

function strictly(text: string, depth_max = 64): { value: unknown } | { reason: string } {
  try {
    return { value: parseStrictJson(text, { ...LIMITS, depth_max }) };
  } catch (error) {
    if (error instanceof JsonRefused) return { reason: error.reason };
    throw error;
  }
}

function leniently(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** As `JSON.parse` has it, but for minus zero. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('strict JSON', () => {
  test('is what JSON.parse takes, with the same value, or refused for a reason of its own', () => {
    const pieces = fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"a"', '"b"', '"', '\\', '\\u0041', '\\ud83d', '\\ude00', '1', '-', '0', '.5'],
      ...[
        'e3',
        'E+',
        'true',
        'fals',
        'null',
        ' ',
        '\n',
        '\t',
        '\u000b',
        '\u0001',
        '\u2028',
        '\ufeff',
        'é',
        '/',
        '+',
        'NaN',
      ],
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 12, size: 'max' }).map((list) => list.join('')),
      fc.json({ maxDepth: 4 }),
      fc.tuple(fc.json({ maxDepth: 3 }), fc.nat(), pieces).map(([whole, place, piece]) => {
        const at = place % (whole.length + 1);
        return whole.slice(0, at) + piece + whole.slice(at + (place % 3));
      }),
    );
    let taken = 0;
    fc.assert(
      fc.property(text, (content) => {
        const strict = strictly(content);
        const lenient = leniently(content);
        if ('value' in strict) {
          taken++;
          expect(lenient).not.toBeNull();
          expect(plain(strict.value)).toEqual(plain(lenient!.value));
        } else if (lenient !== null) {
          // What JSON.parse takes all the same: a key twice, numbers it would bend, half a pair, names of prototypes.
          const isPair = /\\ud83d|\\ude00/i.test(content);
          const isPrototype = /__proto__|constructor|prototype/.test(content);
          if (strict.reason === 'json_syntax') expect(isPair || isPrototype).toBe(true);
          else expect(['duplicate_key', 'number_out_of_range', 'json_depth']).toContain(strict.reason);
        }
      }),
      { numRuns: 3_000, seed: 3 },
    );
    expect(taken).toBeGreaterThan(500);
  });

  test.each([
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a":1,"\\u0061":2}', 'duplicate_key'],
    ['{"a":{"b":1,"b":1}}', 'duplicate_key'],
    ['{"__proto__":{"polluted":true}}', 'json_syntax'],
    ['{"constructor":1}', 'json_syntax'],
    ['1e400', 'number_out_of_range'],
    ['-1e400', 'number_out_of_range'],
    ['9007199254740993', 'number_out_of_range'],
    ['-9007199254740993', 'number_out_of_range'],
    ['123456789012345678901234567890', 'number_out_of_range'],
    ['9007199254740993.0', 'number_out_of_range'],
    ['"\\ud800"', 'json_syntax'],
    ['"\\udc00\\ud800"', 'json_syntax'],
    ['"\t"', 'json_syntax'],
    ['', 'json_syntax'],
    ['\ufeff{}', 'json_syntax'],
    ['{}{}', 'json_syntax'],
    ['[1,]', 'json_syntax'],
    ["{'a':1}", 'json_syntax'],
    ['NaN', 'json_syntax'],
    ['Infinity', 'json_syntax'],
    ['// {}', 'json_syntax'],
  ])('refuses %s: %s', (text, reason) => {
    expect(strictly(text)).toEqual({ reason });
  });

  test.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['-0', 0],
    ['1e-400', 0],
    ['1.5e3', 1_500],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\\u0000"', '\u0000'],
    ['" \\/\\b\\f\\n\\r\\t\\"\\\\"', ' /\b\f\n\r\t"\\'],
    ['[[],{},null,false]', [[], {}, null, false]],
  ])('takes %s', (text, value) => {
    const result = strictly(text) as { value: unknown };
    expect(plain(result.value)).toEqual(value);
    expect(Object.is(result.value, -0)).toBe(false);
  });

  test('gives objects without a prototype, so that a key is never more than a key', () => {
    const value = parseStrictJson('{"toString":1,"hasOwnProperty":2,"valueOf":{"a":3}}', LIMITS) as Record<
      string,
      unknown
    >;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.getPrototypeOf(value.valueOf)).toBeNull();
  });

  test('bounds the depth before the stack does, however deep the text goes', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(strictly(nested(64))).toHaveProperty('value');
    expect(strictly(nested(65))).toEqual({ reason: 'json_depth' });
    expect(strictly(nested(1_000_000))).toEqual({ reason: 'json_depth' });
    expect(strictly('{"a":'.repeat(1_000_000))).toEqual({ reason: 'json_depth' });
    // The largest depth that a configuration may ask for.
    expect(strictly(nested(1_024), 1_024)).toHaveProperty('value');
  });

  test('bounds keys, of all objects together, and the length of a string, escapes and all', () => {
    const limits = { depth_max: 64, keys_max: 3, string_length_max: 5 };
    const refused = (text: string) => {
      try {
        parseStrictJson(text, limits);
        return null;
      } catch (error) {
        return (error as JsonRefused).reason;
      }
    };
    expect(refused('{"a":{"a":1},"b":[{},{}]}')).toBeNull();
    expect(refused('{"a":{"a":1},"b":[{"a":1}]}')).toBe('json_keys');
    expect(refused('["12345","\\u0041\\n345"]')).toBeNull();
    expect(refused('["123456"]')).toBe('json_string');
    expect(refused('["\\n\\n\\n\\n\\n\\n"]')).toBe('json_string');
    expect(refused('{"123456":1}')).toBe('json_string');
  });

  test('says nothing of what it read', () => {
    for (const text of ['{"secret":1,"secret":2}', '"secret', '{"a":secret}', '[12345e999]', '123456789012345678'])
      try {
        parseStrictJson(text, LIMITS);
        expect.unreachable();
      } catch (error) {
        expect((error as Error).message).not.toMatch(/secret|12345/);
      }
  });
});
