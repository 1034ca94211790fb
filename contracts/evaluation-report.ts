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

/** One labelled series, and what a detector said of it. */
export const labelledSeriesRowSchema = z.strictObject({
  name: z.string(),
  /** Rows. */
  n: z.number().int(),
  dimensions: z.number().int(),
  /** Drifts: the first row of the new level as estimated, and the row at which it was known. Rows count from 0. */
  changes: z.array(z.strictObject({ at: z.number(), known_at: z.number().int() })),
  /** Layout of NAB: sums of the three profiles, not normalised. */
  standard: figure,
  reward_low_fp: figure,
  reward_low_fn: figure,
  /** Layout of TCPD. */
  f1: figure,
  cover: figure,
});
export type LabelledSeriesRow = z.infer<typeof labelledSeriesRowSchema>;

/** A detector over all labelled series, at one setting. */
export const seriesEvaluationRowSchema = z.strictObject({
  detector: z.string(),
  options: z.record(z.string(), z.unknown()),
  /** Rows between false alarms that the threshold stands for, where the detector heeds a budget. */
  target: z.number(),
  /** Drifts told over all series. */
  told: z.number().int(),
  /** Layout of NAB: 100 is every window found at its first row and nothing else, 0 is silence. */
  standard: figure,
  reward_low_fp: figure,
  reward_low_fn: figure,
  /** Layout of TCPD: means over all series, 0 to 1. */
  f1: figure,
  cover: figure,
  per_series: z.array(labelledSeriesRowSchema),
});
export type SeriesEvaluationRow = z.infer<typeof seriesEvaluationRowSchema>;

/** What `plumbline evaluate --series` comes to. */
export const seriesEvaluationSchema = z.strictObject({
  layout: z.enum(['nab', 'tcpd']),
  folder: z.string(),
  series: z.number().int(),
  /** Labelled windows (NAB), or annotators of all series together (TCPD). */
  labels: z.number().int(),
  rows: z.array(seriesEvaluationRowSchema),
});
export type SeriesEvaluation = z.infer<typeof seriesEvaluationSchema>;

export const evaluationDocumentSchema = z.strictObject({
  seconds: z.number().min(0),
  null_runs: z.number().int(),
  delay_runs: z.number().int(),
  seed: z.number().int(),
  rows: z.array(evaluationRowSchema),
  /** Where the picture was written; null where none was asked for. */
  picture: z.string().nullable(),
  /** With `--series`: scores on labelled series in place of rows; otherwise null. */
  series: seriesEvaluationSchema.nullable(),
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
