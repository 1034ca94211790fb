import { z } from 'zod';
import { attributionSchema } from './attribution.js';
import { comparisonReportSchema } from './comparison-report.js';
import { ruleSchema } from './config.js';
import { conservationSchema } from './conservation.js';
import { DIRECTIVE_ACTIONS, directiveSchema } from './directive.js';
import { EPISODE_STATES, SEVERITIES } from './episode.js';
import { evaluationDocumentSchema } from './evaluation-report.js';
import { REJECTION_REASONS } from './event.js';
import { inputReportSchema } from './input-report.js';
import { logDocumentSchema, passOverDocumentSchema } from './log-report.js';
import { rejectedDocumentSchema } from './rejected-report.js';
import { reviewReportSchema } from './review-report.js';
import { RELATIONSHIP_LABELS } from './verdict.js';

/**
 * Every document that a command prints with `--json`: programs rely on these names. Times are RFC 3339 in UTC, segments are
 * objects (`{}` is everything), counts are integers. A `...Report` is what an instance tells of itself; a `...Document` is
 * what one command prints, with what only the command knows.
 */

const count = z.number().int().min(0);
const instant = z.iso.datetime();
const segment = z.record(z.string(), z.string());

export const evidenceSchema = z.strictObject({
  /** Natural logarithm of the evidence at detection, and of the threshold that the false-alarm budget sets. */
  log_evidence: z.number(),
  log_threshold: z.number(),
  /** Calls (or turns; windows for a relationship) from the estimated start to detection. */
  units: z.number(),
  /** Size of the shift in the detector's own scale: log odds, log rate, standard deviations, Fisher z. */
  effect: z.number(),
  /** Share of the evidence on shifts at least as large as the smallest worth acting on, 0 to 1. */
  effect_confidence: z.number(),
  detector: z.string(),
  baseline_version: z.string(),
  details: z.record(z.string(), z.number()),
});

export const episodeReportSchema = z.strictObject({
  id: z.string(),
  /** Exactly one of `signal` and `relationship` is set. */
  signal: z.string().nullable(),
  relationship: z.string().nullable(),
  /** How a relationship changed; null for a signal. */
  label: z.enum(RELATIONSHIP_LABELS).nullable(),
  /** Which part of a mix has moved, the name of its signal or `rest`; null for anything else. */
  part: z.string().nullable(),
  segment,
  direction: z.enum(['up', 'down']),
  is_harmful: z.boolean(),
  severity: z.enum(SEVERITIES),
  state: z.enum(EPISODE_STATES),
  began_at: instant,
  detected_at: instant,
  closed_at: instant.nullable(),
  /** `expected...` and `observed` are in this unit; `correlation` for a relationship, `ratio` for a mix. */
  unit: z.string(),
  expected: z.number(),
  expected_low: z.number(),
  expected_high: z.number(),
  observed: z.number(),
  /**
   * Groupings from whose levels, and the calls that each part has brought, `expected` was put together when the episode was
   * detected, as `campaign,number_pool`; null: from the segment's own level.
   */
  leaves: z.string().nullable(),
  evidence: evidenceSchema,
  /** Drifts of other streams that this one explains; they have no episode of their own. */
  folded: z.array(
    z.strictObject({
      signal: z.string(),
      segment,
      detected_at: instant,
      units: z.number(),
      /** Against its baseline, and against a level that is shifted as far as that of the episode. */
      log_evidence: z.number(),
      residual_log_evidence: z.number(),
    }),
  ),
});
export type EpisodeReport = z.infer<typeof episodeReportSchema>;

export const directiveReportSchema = z.strictObject({
  id: z.string(),
  action: z.enum(DIRECTIVE_ACTIONS),
  target: z.string(),
  value: z.union([z.number(), z.string(), z.boolean()]),
  unit: z.string(),
  mode: z.enum(['shadow', 'advise', 'enforce']),
  rule: z.string(),
  episode_id: z.string(),
  issued_at: instant,
  expires_at: instant,
  epoch: z.number().int().min(1),
  seq: z.number().int().min(1),
  policy_version: z.string(),
});
export type DirectiveReport = z.infer<typeof directiveReportSchema>;

/** What a run over recorded events came to. */
export const replayResultSchema = z.strictObject({
  events: conservationSchema,
  /** Rows of the observation and baseline relations. */
  observations: count,
  baselines: count,
  episodes: z.array(episodeReportSchema),
  directives: z.array(directiveReportSchema),
});
export type ReplayResult = z.infer<typeof replayResultSchema>;

export const replayDocumentSchema = replayResultSchema.extend({
  /** Wall-clock seconds of the whole run. */
  seconds: z.number().min(0),
  data_dir: z.string(),
  /** Path of the DuckDB file. */
  store: z.string(),
  /** Queries to paste into `plumbline sql` or any DuckDB client. */
  queries: z.array(z.string()).length(3),
});
export type ReplayDocument = z.infer<typeof replayDocumentSchema>;

