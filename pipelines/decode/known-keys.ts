import { FIELDS } from './fields.js';

/** The keys that the fast decoder knows, found by their bytes: fields of `data` first, then the envelope. */

const ENVELOPE = ['specversion', 'id', 'source', 'type', 'time', 'subject', 'datacontenttype', 'data'] as const;
export const KEY_COUNT = FIELDS.length + ENVELOPE.length;
/** Codes of the envelope's keys; those of `data` are indices into FIELDS. */
export const ENVELOPE_KEY = Object.fromEntries(
  ENVELOPE.map((name, index) => [name, FIELDS.length + index]),
) as Readonly<Record<(typeof ENVELOPE)[number], number>>;

/** Names with their closing quote, by code. */
const keyBytes = [...FIELDS.map(({ name }) => name), ...ENVELOPE].map((name) => Buffer.from(`${name}"`, 'latin1'));
const TABLE_SIZE = 1024;
const dataTable = buildTable(0, FIELDS.length);
const envelopeTable = buildTable(FIELDS.length, KEY_COUNT);

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return (hash ^ (hash >>> 15)) & (TABLE_SIZE - 1);
}

function buildTable(first: number, end: number): Int16Array {
  const table = new Int16Array(TABLE_SIZE).fill(-1);
  for (let key = first; key < end; key++) {
    let slot = hashOf(keyBytes[key]!, 0, keyBytes[key]!.length - 1);
    while (table[slot] !== -1) slot = (slot + 1) & (TABLE_SIZE - 1);
    table[slot] = key;
  }
  return table;
}

/** Where the key with this code ends, its closing quote included, when it begins at `from`; else -1. */
export function endOfKey(key: number, bytes: Uint8Array, from: number): number {
  const expected = keyBytes[key]!;
  const { length } = expected;
  for (let at = 0; at < length; at++) if (bytes[from + at] !== expected[at]) return -1;
  return from + length;
}

/** Code of the key that begins at `from`; -1 when it is none of those known. */
export function findKey(isData: boolean, bytes: Uint8Array, from: number, to: number): number {
  const end = bytes.indexOf(QUOTE, from);
  if (end < 0 || end >= to) return -1;
  const table = isData ? dataTable : envelopeTable;
  let slot = hashOf(bytes, from, end);
  for (;;) {
    const key = table[slot]!;
    if (key === -1 || (keyBytes[key]!.length === end + 1 - from && endOfKey(key, bytes, from) > 0)) return key;
    slot = (slot + 1) & (TABLE_SIZE - 1);
  }
}
const QUOTE = 34;
