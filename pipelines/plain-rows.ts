export type Row = Record<string, unknown>;

/** Values of a row as plain ones, in place. */
export function plainRow(row: Record<string, unknown>): Row {
  for (const key of Object.keys(row)) row[key] = plainValue(row[key]);
  return row;
}

/** Numbers for integers that fit, microseconds for timestamps, plain arrays for lists. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : value.toString();
  }
  if (value !== null && typeof value === 'object') {
    if ('micros' in value && typeof value.micros === 'bigint') return Number(value.micros);
    if ('items' in value && Array.isArray(value.items)) return value.items.map(plainValue);
    if ('bytes' in value && value.bytes instanceof Uint8Array) return value.bytes;
    if (value.constructor !== Object) return String(value);
  }
  return value;
}

/** As `plainValue`, but instants stand as people read them: `2025-10-07 16:52:00`, in UTC. */
export function readableValue(value: unknown): unknown {
  if (value !== null && typeof value === 'object') {
    if ('micros' in value && typeof value.micros === 'bigint') return String(value);
    if ('items' in value && Array.isArray(value.items)) return value.items.map(readableValue);
  }
  return plainValue(value);
}
