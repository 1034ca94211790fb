import type { ComparedValues } from '../../../contracts/comparison.js';

/** Two samples as counts of their distinct values. */
export function comparedValues(first: readonly number[], second: readonly number[]): ComparedValues {
  const values = [...new Set([...first, ...second])].sort((a, b) => a - b);
  const counts = (sample: readonly number[]) => {
    const counted = new Map<number, number>();
    for (const value of sample) counted.set(value, (counted.get(value) ?? 0) + 1);
    return values.map((value) => counted.get(value) ?? 0);
  };
  return { values, first: counts(first), second: counts(second) };
}
