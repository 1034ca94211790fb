/**
 * Evidence a level needs before a directive may rest on it, as n p (1 - p): 150 where the threshold is 1e4 units, 300 at
 * 1e6, and so on, because an error of the baseline is itself a small drift that a patient detector finds.
 */
export function evidenceMin(log_threshold: number): number {
  return Math.max(150, 75 * (log_threshold / Math.LN10) - 150);
}