/** A drift that a scenario planted, and whether it was found. */
export const labelReportSchema = z.strictObject({
  name: z.string(),
  /** Exactly one of `signal` and `relationship` is set. */
  signal: z.string().nullable(),
  relationship: z.string().nullable(),
  segment,
  /** Other signals that the planted change moves as well. */
  affects: z.array(z.string()),
  onset_at: instant,
  found: z.boolean(),
  /** Calls of the segment from onset to detection, and minutes; null when not found. */
  delay_calls: z.number().nullable(),
  delay_minutes: z.number().nullable(),
  /** Least mean delay that any detector with this false-alarm budget can have, in calls; null where not known. */
  d_star_calls: z.number().nullable(),
});
export type LabelReport = z.infer<typeof labelReportSchema>;

export const demoDocumentSchema = replayDocumentSchema.extend({
  seed: z.number().int(),
  labels: z.array(labelReportSchema),
  /** Directives of the labelled day that no planted drift explains. */
  false_directives: count,
  /** The last day of the history, on which nothing was planted. */
  quiet_day: z.strictObject({ date: z.iso.date(), false_directives: count }),
  /** Directives of the history before the quiet day: nothing was planted there either. */
  earlier_false_directives: count,
  /** Path of the HTML report. */
  report: z.string(),
});
export type DemoDocument = z.infer<typeof demoDocumentSchema>;

export const statusReportSchema = z.strictObject({
  data_dir: z.string(),
  configuration_version: z.string(),
  /** How many processes have owned this log. */
  epoch: count,
  /** Least watermark over the inputs; null before the first event. */
  watermark_at: instant.nullable(),
  events: conservationSchema,
  /** Of the rejected events: how many for which reason, as far as the store has come. */
  rejected_by_reason: z.partialRecord(z.enum(REJECTION_REASONS), count),
  observations: count,
  /** Rows of an earlier time have left the store (`observe.rows_keep`); null when none has. */
  rows_from: instant.nullable(),
  baselines: count,
  baseline_version: z.string().nullable(),
  /** Signals and relationships in segments that are not watched for want of room (`detect.streams_max`). */
  unwatched_streams: count,
  inputs: z.array(inputReportSchema),
  open_episodes: z.array(episodeReportSchema),
  directives_in_force: z.array(directiveReportSchema),
});
export type StatusReport = z.infer<typeof statusReportSchema>;

export const statusDocumentSchema = statusReportSchema.extend({
  /** Whether a running instance answered; else the store was read. */
  is_running: z.boolean(),
});
export type StatusDocument = z.infer<typeof statusDocumentSchema>;

/** Equal relations give equal digests, whatever the order of their rows. */
export const digestReportSchema = z.strictObject({
  relations: z.array(z.strictObject({ relation: z.string(), rows: count, digest: z.string() })),
  digest: z.string(),
});
export type DigestReport = z.infer<typeof digestReportSchema>;

export const sqlDocumentSchema = z.strictObject({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.json())),
});
export type SqlDocument = z.infer<typeof sqlDocumentSchema>;

/** Everything that a directive rests on. */
export const explanationSchema = z.strictObject({
  /** As it was sent, with its evidence. */
  directive: directiveSchema,
  /** The policy rule that authorised it; null when the configuration in force then is not known any more. */
  rule: ruleSchema.nullable(),
  episode: episodeReportSchema,
  /** The level that was expected when the drift was detected, with its 95 % interval, and what it rests on. */
  baseline: z.strictObject({
    version: z.string(),
    /** Whose level it is: a new agent version starts with that of everything (`all`). */
    segment: z.string(),
    level: z.number(),
    level_low: z.number(),
    level_high: z.number(),
    dispersion: z.number().nullable(),
    n_effective: z.number().nullable(),
    history_from: instant.nullable(),
    history_to: instant.nullable(),
  }),
  /**
   * Where rows of its time have left the store, from when on they are there: what was written down at the detection is told,
   * `attribution` is not available, and the statements in `counts` find what is left.
   */
  rows_from: instant.nullable(),
  /** What was counted from the estimated start to the detection, as it was known then, and the statement that counts it again. */
  counts: z.array(
    z.strictObject({
      signal: z.string(),
      windows: count,
      n: count,
      total: z.number(),
      exposure_ms: z.number(),
      total_squares: z.number(),
      sql: z.string(),
    }),
  ),
  /** Segments of the same signal over the same span, largest excess first; empty for a relationship. */
  contributing_segments: z.array(
    z.strictObject({ segment, n: count, observed: z.number(), expected: z.number(), excess: z.number() }),
  ),
  /** Where the excess comes from: counted to the close of the episode, or to the newest window while it is open. */
  attribution: attributionSchema,
  /** The same as it was known when the drift was detected, and written down then; null for a relationship. */
  attribution_at_detection: attributionSchema.nullable(),
  /** Where the events of the segment's calls that were known then lie in the log: ordinals of events, and the frames that hold them. */
  positions: z.strictObject({
    calls: count,
    first_seq: z.number().int().nullable(),
    last_seq: z.number().int().nullable(),
    frames: z.array(z.strictObject({ file: z.string(), frame: count, first_seq: count, rows: count })),
  }),
  /** What was observed around the start of the drift and its detection, beside what was expected. */
  observations: z.array(
    z.strictObject({
      at: instant,
      n: z.number(),
      observed: z.number().nullable(),
      expected: z.number().nullable(),
      expected_low: z.number().nullable(),
      expected_high: z.number().nullable(),
      /** As it was known when the drift was detected, and written down then: it stays when rows leave the store. */
      is_recorded: z.boolean(),
    }),
  ),
  /** Entries of the journal about the episode and the directive. */
  journal: z.array(
    z.strictObject({ ordinal: count, at: instant, kind: z.string(), subject: z.string(), hash: z.string() }),
  ),
});
export type Explanation = z.infer<typeof explanationSchema>;

