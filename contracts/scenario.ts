import { z } from 'zod';
import { DIMENSIONS } from './event.js';

/**
 * A scenario: a fleet of voice sales agents, its calendar and the drifts that are planted in it. With a seed it says
 * everything the simulator emits, and the labels say what a watcher of that stream ought to find.
 *
 * Shares lie in (0, 1); shifts are in log odds unless their name says otherwise; local times are in the scenario's zone.
 */

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name in lower case, such as "south_a"');
const share = z.number().gt(0).lt(1);
const localTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a local time of day, such as "09:30"');
const calendarDay = z.iso.date('a calendar day, such as "2025-09-09"');
const timeZone = z.string().refine(isTimeZone, 'an IANA time zone, such as "America/Chicago"');
/** A range the seed draws from, evenly. */
const range = z
  .strictObject({ from: z.number(), until: z.number() })
  .refine((value) => value.from <= value.until, 'from must not exceed until');
const onset = z
  .strictObject({ from: localTime, until: localTime })
  .refine((value) => value.from <= value.until, 'from must not be later than until')
  .describe('when the drift begins on its day, drawn to the minute');

const calendarSchema = z.strictObject({
  start_date: calendarDay.describe('first calling day, local'),
  history_days: z.number().int().min(0).max(3_660),
  live_days: z.number().int().min(1).max(366).describe('days after the history; drifts begin on the first of them'),
  time_zone: timeZone,
  calling_from: localTime,
  calling_until: localTime,
});

const poolSchema = z.strictObject({
  name,
  region: name,
  provider: name,
  share: share.describe('share of the calls of its campaign'),
  caller_ids: z.number().int().min(1).max(50),
  answer_shift: z.number().describe('level of this pool against the fleet, log odds of an answer'),
  voicemail_shift: z.number().describe('level of this pool against the fleet, log odds of voicemail'),
});

const campaignSchema = z.strictObject({
  name,
  share: z.number().gt(0).max(1).describe('share of all calls'),
  agents: z.number().int().min(1).max(999),
  pools: z.array(poolSchema).min(1).max(50),
});

const levelsSchema = z.strictObject({
  answer_rate: share.describe('answered by anyone or anything, of all calls'),
  voicemail_rate: share.describe('of answered calls'),
  call_screening_rate: share.describe('of answered calls'),
  other_rate: share.describe('menus and undetermined answers, of answered calls'),
  short_call_rate: share.describe('hung up within seconds, of answered calls'),
  interruptions_by_callee: z.number().positive().describe('per minute of talk'),
  interruptions_by_agent: z.number().positive().describe('per minute of talk'),
  backchannels: z.number().positive().describe('by the callee, per minute of talk'),
  commitment_rate: share.describe('agent turns with commitment language'),
  callee_commitment_rate: share.describe('callee turns that agree to something'),
  objection_rate: share.describe('callee turns that object'),
  handoff_rate: share.describe('of calls with a human that are not short'),
  converted_rate: share.describe('of calls with a human'),
  booked_rate: share.describe('of calls with a human'),
  qualified_rate: share.describe('of calls with a human'),
  opt_out_rate: share.describe('of calls with a human'),
  retry_rate: share.describe('dials that try an unanswered contact of an earlier day again'),
  duplicate_rate: share.describe('dials of a contact that another campaign has called the same day'),
});

const variationSchema = z.strictObject({
  weekday_volumes: z.array(z.number().positive()).length(7).describe('Monday first, 1 is calls_per_day'),
  volume_swing: z.number().min(0).lt(1).describe('height of the hump of the day, relative'),
  volume_dispersion: z
    .number()
    .min(0)
    .max(1)
    .describe('variance of the pacing of a pool-minute, relative to its square'),
  answer_daily: z.number().min(0).max(2).describe('amplitude over the hours of the day, log odds'),
  answer_weekly: z.number().min(0).max(2).describe('amplitude over the days of the week, log odds'),
  voicemail_daily: z.number().min(0).max(2).describe('amplitude over the hours of the day, log odds'),
  intra_minute_correlation: z
    .number()
    .min(0)
    .lt(0.5)
    .describe('correlation of the outcomes of calls of one pool in one minute'),
});

