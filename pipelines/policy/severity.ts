import type { Severity } from '../../contracts/episode.js';
import type { Verdict } from '../../contracts/verdict.js';

/** Evidence this many times the threshold is strong: ln 20, as far above the threshold as the warning level is below. */
const LOG_STRONG = Math.log(20);
/** What strong evidence adds to the weight of a shift. */
const STRONG_FACTOR = 1.25;

/**
 * Size from which a shift is major or critical, after weighing by evidence. The scales of the detectors (log odds, log
 * rate, standard deviations, Fisher z) are close enough for one pair of bounds: 0.35 takes a proportion from 0.30 to
 * 0.23, or a rate up by 40 %; 0.8 takes them to 0.16, or up by 120 %.
 */
const MAJOR_MIN = 0.35;
const CRITICAL_MIN = 0.8;

/**
 * Severity = effect x evidence level. The effect decides how hard; evidence that is only just enough to act counts as
 * it is, and strong evidence (20 times the threshold) makes the same shift weigh a quarter more.
 */
export function severityOf(verdict: Verdict): Severity {
  const is_strong = verdict.log_evidence >= verdict.log_threshold + LOG_STRONG;
  const weight = Math.abs(verdict.effect) * (is_strong ? STRONG_FACTOR : 1);
  if (weight >= CRITICAL_MIN) return 'critical';
  return weight >= MAJOR_MIN ? 'major' : 'minor';
}
