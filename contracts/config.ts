import { z } from 'zod';
import { DIRECTIVE_ACTIONS } from './directive.js';
import { parseDurationMs } from './duration.js';
import { SEVERITIES } from './episode.js';
import { DIMENSIONS } from './event.js';
import { operateSchema } from './operate-config.js';
import { RELATIONSHIP_LABELS } from './verdict.js';

/** The schema of `plumbline.yaml`. Durations are strings with a unit (`30s`); every bound ends in `_max`. */

const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/, {
  error: 'a duration with its unit, such as "30s", "15m" or "28d"',
  // What is checked after it takes a duration.
  abort: true,
});
const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name in lower case, such as "answer_rate"');
const timeZone = z.string().refine(
  (zone) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return true;
    } catch {
      return false;
    }
  },
  { error: 'an IANA time zone, such as "America/Chicago"' },
);
const calendarDay = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a calendar day, such as "2025-12-25"');

/** A component of a registry with its own options: `{ use: file, ... }`. */
const componentSchema = z.looseObject({ use: z.string().min(1) });
export type ComponentConfig = z.infer<typeof componentSchema>;

/** Parts of a mix at most; what none of them counts is one more. */
export const MIX_PARTS_MAX = 12;

export const relationshipSchema = z.strictObject({
  name,
  x: name.optional().describe('first signal of a pair'),
  y: name.optional().describe('second signal of a pair'),
  parts: z
    .array(name)
    .min(2)
    .max(MIX_PARTS_MAX)
    .optional()
    .describe(
      'in place of x and y: signals of kind proportion that count the same calls and exclude each other; then what is ' +
        'watched is how calls divide into them, and what none of them counts is one more part, `rest`',
    ),
  groupings: z.array(z.array(z.enum(DIMENSIONS)).max(4)).min(1),
  window: duration.default('15m').describe('windows long enough to carry a correlation'),
  window_calls_min: z.number().int().min(5).default(20).describe('thinner windows are passed over'),
  both: name
    .optional()
    .describe(
      'signal that counts, of the calls that x and y are proportions of, those with both outcomes; then what is watched ' +
        'is their association within calls, whatever the shares of the two do',
    ),
  outcomes: z
    .enum(['apart', 'exclusive'])
    .default('apart')
    .describe(
      'exclusive: both are outcomes of the same calls, of which a call has at most one; then a part of their correlation ' +
        'is counting noise alone, and is taken out',
    ),
});
export type Relationship = z.infer<typeof relationshipSchema>;

/** The signals that a relationship looks at, in the order of its keys. */
export function relationshipSignals({ x, y, both, parts }: Relationship): string[] {
  return [x, y, both, ...(parts ?? [])].filter((signal) => signal !== undefined);
}

export const ruleSchema = z.strictObject({
  name,
  when: z.strictObject({
    signal: z.union([name, z.array(name)]).optional(),
    relationship: z.union([name, z.array(name)]).optional(),
    label: z.array(z.enum(RELATIONSHIP_LABELS)).optional().describe('how a relationship changed; default: any'),
    part: z
      .union([name, z.array(name)])
      .optional()
      .describe('which part of a mix moved: a signal of its `parts`, or `rest`; default: any'),
    direction: z.enum(['up', 'down']).optional().describe('which way; default: either'),
    harmful_only: z.boolean().default(true).describe('false: changes for the better too'),
    severity_min: z.enum(SEVERITIES).default('minor').describe('least severity'),
    /** Dimensions that the segment must have, with a value or "*". */
    segment: z.partialRecord(z.enum(DIMENSIONS), z.string()).optional(),
    persists: duration.default('0s').describe('how long the episode must have been open'),
  }),
  directive: z.strictObject({
    action: z.enum(DIRECTIVE_ACTIONS),
    value: z.union([z.number(), z.string(), z.boolean()]).describe('absolute, never relative'),
    unit: z.string().min(1).describe('a unit of the action'),
    target: z.string().min(1).optional().describe('default: the segment of the episode'),
    lease: duration.default('2h').describe('how long it holds without renewal'),
    mode: z
      .enum(['shadow', 'advise', 'enforce'])
      .default('advise')
      .describe('recorded only, a person decides, or to be obeyed'),
  }),
});
export type Rule = z.infer<typeof ruleSchema>;

