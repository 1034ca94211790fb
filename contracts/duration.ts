const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration such as `500ms`, `30s`, `15m`, `12h`, `28d`. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (match === null)
    throw new RangeError(
      `"${text}" is not a duration; write a whole number and a unit, such as 500ms, 30s, 15m, 12h or 28d`,
    );
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** RFC 3339, UTC, of microseconds since 1970; microseconds are printed only when there are any. */
export function instantText(us: number): string {
  const iso = new Date(Math.floor(us / 1000)).toISOString();
  const micros = ((us % 1000) + 1000) % 1000;
  return micros === 0 ? iso : iso.replace('Z', `${String(micros).padStart(3, '0')}Z`);
}
