import type { Scenario } from '../../contracts/scenario.js';
import { expit } from './levels.js';
import { Random, type StreamKey, streamKey } from './random.js';

/**
 * The hidden factors of the coupled campaign: two standard normals per block of minutes, correlated, that move the log
 * odds of an answer and of voicemail.
 */
type CouplingTerms = NonNullable<Scenario['coupling']>;

/** Grid of a standard normal, for means over it: with even steps the trapezoid rule is exact to many digits. */
const GRID: readonly { readonly z: number; readonly weight: number }[] = (() => {
  const points = Array.from({ length: 25 }, (_, index) => (index - 12) * 0.4);
  const density = points.map((z) => Math.exp(-0.5 * z * z));
  const sum = density.reduce((total, value) => total + value, 0);
  return points.map((z, index) => ({ z, weight: density[index] / sum }));
})();

export class Coupling {
  readonly campaign: string;
  private readonly terms: CouplingTerms;
  private readonly key: StreamKey;
  private readonly random = new Random();
  private block = -1;
  private answerFactor = 0;
  private ownFactor = 0;

  constructor(terms: CouplingTerms, seed: number) {
    this.campaign = terms.campaign;
    this.terms = terms;
    this.key = streamKey(seed, 'coupling');
  }

  /** Moves to the block of a minute (minutes since 1970, UTC). */
  moveTo(minute: number): void {
    const block = Math.floor(minute / this.terms.block_minutes);
    if (block === this.block) return;
    this.block = block;
    this.random.restart(this.key, block, 0);
    this.answerFactor = this.random.normal();
    this.ownFactor = this.random.normal();
  }

  /** Shift of the log odds of an answer. */
  answerShift(): number {
    return this.terms.answer_amplitude * this.answerFactor;
  }

  /**
   * Shift of the log odds of voicemail, `sign` -1 after an inversion. `answerLogOdds` is the level that the answer
   * shift is added to. Answered calls come from the blocks in which many answer, so their mean voicemail share would
   * itself move with the sign of the correlation; taking off the mean factor seen by answered calls keeps it where it
   * is, whatever the sign.
   */
  voicemailShift(sign: 1 | -1, answerLogOdds: number): number {
    const correlation = sign * this.terms.correlation;
    const own = Math.sqrt(1 - correlation * correlation) * this.ownFactor;
    const centred = this.answerFactor - factorOfAnswered(answerLogOdds, this.terms.answer_amplitude);
    return this.terms.voicemail_amplitude * (correlation * centred + own);
  }
}

/** Mean of the answer factor over answered calls. */
function factorOfAnswered(logOdds: number, amplitude: number): number {
  let answered = 0;
  let sum = 0;
  for (const { z, weight } of GRID) {
    const share = weight * expit(logOdds + amplitude * z);
    answered += share;
    sum += share * z;
  }
  return sum / answered;
}

/** What the correlation of windowed rates follows from. */
export interface CoupledLevels {
  /** Log odds of an answer and of voicemail (among calls neither screened nor answered by a menu). */
  readonly answer_log_odds: number;
  readonly voicemail_log_odds: number;
  /** Share of answered calls that are neither screened nor answered by a menu. */
  readonly open_share: number;
  readonly calls_per_minute: number;
  readonly dispersion_of_answers: number;
  readonly dispersion_of_voicemail: number;
}

/**
 * Expected correlation of answer rate and voicemail rate over windows: what the factors put in common, against that
 * and the counting noise (detection.md, "sampling noise first": the two rates have separate denominators).
 */
export function windowCorrelation(terms: CouplingTerms, levels: CoupledLevels, window_minutes: number): number {
  const own = Math.sqrt(1 - terms.correlation ** 2);
  const centre = factorOfAnswered(levels.answer_log_odds, terms.answer_amplitude);
  let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (const first of GRID) {
    const answer = expit(levels.answer_log_odds + terms.answer_amplitude * first.z);
    for (const second of GRID) {
      const weight = first.weight * second.weight;
      const factor = terms.correlation * (first.z - centre) + own * second.z;
      const voicemail = levels.open_share * expit(levels.voicemail_log_odds + terms.voicemail_amplitude * factor);
      x += weight * answer;
      y += weight * voicemail;
      xx += weight * answer * answer;
      yy += weight * voicemail * voicemail;
      xy += weight * answer * voicemail;
    }
  }
  const blocks = Math.max(1, window_minutes / terms.block_minutes);
  const calls = levels.calls_per_minute * window_minutes;
  const answerNoise = (x * (1 - x) * levels.dispersion_of_answers) / calls;
  const voicemailNoise = (y * (1 - y) * levels.dispersion_of_voicemail) / (calls * x);
  const answerVariance = (xx - x * x) / blocks + answerNoise;
  const voicemailVariance = (yy - y * y) / blocks + voicemailNoise;
  return (xy - x * y) / blocks / Math.sqrt(answerVariance * voicemailVariance);
}
