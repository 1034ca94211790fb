import type { DetectionWindow, StreamTraits } from '../../contracts/detector.js';
import type { Verdict } from '../../contracts/verdict.js';
import { type ChangeMarks, changeTime, initChangeMarks, markChange } from './change-marks.js';
import { evidenceLevel, evidenceState, quietVerdict } from './evidence-state.js';
import {
  advanceShiryaevRoberts,
  changePosterior,
  evidenceShares,
  initShiryaevRoberts,
  logEvidence,
  type ShiryaevRoberts,
} from './shiryaev-roberts.js';

/** What every detector of relationships keeps: one Shiryaev-Roberts sum in windows, and what was expected last. */
export interface RelationshipEvidence {
  readonly harmful: StreamTraits['harmful'];
  readonly log_threshold: number;
  /** Smallest shift worth acting on, on the scale of the detector's shifts. */
  readonly effect_min: number;
  readonly evidence: ShiryaevRoberts;
  readonly marks: ChangeMarks;
  /** Relationship expected in the last window (a correlation, or Yule's Y), with its 95 % interval. */
  readonly expected: { correlation: number; low: number; high: number };
  is_sufficient: boolean;
}

export function initRelationshipEvidence(
  { harmful, log_threshold }: StreamTraits,
  effect_min: number,
  weights: number[],
): RelationshipEvidence {
  return {
    harmful,
    log_threshold,
    effect_min,
    evidence: initShiryaevRoberts(weights),
    marks: initChangeMarks(),
    expected: { correlation: 0, low: 0, high: 0 },
    is_sufficient: true,
  };
}

/** Notes what is expected in the window at hand. */
export function expectRelationship(
  state: RelationshipEvidence,
  { correlation, correlation_low, correlation_high }: NonNullable<DetectionWindow['expected_correlation']>,
  is_sufficient: boolean,
): void {
  state.is_sufficient = is_sufficient;
  state.expected.correlation = correlation;
  state.expected.low = correlation_low;
  state.expected.high = correlation_high;
}

/** Takes the log-likelihood ratios of one window, per alternative. */
export function takeRelationshipRatios(state: RelationshipEvidence, ratios: Float64Array, start_us: number): void {
  markChange(state.marks, state.evidence.units, start_us);
  advanceShiryaevRoberts(state.evidence, ratios, 1);
}

/** What a detector finds in its evidence, from the warning level on. */
export interface RelationshipFinding {
  readonly side: 1 | -1;
  /** Share of the evidence on that side. */
  readonly side_share: number;
  readonly effect: number;
  readonly effect_confidence: number;
  readonly is_still_drifted: boolean;
  /** Label and figures of the relationship since the change. */
  readonly since: { readonly label?: Verdict['label']; readonly details: Readonly<Record<string, number>> };
  readonly details?: Readonly<Record<string, number>>;
}

/** @param find given the shares of the evidence by alternative, and the windows since the change */
export function relationshipVerdict(
  state: RelationshipEvidence,
  find: (shares: readonly number[], windows: number) => RelationshipFinding,
): Verdict {
  const { evidence, log_threshold, is_sufficient, harmful, expected } = state;
  const log_evidence = logEvidence(evidence);
  const level = evidenceLevel(log_evidence, log_threshold);
  if (level === 0) return quietVerdict(log_evidence, log_threshold, is_sufficient);
  const shares = evidenceShares(evidence);
  const change = changePosterior(evidence, shares);
  const windows = evidence.units - change.units;
  const { side, side_share, effect, effect_confidence, is_still_drifted, since, details } = find(shares, windows);
  const direction = side > 0 ? 'up' : 'down';
  return {
    state: evidenceState(level, is_sufficient),
    log_evidence,
    log_threshold,
    direction,
    is_harmful: harmful === 'either' || harmful === direction,
    effect,
    effect_confidence,
    change_us: changeTime(state.marks, change.units),
    units_since_change: windows,
    is_still_drifted,
    ...(since.label === undefined ? {} : { label: since.label }),
    details: {
      evidence_level: level,
      direction_share: side_share,
      change_sd_units: change.sd,
      units: evidence.units,
      ...details,
      r0: expected.correlation,
      r0_low: expected.low,
      r0_high: expected.high,
      ...since.details,
    },
  };
}
