import { z } from 'zod';
import type { DetectionWindow, Detector, StreamTraits } from '../contracts/detector.js';
import { describeAssociation } from './stats/association-change.js';
import { associationLogRatio } from './stats/association-log-ratio.js';
import { fisherZ } from './stats/fisher-interval.js';
import { isUsable } from './stats/level-log-ratio.js';
import { isTelling, LOG_ODDS_PER_Z } from './stats/outcome-table.js';
import {
  expectRelationship,
  initRelationshipEvidence,
  type RelationshipEvidence,
  type RelationshipFinding,
  relationshipVerdict,
  takeRelationshipRatios,
} from './stats/relationship-evidence.js';
import { nullEnds } from './stats/relationship-null.js';
import { relationshipShift } from './stats/relationship-shift.js';
import { shiftWeights } from './stats/shift-weights.js';
import { addTable, initTableRing, newestTables, type TableRing } from './stats/table-ring.js';

/** Sizes of shift looked for at most, on either side. */
const SHIFTS_MAX = 16;

/** Log-likelihood ratios of the window at hand, per alternative: written before they are read in every step. */
const RATIOS = new Float64Array(2 * SHIFTS_MAX);

const config = z.strictObject({
  shifts: z
    .array(z.number().positive().max(8))
    .min(1)
    .max(SHIFTS_MAX)
    .default([0.4, 0.8, 1.4, 2.4])
    .describe(
      'sizes of shift that are looked for on either side, in the log odds ratio: 0.4 is odds that are half as large again, ' +
        'the least that a few thousand calls can tell; 2.4 turns a plain association about',
    ),
  harmful_weight: z
    .number()
    .min(0.5)
    .max(0.99)
    .default(0.8)
    .describe('share of the evidence, a probability, that is staked on the harmful side; see mixture-e-sr'),
  null_standard_errors: z
    .number()
    .min(0)
    .max(3)
    .default(1)
    .describe(
      'how far the log odds ratio expected may be off, in its standard errors: what lies within is no drift; 1 keeps the ' +
        'false-alarm bound from a history of a few thousand calls on',
    ),
  effect_min: z
    .number()
    .positive()
    .max(8)
    .optional()
    .describe('smallest shift worth acting on, in the log odds ratio; default: the smallest of `shifts`'),
});
export type AssociationEsrConfig = z.infer<typeof config>;

export interface AssociationEsrState extends RelationshipEvidence {
  readonly null_standard_errors: number;
  /** Signed, on Fisher's scale: quarters of the log odds ratio. */
  readonly shifts: number[];
  readonly tables: TableRing;
}

/**
 * Association e-detector: notices that two outcomes of the same calls no longer go together as they did, though each by
 * itself may be as frequent as ever.
 *
 * **Detects** a lasting change of the odds ratio between two yes-or-no outcomes of the same calls (interrupted and
 * converted), in either direction, from the four counts of each window: both, the first only, the second only, neither.
 *
 * **Formula.** As in `correlation-e-sr`, one unit per window, with likelihood ratios of the calls with both outcomes given
 * how many have each (Fisher's noncentral hypergeometric, `association-log-ratio.ts`), between log odds ratios theta +-
 * shift and theta; theta is the baseline's, moved by `null_standard_errors` standard errors towards the alternative.
 * Given the margins, neither the volume nor a change of either share alone moves the evidence; no correction is made
 * because none is needed.
 *
 * **Promise.** A threshold c keeps false alarms c windows or more apart on average, whatever the sizes of windows and
 * whatever the two shares do, for calls of one odds ratio. Where a segment mixes groups of calls that differ in both
 * shares, a change of the mix alone is a change of the association within the segment, and is told as one.
 *
 * **Verdict.** `effect`: posterior mean shift in Fisher's z of Yule's Y, which is a quarter of the log odds ratio, so that
 * severities read as those of correlations. `label`: from the 95 % intervals of Y before and since (Mantel-Haenszel over
 * at most the newest 128 windows); see `relationship-label.ts`. `details`: `r0` and `r` with `_low` and `_high` (Yule's
 * Y), `log_odds_ratio` since, `label_windows`, `label_calls`, `is_label_provisional` (1 where no condition is met in
 * full), `x_share` and `y_share` since. The rest as in `correlation-e-sr`.
 *
 * **Edge input.** Passed over are windows without a table, with counts that are negative or not whole, and those in which
 * all calls or none have one of the outcomes: they say nothing.
 *
 * **Cost** O(alternatives x calls with both outcomes), in windows of many calls O(alternatives x sqrt(calls)). **Memory**
 * under 20 KB of JSON.
 *
 * References: Shin, Ramdas, Rinaldo (2024); Fisher (1935), J. R. Stat. Soc. 98; Mantel, Haenszel (1959); Robins,
 * Breslow, Greenland (1986); Yule (1912).
 */
export const associationEsr: Detector<AssociationEsrConfig, AssociationEsrState> = {
  name: 'association-e-sr',
  summary: 'change of the association of two outcomes of the same calls: Shiryaev-Roberts e-detector given the margins',
  kinds: ['association'],
  config,
  init,
  step(state, window) {
    take(state, window);
    return { state, verdict: relationshipVerdict(state, (shares, windows) => finding(state, shares, windows)) };
  },
};

function init(options: AssociationEsrConfig, traits: StreamTraits): AssociationEsrState {
  if (traits.kind !== 'relationship') throw new Error('association-e-sr watches a relationship within calls');
  const sizes = [...options.shifts].sort((a, b) => a - b).map((size) => size / LOG_ODDS_PER_Z);
  const shifts = [...sizes, ...sizes.map((size) => -size)];
  const effect_min = options.effect_min === undefined ? sizes[0] : options.effect_min / LOG_ODDS_PER_Z;
  return {
    ...initRelationshipEvidence(traits, effect_min, shiftWeights(shifts, traits.harmful, options.harmful_weight)),
    null_standard_errors: options.null_standard_errors,
    shifts,
    tables: initTableRing(),
  };
}

function take(state: AssociationEsrState, window: DetectionWindow): void {
  const { table, expected_correlation: association } = window;
  if (table === undefined || association === undefined || !isTelling(table)) return;
  if (!isUsable(window, window.expected)) return;
  expectRelationship(state, association, window.expected.is_sufficient && association.is_sufficient);
  const { shifts } = state;
  const { up, down } = nullEnds(state.expected, state.null_standard_errors);
  for (let i = 0; i < shifts.length; i++) RATIOS[i] = shiftRatio(table, shifts[i] > 0 ? up : down, shifts[i]);
  takeRelationshipRatios(state, RATIOS, window.start_us);
  addTable(state.tables, table);
}

function shiftRatio(table: NonNullable<DetectionWindow['table']>, end: number, shift: number): number {
  return associationLogRatio(table, LOG_ODDS_PER_Z * (end + shift), LOG_ODDS_PER_Z * end);
}

function finding(state: AssociationEsrState, shares: readonly number[], windows: number): RelationshipFinding {
  const { expected, tables } = state;
  const ends = nullEnds(expected, state.null_standard_errors);
  const shift = relationshipShift(state.shifts, shares, ends, fisherZ(expected.correlation), state.effect_min);
  const end = shift.side > 0 ? ends.up : ends.down;
  return {
    ...shift,
    is_still_drifted:
      newestTables(tables, 2).reduce((sum, table) => sum + shiftRatio(table, end, shift.side_shift), 0) > 0,
    since: describeAssociation(expected, tables, windows),
  };
}
