/** One part of a whole, in two periods. Shares lie in [0, 1] and sum to 1 over the parts. */
export interface PartOfRate {
  readonly share_before: number;
  readonly share_after: number;
  readonly rate_before: number;
  readonly rate_after: number;
}

/** In the unit of the rates; `change` is the sum of the two effects. */
export interface RateAndMix {
  readonly change: number;
  readonly rate_effect: number;
  readonly mix_effect: number;
}

/**
 * How much of the change of a whole's rate is a change of the rates of its parts, and how much a change of their shares
 * (Kitagawa 1955, JASA 50, "Components of a difference between two rates"). With w shares and r rates, bars for the mean
 * of the two periods and d for the difference between them:
 *
 *     sum w1 r1 - sum w0 r0 = sum wbar dr + sum rbar dw
 *
 * Exact, without a remainder. Adding a constant to all rates moves neither effect, for shares sum to 1 both times.
 * No parts: all 0.
 */
export function rateAndMix(parts: readonly PartOfRate[]): RateAndMix {
  let [rate_effect, mix_effect] = [0, 0];
  for (const { share_before, share_after, rate_before, rate_after } of parts) {
    rate_effect += ((share_before + share_after) / 2) * (rate_after - rate_before);
    mix_effect += ((rate_before + rate_after) / 2) * (share_after - share_before);
  }
  return { change: rate_effect + mix_effect, rate_effect, mix_effect };
}
