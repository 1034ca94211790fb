/** What a search for a knob came to. */
export interface Calibration {
  readonly knob: number;
  /** Units between false alarms that were measured there. */
  readonly run_length: number;
}

/** Steps of the search; the logarithm of the run length is nearly a straight line in every knob used here. */
const ROUNDS_MAX = 14;
/** From a run length within this factor of the target the full number of runs is spent. */
const NEAR = 1.3;
const COARSE_SHARE = 0.15;
/** Run lengths farther than this factor from the target are as good as none. */
const FAR = 1e3;

/**
 * Finds the knob at which alarms lie `target` units apart, by false position on the logarithm of the measured run length,
 * which must not fall as the knob grows. The same draws serve every step, so that what is searched is one curve.
 *
 * @param measure run length at a knob over so many runs; Infinity where there was no alarm, 0 where alarms came too
 * soon to be measured
 * @returns the nearest knob that was tried, or the reason why none came within `tolerance` (a share) of the target: counts
 * make steps of the curve
 */
export function calibrate(
  measure: (knob: number, runs: number) => number,
  options: {
    readonly from: number;
    readonly until: number;
    readonly target: number;
    readonly tolerance: number;
    readonly runs: number;
  },
): Calibration | { readonly reason: string } {
  const { target, tolerance, runs } = options;
  const off = (run_length: number) => Math.log(Math.min(Math.max(run_length, target / FAR), target * FAR) / target);
  const coarse = Math.ceil(runs * COARSE_SHARE);
  let nearest = { knob: options.from, run_length: Number.POSITIVE_INFINITY };
  let low = { knob: options.from, off: off(measure(options.from, coarse)) };
  let high = { knob: options.until, off: off(measure(options.until, coarse)) };
  if (low.off > Math.log1p(tolerance)) return { reason: `at its lowest setting alarms lie ${apart(low.off)}` };
  if (high.off < -Math.log1p(tolerance)) return { reason: `at its highest setting alarms lie ${apart(high.off)}` };
  for (let round = 0; round < ROUNDS_MAX; round++) {
    // Every third step halves the range: false position alone may creep from one side.
    const share = round % 3 === 2 ? 0.5 : Math.min(0.95, Math.max(0.05, -low.off / (high.off - low.off)));
    const knob = low.knob + share * (high.knob - low.knob);
    const isNear = Math.abs(high.off - low.off) < 4 * Math.log(NEAR);
    let run_length = measure(knob, isNear ? runs : coarse);
    if (!isNear && Math.abs(off(run_length)) < Math.log(NEAR)) run_length = measure(knob, runs);
    const at = { knob, off: off(run_length) };
    if (Math.abs(at.off) < Math.abs(off(nearest.run_length))) nearest = { knob, run_length };
    if (Math.abs(at.off) <= Math.log1p(tolerance) / 2) break;
    if (at.off < 0) low = at;
    else high = at;
  }
  if (Math.abs(off(nearest.run_length)) <= Math.log1p(tolerance)) return nearest;
  return { reason: `alarms lie ${apart(low.off)} at one setting and ${apart(high.off)} at the next` };

  function apart(distance: number): string {
    if (distance <= -Math.log(FAR)) return 'too close to be measured';
    return `${Math.round(target * Math.exp(distance)).toLocaleString('en')} calls apart`;
  }
}
