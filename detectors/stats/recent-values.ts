/** The newest values of a quantity; value number i lies at i modulo `kept`. */
export interface RecentValues {
  readonly kept: number;
  seen: number;
  readonly values: number[];
}

export function initRecentValues(kept: number): RecentValues {
  return { kept, seen: 0, values: [] };
}

export function addValue(recent: RecentValues, value: number): void {
  recent.values[recent.seen % recent.kept] = value;
  recent.seen++;
}

/** Mean of the newest `count` values, of all where fewer are kept; summed anew, so that no error adds up. */
export function recentMean(recent: RecentValues, count: number): number {
  return meanOf(recent, count, (value) => value);
}

/** Mean size of the newest `count` values. */
export function recentSize(recent: RecentValues, count: number): number {
  return meanOf(recent, count, Math.abs);
}

function meanOf({ kept, seen, values }: RecentValues, count: number, of: (value: number) => number): number {
  const taken = Math.min(count, values.length);
  let sum = 0;
  for (let age = 1; age <= taken; age++) sum += of(values[(seen - age) % kept]);
  return taken > 0 ? sum / taken : 0;
}