export const configSchema = z.strictObject({
  version: z.literal(1),
  time_zone: timeZone.default('UTC').describe('whose hour of the week the baselines follow'),
  time_zones: z
    .array(z.strictObject({ segment: z.partialRecord(z.enum(DIMENSIONS), z.string()), time_zone: timeZone }))
    .default([])
    .describe('segments that live by another zone'),
  data_dir: z.string().min(1).default('.plumbline'),
  sources: z.array(componentSchema).default([]),
  sinks: z.array(componentSchema).default([{ use: 'console' }]),
  signals_dir: z.string().min(1).optional().describe("folder of the operator's own signals"),

  land: z
    .strictObject({
      batch_rows_max: z.number().int().min(1).max(1_048_576).default(131_072).describe('events of one batch'),
      batch_bytes_max: z.number().int().min(65_536).default(33_554_432).describe('text of one batch, bytes'),
      batch_age_max: duration.default('500ms').describe('how long an event waits for its batch'),
      segment_bytes_max: z
        .number()
        .int()
        .min(1_048_576)
        .default(268_435_456)
        .describe('size from which a file of the log is closed, bytes'),
      segment_age_max: duration.default('1d').describe('age from which a file of the log is closed'),
      archive_after: z
        .string()
        .regex(/^(\d+(ms|s|m|h|d)|never)$/, 'a duration with its unit, such as "7d", or "never"')
        .default('7d')
        .describe(
          'age (of its first event) from which a closed file of the log is archived as Parquet; never: not at all',
        ),
      line_bytes_max: z.number().int().min(1_024).default(1_048_576).describe('a longer line is rejected'),
      rejected_lines_max: z.number().int().min(1).default(4_096).describe('rejected lines of one batch'),
      depth_max: z.number().int().min(2).max(1_024).default(64).describe('how deep JSON may be nested'),
      keys_max: z.number().int().min(128).max(65_536).default(1_024).describe('keys that one event may have'),
      string_length_max: z
        .number()
        .int()
        .min(16_384)
        .max(16_777_216)
        .default(65_536)
        .describe('characters that one string of an event may have'),
      cardinality_max: z
        .number()
        .int()
        .min(16)
        .default(100_000)
        .describe('distinct values of a dictionary column; more become "other"'),
      lateness: duration.default('30s').describe('how far behind the newest event one may come'),
      idle_after: duration
        .refine(
          (text) => parseDurationMs(text) >= 1000,
          'a duration of at least "1s", for each time is a frame of the log',
        )
        .default('2m')
        .describe('an input that brings nothing new for as long stops holding the watermark back'),
      future_max: duration.default('5m').describe('how far ahead of arrival an event time may lie'),
      duplicate_horizon: duration.default('3d').describe('the same event (source and id) within this is taken once'),
      duplicate_entries_max: z
        .number()
        .int()
        .min(1_024)
        .default(1_048_576)
        .describe('how many events are remembered for that, twice over'),
      contact_entries_max: z
        .number()
        .int()
        .min(1)
        .default(131_072)
        .describe(
          'contacts that the door remembers: tokens of numbers, keys of texts, contacts of calls, so many each; beyond it ' +
            'they are made anew',
        ),
      positions_max: z
        .number()
        .int()
        .min(1)
        .default(262_144)
        .describe(
          'files (or other partitions) of which the log knows how far they have been read, for ever: one more ends the run, ' +
            'with an error that says so',
        ),
      phrases: z.string().min(1).optional().describe('phrase file that replaces the shipped one'),
      rejected_keep: duration
        .default('7d')
        .describe('how long the bytes of rejected events can be read; their facts stay'),
      master_key_file: z
        .string()
        .min(1)
        .optional()
        .describe('file of the master key, best on another disk; left out: in the data directory'),
      text_keep: duration.default('30d').describe('how long turn texts are kept, encrypted; 0d: not at all'),
    })
    .prefault({}),

  observe: z
    .strictObject({
      window: z.literal('1m').default('1m').describe('how long a window is; no other is taken yet'),
      groupings: z
        .array(z.array(z.enum(DIMENSIONS)).max(4))
        .min(1)
        .default([[], ['campaign'], ['number_pool'], ['agent_version']]),
      settle: duration
        .default('60s')
        .describe(
          'how long after its end a call may still be filled in, at most the maturity of each signal that counts calls',
        ),
      call_open_max: duration.default('4h').describe('a call without an end is given up after this'),
      rows_keep: duration
        .default('400d')
        .describe(
          'how long calls, turns, observations and verdicts stay in the store, at least baseline.history and ' +
            'baseline.guard together; the log keeps what they were made of',
        ),
    })
    .prefault({}),

  baseline: z
    .strictObject({
      history: duration.default('28d'),
      guard: duration.default('1d').describe('the newest part of the history that is left out'),
      history_min: duration.default('21d').describe('days of history before detectors may act'),
      schedule: z.string().min(9).default('0 3 * * *').describe('cron, in time_zone'),
      exceptional_days: z.array(calendarDay).default([]).describe('local days that teach nothing'),
      learn_from_episodes: z.boolean().default(false).describe('whether the time of a drift is taken as normal'),
    })
    .prefault({}),

  relationships: z.array(relationshipSchema).default([]),

  detect: z
    .strictObject({
      window_calls: z.number().int().min(10).max(500).default(25).describe('calls a detection window waits for'),
      window_max: duration.default('60m').describe('a window older than this is taken as it is'),
      detector: z.string().default('mixture-e-sr').describe('what watches signals'),
      relationship_detector: z.string().default('correlation-e-sr').describe('what watches relationships'),
      association_detector: z
        .string()
        .default('association-e-sr')
        .describe('what watches relationships that name `both`'),
      mix_detector: z.string().default('multinomial-e-sr').describe('what watches relationships that name `parts`'),
      options: z.record(z.string(), z.unknown()).default({}).describe('options of the detector'),
      by_signal: z
        .record(
          name,
          z.strictObject({
            detector: z.string().describe('what watches this signal'),
            options: z.record(z.string(), z.unknown()).default({}).describe('options of that detector'),
          }),
        )
        .default({})
        .describe('signals that another detector than `detector` watches'),
      relationship_options: z
        .record(z.string(), z.unknown())
        .default({})
        .describe('options of the relationship detector'),
      association_options: z
        .record(z.string(), z.unknown())
        .default({})
        .describe('options of the association detector'),
      mix_options: z.record(z.string(), z.unknown()).default({}).describe('options of the mix detector'),
      signals: z
        .array(name)
        .optional()
        .describe('signals with a detector of their own; relationships look at others all the same; default: all'),
      parents: z
        .enum(['leaves', 'own'])
        .default('leaves')
        .describe(
          'what is expected of a segment that a watched grouping divides: leaves, what its parts lead to expect of the ' +
            'calls that each has brought, blind to how the calls are shared among them; own, the level of the segment itself',
        ),
      streams_max: z
        .number()
        .int()
        .min(1)
        .max(1_048_576)
        .default(16_384)
        .describe(
          'signals and relationships in segments that are watched, together, each with up to 45 KiB of memory; what is ' +
            'more is not watched, and told by `status` and in `unwatched_streams`',
        ),
    })
    .prefault({}),

  budget: z
    .strictObject({
      false_directives_per_week: z
        .number()
        .positive()
        .default(1)
        .describe('how often it may be wrong, over everything watched'),
      relationship_share: z.number().min(0).max(0.9).default(0.25).describe('part of the budget for relationships'),
    })
    .prefault({}),

  emit: z
    .strictObject({
      timeout: duration.default('5s').describe('how long a sink may take to answer; then it is tried again'),
      retries_max: z
        .number()
        .int()
        .min(0)
        .max(100)
        .default(3)
        .describe('further attempts before a run that is coming to its end gives up; a live run goes on trying'),
      backoff: duration.default('100ms').describe('pause before a sink is tried again; it doubles each time'),
      backoff_max: duration.default('30s').describe('longest such pause'),
      batch_directives_max: z.number().int().min(1).max(65_536).default(256).describe('directives handed over at once'),
      outbox_directives_max: z
        .number()
        .int()
        .min(1)
        .max(1_048_576)
        .default(1_024)
        .describe('directives of one sink that are in memory; the others wait in the store'),
      drain: duration.default('5s').describe('how long the end of a live run waits for sinks'),
    })
    .prefault({}),

  operate: operateSchema.prefault({}),

  policy: z
    .strictObject({
      rules: z.array(ruleSchema).default([]).describe('tried in this order'),
      effect_confidence_min: z
        .number()
        .min(0.5)
        .max(1)
        .default(0.9)
        .describe('posterior share of shifts worth acting on'),
      explained_share: z
        .number()
        .min(0.5)
        .max(1)
        .default(0.8)
        .describe(
          'part of the excess of a drift that an open episode must explain for the drift to be folded into it, instead of ' +
            'opening an episode of its own',
        ),
      same_cause: z
        .array(z.array(name).min(2))
        .default([])
        .describe('sets of signals that one cause moves together: a drift of one is folded into an episode of another'),
      recovery_calls: z
        .number()
        .int()
        .min(50)
        .default(1_600)
        .describe('calls of evidence that an episode needs to close'),
    })
    .prefault({}),
});
export type Config = z.infer<typeof configSchema>;

/** What of a configuration decides what is derived from a log; a frame of the log holds it. */
export const settingsSchema = configSchema.pick({
  time_zone: true,
  time_zones: true,
  observe: true,
  baseline: true,
  relationships: true,
  detect: true,
  budget: true,
  policy: true,
});
export type Settings = z.infer<typeof settingsSchema>;

/** That part of a configuration, in its JSON form. */
export function settingsOf(config: Config): Settings {
  const { time_zone, time_zones, observe, baseline, relationships, detect, budget, policy } = config;
  return settingsSchema.parse(
    JSON.parse(JSON.stringify({ time_zone, time_zones, observe, baseline, relationships, detect, budget, policy })),
  );
}
