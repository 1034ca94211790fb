import gammainc from '@stdlib/math-base-special-gammainc';

/**
 * Chance that a chi-square variable of so many degrees of freedom is `value` or more. The upper tail itself: one less the
 * distribution function would have nothing left below 1e-16. Without a degree of freedom: 1.
 */
export function chiSquareTail(value: number, degrees: number): number {
  if (degrees < 1 || !(value > 0)) return 1;
  return value === Number.POSITIVE_INFINITY ? 0 : gammainc(value / 2, degrees / 2, true, true);
}
