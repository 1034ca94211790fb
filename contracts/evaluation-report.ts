import { z } from 'zod';

/** What `plumbline evaluate` measures: a row for each detector, scenario, stream and target. */

const figure = z.number().nullable();

export const evaluationRowSchema = z.strictObject({
  detector: z.string(),
  scenario: z.string(),
  /** Kind of stream, or the signal of a store. */
  stream: z.string(),
  /** Level before, and after the whole shift, in the natural scale of the stream. */
  before: z.number(),
  after: z.number(),
  /** Calls of a window. */
  window: z.number(),
  /** What false alarms and delays are counted in. */
  unit: z.enum(['calls', 'windows']),
  /** Variance over that of independent calls. */
  dispersion: z.number(),
  /** Units between false alarms that were asked for. */
  target: z.number(),
  /** True: threshold found by simulation. False: as designed, from the target alone. */
  calibrated: z.boolean(),
  /** Units between false alarms, with a 95 % interval; null where none was seen. */
  arl: figure,
  arl_low: figure,
  arl_high: figure,
  /** Mean units from the change to detection, over the runs in which it was found. */
  delay: figure,
  delay_low: figure,
  delay_high: figure,
  /** The least mean delay of any rule at the target, told both levels (of a step). */
  d_star: z.number(),
  ratio: figure,
  /** Share of the changes that were not found. */
  missed_rate: figure,
  /** Of one such stream, or of all streams of a store that share the budget. */
  false_directives_per_week: figure,
  /** Estimated start less the true one, in units: mean, and mean size. */
  change_error: figure,
  change_error_size: figure,
  /** Estimated shift less the true one, on the scale of the shift. */
  effect_bias: figure,
  /** (arl / delay) (1 - missed_rate): mean time ratio. */
  mean_time_ratio: figure,
  /** Of a closed loop: transitions beyond one opening and one closing, for each episode that was found. */
  flaps_per_episode: figure,
  /** Of a closed loop: openings while nothing had drifted, in a thousand windows. */
  false_openings_per_1000: figure,
  /** Of a closed loop: units from the return to the closing. */
  recovery_delay: figure,
  /** Of a store: hours to detection at the volume of the stream in the middle. */
  delay_hours: figure,
  /** Why figures are missing. */
  reason: z.string().optional(),
});
export type EvaluationRow = z.infer<typeof evaluationRowSchema>;

export const evaluationDocumentSchema = z.strictObject({
  seconds: z.number().min(0),
  null_runs: z.number().int(),
  delay_runs: z.number().int(),
  seed: z.number().int(),
  rows: z.array(evaluationRowSchema),
  /** Where the picture was written; null where none was asked for. */
  picture: z.string().nullable(),
});
export type EvaluationDocument = z.infer<typeof evaluationDocumentSchema>;

/** What a store tells of a signal: the middle of its streams. */
export const storeSignalSchema = z.strictObject({
  signal: z.string(),
  kind: z.enum(['proportion', 'rate', 'mean']),
  harmful: z.enum(['up', 'down', 'either']),
  streams: z.number().int(),
  level: z.number(),
  value_sd: z.number(),
  dispersion: z.number(),
  /** Calls (turns, minutes) a week of the stream in the middle, and of all streams of all signals. */
  stream_units_per_week: z.number(),
  units_per_week: z.number(),
});
export type StoreSignal = z.infer<typeof storeSignalSchema>;
