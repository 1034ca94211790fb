/** Instants that a voice agent can have lived through: from 2000-01-01 until 2100-01-01, microseconds since 1970. */
export const INSTANT_US_MIN = 946_684_800_000_000;
export const INSTANT_US_MAX = 4_102_444_800_000_000;

/** Microseconds since 1970 of an RFC 3339 instant in ASCII bytes, or NaN when it is not one. */
export function instantUs(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < 20) return Number.NaN;
  const year = digits(bytes, from, 4);
  const month = digits(bytes, from + 5, 2);
  const day = digits(bytes, from + 8, 2);
  const hour = digits(bytes, from + 11, 2);
  const minute = digits(bytes, from + 14, 2);
  const second = digits(bytes, from + 17, 2);
  const separator = bytes[from + 10]!;
  if (
    year < 0 ||
    month < 1 ||
    month > 12 ||
    day < 1 ||
    day > daysInMonth(year, month) ||
    hour < 0 ||
    hour > 23 ||
    minute < 0 ||
    minute > 59 ||
    second < 0 ||
    second > 59 ||
    bytes[from + 4] !== 45 ||
    bytes[from + 7] !== 45 ||
    bytes[from + 13] !== 58 ||
    bytes[from + 16] !== 58 ||
    (separator !== 84 && separator !== 116)
  )
    return Number.NaN;
  let at = from + 19;
  let micros = 0;
  if (bytes[at] === 46) {
    at++;
    let count = 0;
    for (; at < to && isDigit(bytes[at]!); at++, count++) if (count < 6) micros = micros * 10 + bytes[at]! - 48;
    if (count === 0 || count > 9) return Number.NaN;
    for (; count < 6; count++) micros *= 10;
  }
  const offset = zoneMinutes(bytes, at, to);
  if (Number.isNaN(offset)) return Number.NaN;
  const seconds = (daysFromCivil(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - offset * 60;
  return seconds * 1_000_000 + micros;
}

function zoneMinutes(bytes: Uint8Array, at: number, to: number): number {
  const sign = bytes[at];
  if (sign === 90 || sign === 122) return at + 1 === to ? 0 : Number.NaN;
  if ((sign !== 43 && sign !== 45) || at + 6 !== to || bytes[at + 3] !== 58) return Number.NaN;
  const hours = digits(bytes, at + 1, 2);
  const minutes = digits(bytes, at + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN;
  return (sign === 45 ? -1 : 1) * (hours * 60 + minutes);
}

/** Value of exactly `count` digits, or -1. */
function digits(bytes: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const byte = bytes[at]!;
    if (!isDigit(byte)) return -1;
    value = value * 10 + byte - 48;
  }
  return value;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

const MONTH_DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysInMonth(year: number, month: number): number {
  return month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : MONTH_DAYS[month]!;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms"). */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
