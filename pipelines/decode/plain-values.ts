import type { Field } from './fields.js';
import type { Row } from './row.js';

/** Values of plain records, read off their bytes [from, to). Each gives false (or -1) where the careful decoder is to look. */

const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;

export function sameBytes(expected: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== expected.length) return false;
  for (let at = 0; at < expected.length; at++) if (bytes[from + at] !== expected[at]) return false;
  return true;
}

/** 1 for the ASCII characters that stand for themselves in a string. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 32 && byte < 128 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** Index of the closing quote of a string without escapes, all of it UTF-8; else -1. */
export function endOfString(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  for (;;) {
    while (at < to && IS_PLAIN[bytes[at]!] === 1) at++;
    if (at >= to) return -1;
    const byte = bytes[at]!;
    if (byte === QUOTE) return at;
    if (byte < 128) return -1;
    at = afterCharacter(bytes, at, to);
    if (at < 0) return -1;
  }
}

/** Index after the character of two to four bytes that begins at `at`, or -1 (The Unicode Standard, table 3-7). */
function afterCharacter(bytes: Uint8Array, at: number, to: number): number {
  const lead = bytes[at]!;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead < 0xc2 || lead > 0xf4 || at + length > to) return -1;
  const second = bytes[at + 1]!;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return -1;
  for (let next = at + 2; next < at + length; next++) if ((bytes[next]! & 0xc0) !== 0x80) return -1;
  return at + length;
}

export function readInteger(bytes: Uint8Array, from: number, to: number, field: Field, row: Row): boolean {
  const isNegative = bytes[from] === MINUS;
  let at = isNegative ? from + 1 : from;
  // At most 15 digits, so that the value is exact; no leading zero but 0 itself, no minus zero.
  if (to - at < 1 || to - at > 15 || (bytes[at] === ZERO && (to - at > 1 || isNegative))) return false;
  let value = 0;
  for (; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    value = value * 10 + digit;
  }
  if (isNegative) value = -value;
  if (value < field.min || value > field.max) return false;
  row.setNumber(field.column, value);
  return true;
}

/** A share of at most six decimals: `0`, `1`, `0.93`, `1.0`; null is not measured. */
export function readShare(bytes: Uint8Array, from: number, to: number, field: Field, row: Row): boolean {
  if (sameBytes(NULL, bytes, from, to)) return true;
  const length = to - from;
  const whole = bytes[from]! - ZERO;
  if (whole !== 0 && whole !== 1) return false;
  let ppm = whole;
  if (length > 1) {
    if (bytes[from + 1] !== POINT || length < 3 || length > 8) return false;
    for (let at = from + 2; at < to; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) return false;
      ppm = ppm * 10 + digit;
    }
  }
  for (let places = Math.max(0, length - 2); places < 6; places++) ppm *= 10;
  if (ppm > 1_000_000) return false;
  row.setNumber(field.column, ppm);
  return true;
}

const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

export function readBoolean(bytes: Uint8Array, from: number, to: number, field: Field, row: Row): boolean {
  const isTrue = sameBytes(TRUE, bytes, from, to);
  if (!isTrue && !sameBytes(FALSE, bytes, from, to)) return false;
  row.setNumber(field.column, isTrue ? 1 : 0);
  return true;
}

export function readCode(
  values: readonly Uint8Array[],
  bytes: Uint8Array,
  from: number,
  to: number,
  field: Field,
  row: Row,
): boolean {
  for (let code = 0; code < values.length; code++)
    if (sameBytes(values[code]!, bytes, from, to)) {
      row.setNumber(field.column, code);
      return true;
    }
  return false;
}

/** E.164: a plus, then 5 to 15 digits of which the first is not 0. */
export function isPhone(bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] !== PLUS || to - from < 6 || to - from > 16 || bytes[from + 1] === ZERO) return false;
  for (let at = from + 1; at < to; at++) if (bytes[at]! < ZERO || bytes[at]! > ZERO + 9) return false;
  return true;
}

/** ISO 4217: three capital letters. */
export function isCurrency(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at]! < 65 || bytes[at]! > 90) return false;
  return to - from === 3;
}

/** Digits in a row, or in groups, below which no telephone number stands in a text. */
const DIGITS_MIN = 5;

/** Whether a telephone number may stand in it, in whatever form. */
export function mayHoldNumber(bytes: Uint8Array, from: number, to: number): boolean {
  let digits = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte >= ZERO && byte <= ZERO + 9) digits++;
    else if ((byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)) digits = 0;
    if (digits >= DIGITS_MIN) return true;
  }
  return false;
}
