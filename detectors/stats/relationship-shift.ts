export interface RelationshipShift {
  readonly side: 1 | -1;
  /** Share of the evidence on that side. */
  readonly side_share: number;
  /** Posterior mean shift of the relationship, in Fisher's z, and of the leading side alone from its null. */
  readonly effect: number;
  readonly side_shift: number;
  /** Share of the evidence on that side with shifts of `effect_min` or more. */
  readonly effect_confidence: number;
}

/** What the evidence says of the shift: `shifts` signed, from the null `ends` of their side, `z` what was expected. */
export function relationshipShift(
  shifts: readonly number[],
  shares: readonly number[],
  ends: { readonly up: number; readonly down: number },
  z: number,
  effect_min: number,
): RelationshipShift {
  let up = 0;
  for (let i = 0; i < shifts.length; i++) if (shifts[i] > 0) up += shares[i];
  const side = up >= 0.5 ? 1 : -1;
  const side_share = side > 0 ? up : 1 - up;
  let [effect, side_shift, effect_confidence] = [0, 0, 0];
  for (let i = 0; i < shifts.length; i++) {
    effect += shares[i] * ((shifts[i] > 0 ? ends.up : ends.down) + shifts[i] - z);
    if (Math.sign(shifts[i]) !== side) continue;
    side_shift += (shares[i] * shifts[i]) / side_share;
    if (Math.abs(shifts[i]) >= effect_min) effect_confidence += shares[i];
  }
  return { side, side_share, effect, side_shift, effect_confidence: Math.min(1, effect_confidence) };
}