/** One campaign in which a hidden factor moves the answer rate and the voicemail share against each other. */
const couplingSchema = z.strictObject({
  campaign: name,
  correlation: z.number().gt(-1).lt(1).describe('of the two hidden factors'),
  answer_amplitude: z.number().min(0).max(3).describe('standard deviation in log odds'),
  voicemail_amplitude: z.number().min(0).max(3).describe('standard deviation in log odds'),
  block_minutes: z.number().int().min(1).max(60).describe('the factors are drawn anew after this'),
});

const drift = { name, onset };
const apart = z.array(name).default([]).describe('drifts in whose campaign this one must not lie');

export const driftSchema = z.discriminatedUnion('kind', [
  /** A number pool is labelled as spam and its answers collapse. */
  z.strictObject({
    ...drift,
    kind: z.literal('answer_collapse'),
    pools: z.array(name).min(1),
    apart_from: apart,
    answer_shift: range,
  }),
  /** More machines pick up in one campaign: voicemail or call screening, as the seed draws. */
  z.strictObject({
    ...drift,
    kind: z.literal('machine_rise'),
    campaigns: z.array(name).min(1),
    apart_from: apart,
    voicemail_shift: range.optional(),
    call_screening_shift: range.optional(),
  }),
  /** A new agent version takes over a share of the calls and is interrupted more. */
  z.strictObject({
    ...drift,
    kind: z.literal('barge_in_rise'),
    agent_version: name,
    call_share: share,
    interruption_factor: range.describe('callee interruptions per minute of talk, against before'),
  }),
  /** Agents of one campaign commit themselves less and less. */
  z.strictObject({
    ...drift,
    kind: z.literal('commitment_fade'),
    campaigns: z.array(name).min(1),
    apart_from: apart,
    ramp_minutes: z.number().int().min(0).max(600),
    commitment_shift: range,
  }),
  /** The hidden factors of the coupling change the sign of their correlation; each keeps its own distribution. */
  z.strictObject({ ...drift, kind: z.literal('relationship_inversion') }),
]);
export type Drift = z.infer<typeof driftSchema>;

export const scenarioSchema = z
  .strictObject({
    name,
    summary: z.string().min(1),
    calendar: calendarSchema,
    calls_per_day: z.number().positive().max(5_000_000).describe('over all campaigns, on a day of volume 1'),
    agent_version: name,
    campaigns: z.array(campaignSchema).min(1).max(50),
    levels: levelsSchema,
    variation: variationSchema,
    coupling: couplingSchema.nullable(),
    drifts: z.array(driftSchema).max(50),
  })
  .superRefine((scenario, context) => {
    for (const problem of scenarioProblems(scenario)) context.addIssue({ code: 'custom', message: problem });
  });
