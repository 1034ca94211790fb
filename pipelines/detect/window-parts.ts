import type { ExpectedLevel } from '../../contracts/detector.js';

/**
 * What is expected of a segment, put together from its parts: sum n_s p_s / sum n_s over the parts s that brought the
 * n_s, so that a change of how much each brings is no change of the level. What no part with a sufficient level brought
 * (the rest) is held against the segment's own level.
 *
 * That one level stands for all of them is safe. For proportions the evidence k d - n ln(1 - p + p e^d) of the mean level
 * p is at most that of the levels themselves, sum k_s d - n_s ln(1 - p_s + p_s e^d), because ln(1 + p (e^d - 1)) is
 * concave in p (Jensen); for rates the two are equal; for means each factor stays below 1 + x on average, and the
 * distances x of the parts sum to none.
 */

/** Sums over the parts of one window. Plain data. */
export interface WindowParts {
  /** Size (trials, minutes of exposure, values) that was held against levels of parts. */
  leaf_size: number;
  /** Sums of size times the distance of a part's level from the segment's own; and times that squared plus value_sd^2. */
  distance_sum: number;
  value_variance_sum: number;
  /** Sum of size times standard error by part; REST is the rest. As many as the window has units, and one, at the most. */
  errors: Record<string, number>;
  /** Names of the groupings whose parts were used, each once. */
  groupings: string[];
}

const REST = 'rest';

/** What the parts of one segment brought in one minute: sums in place, emptied for every minute. */
export interface LeafMix {
  grouping: string;
  size: number;
  level_sum: number;
  dispersion_sum: number;
  distance_sum: number;
  value_variance_sum: number;
  /** Parts, and size times standard error of each. */
  readonly leaves: string[];
  readonly errors: number[];
}

export function emptyMix(): LeafMix {
  return {
    grouping: '',
    size: 0,
    level_sum: 0,
    dispersion_sum: 0,
    distance_sum: 0,
    value_variance_sum: 0,
    leaves: [],
    errors: [],
  };
}

export function beginMix(mix: LeafMix, grouping: string): void {
  mix.grouping = grouping;
  mix.size = 0;
  mix.level_sum = 0;
  mix.dispersion_sum = 0;
  mix.distance_sum = 0;
  mix.value_variance_sum = 0;
  mix.leaves.length = 0;
  mix.errors.length = 0;
}

/** Adds what one part brought; `own` is the segment's own level. */
export function addLeaf(mix: LeafMix, leaf: string, size: number, level: ExpectedLevel, own: ExpectedLevel): void {
  const distance = level.level - own.level;
  mix.size += size;
  mix.level_sum += size * level.level;
  mix.dispersion_sum += size * level.dispersion;
  mix.distance_sum += size * distance;
  mix.value_variance_sum += size * (level.value_sd * level.value_sd + distance * distance);
  mix.leaves.push(leaf);
  mix.errors.push(size * level.standard_error);
}

/** Parts of a window whose `size` so far was held against the segment's own level. */
export function newParts(size: number, standard_error_sum: number, value_sd_sum: number): WindowParts {
  return {
    leaf_size: 0,
    distance_sum: 0,
    value_variance_sum: size > 0 ? (value_sd_sum * value_sd_sum) / size : 0,
    errors: size > 0 ? { [REST]: standard_error_sum } : {},
    groupings: [],
  };
}

/** Adds one minute of the segment: what its parts brought, and the rest of its `size`. */
export function addMix(parts: WindowParts, size: number, own: ExpectedLevel, mix: LeafMix | null): void {
  const leaf_size = mix === null ? 0 : mix.size;
  const rest = Math.max(0, size - leaf_size);
  parts.value_variance_sum += rest * own.value_sd * own.value_sd;
  if (rest > 0) addError(parts, REST, rest * own.standard_error);
  if (mix === null || leaf_size === 0) return;
  parts.leaf_size += leaf_size;
  parts.distance_sum += mix.distance_sum;
  parts.value_variance_sum += mix.value_variance_sum;
  for (let index = 0; index < mix.leaves.length; index++) addError(parts, mix.leaves[index]!, mix.errors[index]!);
  if (!parts.groupings.includes(mix.grouping)) parts.groupings.push(mix.grouping);
}

function addError({ errors }: WindowParts, part: string, error: number): void {
  errors[part] = (errors[part] ?? 0) + error;
}

/**
 * Standard error of the level put together: the errors of one part go together over the minutes, those of different parts
 * do not; but all lean on the shape of the whole, so that it is never below `own`, the error of the segment's own level.
 */
export function mixedStandardError({ errors }: WindowParts, size: number, own: number): number {
  let squares = 0;
  for (const part in errors) squares += errors[part]! * errors[part]!;
  return Math.max(own, Math.sqrt(squares) / size);
}

/** Standard deviation of one value around the level put together: within parts, and between their levels. */
export function mixedValueSd({ value_variance_sum, distance_sum }: WindowParts, size: number): number {
  const distance = distance_sum / size;
  return Math.sqrt(Math.max(0, value_variance_sum / size - distance * distance));
}
