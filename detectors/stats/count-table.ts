import type { ComparedCounts } from '../../contracts/comparison.js';

/** Rule of Cochran (1954): below this expected count the chi-square scale of a bin is not to be trusted. */
const EXPECTED_MIN = 5;
/** This share of the bins at least must reach it, and none may fall below 1. */
const EXPECTED_SHARE = 0.8;

/** Two rows of counts over the bins in which anything was seen. */
export interface CountTable {
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly first_total: number;
  readonly second_total: number;
  /** Bins less one: what both rows are free to differ in. */
  readonly degrees: number;
}

export function countTable({ first, second }: ComparedCounts): CountTable {
  const seen = first.map((_, bin) => bin).filter((bin) => first[bin] + second[bin] > 0);
  const rows = { first: seen.map((bin) => first[bin]), second: seen.map((bin) => second[bin]) };
  return {
    ...rows,
    first_total: sum(rows.first),
    second_total: sum(rows.second),
    degrees: Math.max(0, seen.length - 1),
  };
}

/** What keeps a table from the chi-square scale; null: nothing. */
export function tableShortage({ first, second, first_total, second_total, degrees }: CountTable): string | null {
  if (first_total === 0 || second_total === 0) return 'one side is empty';
  if (degrees === 0) return 'everything lies in one bin';
  const share = Math.min(first_total, second_total) / (first_total + second_total);
  const least = first.map((count, bin) => (count + second[bin]) * share);
  const enough = least.filter((expected) => expected >= EXPECTED_MIN).length;
  if (enough >= EXPECTED_SHARE * least.length && Math.min(...least) >= 1) return null;
  return `fewer than ${EXPECTED_MIN} are expected in too many bins: put bins together or take more data`;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