export type Scenario = z.infer<typeof scenarioSchema>;

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** What the shape of the fields alone does not say. */
function scenarioProblems(scenario: z.infer<typeof scenarioSchema>): string[] {
  const problems: string[] = [];
  const campaigns = scenario.campaigns.map((campaign) => campaign.name);
  const pools = scenario.campaigns.flatMap((campaign) => campaign.pools.map((pool) => pool.name));
  const drifts = scenario.drifts.map((entry) => entry.name);
  const unique = (kind: string, names: string[]) => {
    if (new Set(names).size !== names.length) problems.push(`two ${kind} have the same name`);
  };
  const known = (kind: string, allowed: string[], names: readonly string[], where: string) => {
    for (const entry of names)
      if (!allowed.includes(entry)) problems.push(`${where}: no ${kind} "${entry}"; there are: ${allowed.join(', ')}`);
  };
  unique('campaigns', campaigns);
  unique('number pools', pools);
  unique('drifts', drifts);
  const sumsToOne = (shares: number[]) => Math.abs(shares.reduce((sum, value) => sum + value, 0) - 1) < 1e-9;
  if (!sumsToOne(scenario.campaigns.map((campaign) => campaign.share)))
    problems.push('the shares of the campaigns must add up to 1');
  for (const campaign of scenario.campaigns)
    if (campaign.pools.length > 1 && !sumsToOne(campaign.pools.map((pool) => pool.share)))
      problems.push(`the shares of the pools of "${campaign.name}" must add up to 1`);
  const levels = scenario.levels;
  if (levels.voicemail_rate + levels.call_screening_rate + levels.other_rate >= 1)
    problems.push('voicemail_rate, call_screening_rate and other_rate must leave room for humans');
  if (levels.converted_rate + levels.booked_rate + levels.qualified_rate + levels.opt_out_rate >= 1)
    problems.push('the rates of the outcomes must leave room for "not interested"');
  if (levels.retry_rate + levels.duplicate_rate >= 1) problems.push('retry_rate + duplicate_rate must be less than 1');
  if (scenario.calendar.calling_from >= scenario.calendar.calling_until)
    problems.push('calling_from must be earlier than calling_until');
  if (scenario.coupling !== null) known('campaign', campaigns, [scenario.coupling.campaign], 'coupling');
  if (scenario.drifts.filter((entry) => entry.kind === 'barge_in_rise').length > 1)
    problems.push('only one drift may bring a new agent version (barge_in_rise)');
  for (const [index, entry] of scenario.drifts.entries()) {
    const where = `drifts[${index}] (${entry.name})`;
    if ('pools' in entry) known('number pool', pools, entry.pools, where);
    if ('campaigns' in entry) known('campaign', campaigns, entry.campaigns, where);
    if ('apart_from' in entry) known('earlier drift', drifts.slice(0, index), entry.apart_from, where);
    if (entry.kind === 'machine_rise' && !entry.voicemail_shift && !entry.call_screening_shift)
      problems.push(`${where}: give voicemail_shift, call_screening_shift or both`);
    if (entry.kind === 'relationship_inversion' && scenario.coupling === null)
      problems.push(`${where}: there is no coupling to invert`);
    if (entry.onset.from < scenario.calendar.calling_from || entry.onset.until >= scenario.calendar.calling_until)
      problems.push(`${where}: the onset must lie within the calling hours`);
  }
  return problems;
}

const segment = z.partialRecord(z.enum(DIMENSIONS), z.string());

/** What a drift truly does: what a watcher is judged by. */
export const scenarioLabelSchema = z.strictObject({
  /** Name of the drift in the scenario. */
  name,
  /** The signal, or else the relationship, that the drift is about. */
  signal: name.nullable(),
  relationship: name.nullable(),
  /** Where it happens. */
  segment,
  direction: z.enum(['up', 'down']),
  /** Every signal or relationship that it moves, in any segment that overlaps with its own. */
  affects: z.array(name),
  /** First moment of the drift, and the end of calling on the last day, microseconds since 1970, UTC. */
  onset_us: z.number().int(),
  end_us: z.number().int(),
  /** How long the drift takes to its full size, minutes. */
  ramp_minutes: z.number().int(),
  /**
   * Level at the onset before and after the full shift, in the scale of the signal, and the dispersion of detection
   * windows of whole pool-minutes: variance over what independent calls would give. Null for a relationship.
   */
  truth: z.strictObject({ p0: z.number(), p1: z.number(), dispersion: z.number().min(1) }).nullable(),
  /** Expected correlation of 15-minute rates before and after, at the volume of the onset. Null for a signal. */
  coupling: z.strictObject({ r0: z.number(), r1: z.number() }).nullable(),
});
export type ScenarioLabel = z.infer<typeof scenarioLabelSchema>;