export const lintDocumentSchema = z.strictObject({
  config: z.string(),
  configuration_version: z.string().nullable(),
  is_valid: z.boolean(),
  problems: z.array(
    z.strictObject({
      code: z.string(),
      message: z.string(),
      file: z.string(),
      line: z.number().int().min(1),
      column: z.number().int().min(1),
      detail: z.string().nullable(),
      hint: z.string().nullable(),
    }),
  ),
  signals: count,
  relationships: count,
  rules: count,
});
export type LintDocument = z.infer<typeof lintDocumentSchema>;

export const baselineDocumentSchema = z.strictObject({
  seconds: z.number().min(0),
  /** The refresh; null when there was no history to learn from. */
  baseline_version: z.string().nullable(),
  baselines: count,
});
export type BaselineDocument = z.infer<typeof baselineDocumentSchema>;

export const rebuildDocumentSchema = z.strictObject({
  seconds: z.number().min(0),
  store: z.string(),
  digest: digestReportSchema,
});
export type RebuildDocument = z.infer<typeof rebuildDocumentSchema>;

/** What was blanked of a person; nothing of who it is. */
export const forgetDocumentSchema = z.strictObject({
  /** Events that named the person by their token. */
  events: count,
  calls: count,
  /** Rejected lines that mentioned the number. */
  rejected: count,
  /** Keys of texts that were destroyed. */
  text_keys: count,
});
export type ForgetDocument = z.infer<typeof forgetDocumentSchema>;

/** What a backup holds. */
export const backupFiguresSchema = z.strictObject({ files: count, bytes: count, frames: count, events: count });

export const backupDocumentSchema = backupFiguresSchema.extend({ folder: z.string() });
export type BackupDocument = z.infer<typeof backupDocumentSchema>;

export const restoreDocumentSchema = backupFiguresSchema.extend({ data_dir: z.string() });
export type RestoreDocument = z.infer<typeof restoreDocumentSchema>;

export const keysDocumentSchema = z.strictObject({
  /** Keys that are sealed under the new master key. */
  keys: count,
});
export type KeysDocument = z.infer<typeof keysDocumentSchema>;

export const simulateDocumentSchema = z.strictObject({
  seconds: z.number().min(0),
  seed: z.number().int(),
  scenario: z.string(),
  /** Paths of the files written; `-` is the standard output. */
  events: z.string(),
  labels: z.string().nullable(),
  event_count: count,
  label_count: count,
});
export type SimulateDocument = z.infer<typeof simulateDocumentSchema>;

export const importDocumentSchema = z.strictObject({
  seconds: z.number().min(0),
  mapping: z.string(),
  file: z.string(),
  /** What of this file became of the log. */
  events: conservationSchema,
  time_zone: z.string(),
  data_dir: z.string(),
  store: z.string(),
});
export type ImportDocument = z.infer<typeof importDocumentSchema>;

export const reportDocumentSchema = z.strictObject({ report: z.string(), episodes: count, directives: count });
export type ReportDocument = z.infer<typeof reportDocumentSchema>;
export const initDocumentSchema = z.strictObject({ config: z.string() });
export type InitDocument = z.infer<typeof initDocumentSchema>;

/** What `--json` prints when a command fails. */
export const errorDocumentSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    detail: z.string().nullable(),
    hint: z.string().nullable(),
  }),
});
export type ErrorDocument = z.infer<typeof errorDocumentSchema>;

/** What each command prints with `--json`, by command. */
export const DOCUMENTS = {
  backup: backupDocumentSchema,
  baseline: baselineDocumentSchema,
  compare: comparisonReportSchema,
  demo: demoDocumentSchema,
  digest: digestReportSchema,
  evaluate: evaluationDocumentSchema,
  explain: explanationSchema,
  forget: forgetDocumentSchema,
  import: importDocumentSchema,
  init: initDocumentSchema,
  keys: keysDocumentSchema,
  lint: lintDocumentSchema,
  log: logDocumentSchema,
  'pass-over': passOverDocumentSchema,
  rebuild: rebuildDocumentSchema,
  rejected: rejectedDocumentSchema,
  replay: replayDocumentSchema,
  report: reportDocumentSchema,
  restore: restoreDocumentSchema,
  review: reviewReportSchema,
  simulate: simulateDocumentSchema,
  sql: sqlDocumentSchema,
  status: statusDocumentSchema,
} as const;
export type DocumentName = keyof typeof DOCUMENTS;
