/**
 * Two bodies of data side by side, as counts over the same bins: distinct values of a sample, bins of a histogram, or
 * categories. A sample is counts of its distinct values; histograms that can be added up stay as they are.
 */
export interface ComparedCounts {
  /** Whole counts, one per bin, of both sides. */
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** Bins that lie on a scale: their values, rising, in the unit of the quantity. */
export interface ComparedValues extends ComparedCounts {
  readonly values: readonly number[];
}

/** What a comparison says. It looks once: a question, no watch over a stream. */
export interface ComparisonResult {
  readonly comparison: string;
  readonly statistic: number;
  /** Chance of a statistic as large or larger when both sides are of one distribution and entities are independent. */
  readonly p_value: number;
  /** How large the difference is, whatever the sizes; null where it is not defined. */
  readonly effect: number | null;
  readonly effect_unit: string;
  readonly sizes: { readonly first: number; readonly second: number };
  /** Whether the counts suffice for `p_value` to be what it says; else `reason` says what is missing. */
  readonly is_usable: boolean;
  readonly reason: string | null;
}

interface ComparisonParts {
  readonly name: string;
  readonly summary: string;
}

/** Compares shares of bins, whose order does not matter. */
export interface CountsComparison extends ComparisonParts {
  readonly of: 'counts';
  compare(compared: ComparedCounts): ComparisonResult;
}

/** Compares distributions on a scale. `uniform` draws from [0, 1), for those that permute. */
export interface ValuesComparison extends ComparisonParts {
  readonly of: 'values';
  compare(compared: ComparedValues, uniform: () => number): ComparisonResult;
}

export type Comparison = CountsComparison | ValuesComparison;
