import type { Verdict } from '../../contracts/verdict.js';

/** A warning is given at a twentieth of the threshold: worth a look, twenty times as often in error. */
export const LOG_WARN_GAP = Math.log(20);

/** What the evidence alone says: 0 quiet, 1 warn, 2 drift. Reaching a level counts as it (`>=`). */
export type EvidenceLevel = 0 | 1 | 2;

export function evidenceLevel(logEvidence: number, logThreshold: number, warnGap = LOG_WARN_GAP): EvidenceLevel {
  if (logEvidence >= logThreshold) return 2;
  return logEvidence >= logThreshold - warnGap ? 1 : 0;
}

/** The state of a verdict: without a sufficient baseline the evidence is kept, but nothing may rest on it. */
export function evidenceState(level: EvidenceLevel, isSufficient: boolean): Verdict['state'] {
  if (!isSufficient) return 'insufficient';
  return level === 2 ? 'drift' : level === 1 ? 'warn' : 'quiet';
}

/** The verdict below the warning level: the evidence, and nothing told about a shift. */
export function quietVerdict(logEvidence: number, logThreshold: number, isSufficient: boolean): Verdict {
  return {
    state: evidenceState(0, isSufficient),
    log_evidence: logEvidence,
    log_threshold: logThreshold,
    direction: 'none',
    is_harmful: false,
    effect: 0,
    effect_confidence: 0,
    change_us: null,
    units_since_change: 0,
    is_still_drifted: false,
  };
}
