import { z } from 'zod';

/**
 * The public input of Plumbline: CloudEvents 1.0 envelopes about calls, turns, messages, actions and directives.
 *
 * One zod schema per type is the source of the TypeScript types, of the JSON Schemas and of the reference page. The
 * byte scanner in `pipelines/decode/` is only a faster way to the same answer: whatever it does not take, these
 * schemas judge.
 */

export const ID_LENGTH_MAX = 128;
/** A day. What takes longer is no call, or is not in milliseconds. */
export const DURATION_MS_MAX = 86_400_000;
/**
 * Of one ending, talk that is so many times the duration is in another unit than it: seconds, milliseconds and
 * microseconds are 1,000 apart, and rounding to whole seconds hides less than a factor of ten.
 */
export const UNIT_RATIO_MAX = 100;
export const TEXT_LENGTH_MAX = 16_384;
export const STRING_LENGTH_MAX = 1_024;
/** Fields of `data` that the contract does not name are kept, up to this many bytes of JSON. */
export const EXTRA_BYTES_MAX = 2_048;

const id = z.string().min(1).max(ID_LENGTH_MAX);
const text = z.string().max(TEXT_LENGTH_MAX);
const label = z.string().min(1).max(ID_LENGTH_MAX);
const durationMs = z.number().int().min(0).max(DURATION_MS_MAX);
const moneyMicros = z.number().int().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);
const share = z.number().min(0).max(1).nullable();
const currency = z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as "EUR"');
/** A number in international form (E.164). */
export const PHONE = /^\+[1-9][0-9]{4,14}$/;
const phone = z.string().regex(PHONE, 'an E.164 number such as "+14155550123"');

/** RFC 3339 with a zone, at most microseconds; seconds, milliseconds and microseconds are never guessed. */
export const RFC3339 =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const instant = z.string().regex(RFC3339, 'an RFC 3339 time with a zone, such as "2025-10-07T14:03:12.250Z"');

/** Dimensions: optional fields of any `data`; given once for a call they hold for all its events. */
export const DIMENSIONS = [
  'campaign',
  'number_pool',
  'caller_id',
  'region',
  'channel',
  'agent_id',
  'agent_role',
  'agent_version',
  'provider',
  'amd_provider',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const ANSWERED_BY = ['human', 'voicemail', 'call_screening', 'ivr', 'fax', 'unavailable', 'unknown'] as const;
export const DISPOSITIONS = [
  'completed',
  'voicemail',
  'no_answer',
  'busy',
  'declined',
  'blocked',
  'canceled',
  'abandoned',
  'invalid_number',
  'transferred',
  'failed_network',
  'failed_platform',
  'unknown',
] as const;
export const PARTIES = ['agent', 'callee'] as const;
export const HANGUP_BY = ['agent', 'callee', 'network', 'unknown'] as const;
export const DIRECTIONS = ['outbound', 'inbound'] as const;
export const ACTIONS = [
  'dial',
  'extend_call',
  'transfer',
  'escalate',
  'schedule_follow_up',
  'send_message',
  'crm_write',
  'unknown',
] as const;
export const OUTCOMES = [
  'booked',
  'qualified',
  'converted',
  'not_interested',
  'lost',
  'opt_out',
  'other',
  'unknown',
] as const;
export const REPUTATION_LABELS = ['clean', 'suspected_spam', 'spam', 'blocked', 'unknown'] as const;
export const ATTESTATIONS = ['A', 'B', 'C', 'none', 'unknown'] as const;
export const ACKNOWLEDGEMENT_STATUSES = ['applied', 'rejected', 'expired', 'unknown'] as const;

/** An open list: a value it does not name is taken, becomes `unknown`, and the raw value is kept in `extra`. */
const openList = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.string().min(1).max(ID_LENGTH_MAX).meta({ open_list: values });
/** A closed list: any other value is rejected. */
const closedList = <const Values extends readonly [string, ...string[]]>(values: Values) => z.enum(values);

const dimensions = {
  campaign: label.optional(),
  number_pool: label.optional(),
  caller_id: label.optional(),
  region: label.optional(),
  channel: label.optional(),
  agent_id: label.optional(),
  agent_role: label.optional(),
  agent_version: label.optional(),
  provider: label.optional(),
  amd_provider: label.optional(),
};

const data = <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject({ ...dimensions, ...shape });
const party = closedList(PARTIES);
const message = {
  message_id: id,
  channel: label,
  call_id: id.optional(),
  account_id: id.optional(),
  callee: phone.optional(),
  latency_ms: durationMs.optional(),
};
const action = {
  action_id: id,
  action: openList(ACTIONS),
  call_id: id.optional(),
  account_id: id.optional(),
  readiness: share.optional(),
  directive_id: id.optional(),
  reason: z.string().max(STRING_LENGTH_MAX).optional(),
};

/** `data` of every event type, by type. */
export const EVENT_DATA = {
  'call.initiated': data({
    call_id: id,
    callee: phone.optional(),
    account_id: id.optional(),
    attempt: z.number().int().min(1).max(1_000_000).optional(),
    direction: closedList(DIRECTIONS).optional(),
    parent_call_id: id.optional(),
  }),
  'call.ringing': data({ call_id: id }),
  'call.answered': data({ call_id: id, ring_ms: durationMs.optional() }),
  'call.amd': data({
    call_id: id,
    answered_by: openList(ANSWERED_BY),
    detection_ms: durationMs.optional(),
    confidence: share.optional(),
  }),
  'call.transferred': data({
    call_id: id,
    from_role: label.optional(),
    to_role: label.optional(),
    to_agent_id: id.optional(),
    returned: z.boolean().optional(),
  }),
  'call.ended': data({
    call_id: id,
    disposition: openList(DISPOSITIONS),
    duration_ms: durationMs.optional(),
    talk_ms: durationMs.optional(),
    hangup_by: openList(HANGUP_BY).optional(),
    sip_code: z.number().int().min(100).max(699).optional(),
    q850_cause: z.number().int().min(0).max(127).optional(),
    reason: z.string().max(STRING_LENGTH_MAX).optional(),
    cost_micros: moneyMicros.optional(),
    currency: currency.optional(),
  }),
  'turn.started': data({ call_id: id, turn_id: id, speaker: party }),
  'turn.ended': data({ call_id: id, turn_id: id, speaker: party }),
  'turn.transcribed': data({
    call_id: id,
    turn_id: id,
    speaker: party,
    text: text.optional(),
    confidence: share.optional(),
    started_at: instant.optional(),
    ended_at: instant.optional(),
    response_latency_ms: durationMs.optional(),
    language: label.optional(),
  }),
  'turn.interrupted': data({
    call_id: id,
    by: party,
    turn_id: id.optional(),
    overlap_ms: durationMs.optional(),
    backchannel: z.boolean().optional(),
    derived: z.boolean().optional(),
  }),
  'message.sent': data(message),
  'message.delivered': data(message),
  'message.responded': data(message),
  'action.proposed': data(action),
  'action.executed': data(action),
  'action.refused': data(action),
  'outcome.recorded': data({
    outcome: openList(OUTCOMES),
    call_id: id.optional(),
    account_id: id.optional(),
    value_micros: moneyMicros.optional(),
    currency: currency.optional(),
  }).refine(
    (value) => value.call_id !== undefined || value.account_id !== undefined,
    'call_id or account_id is required',
  ),
  'number.reputation': data({
    caller_id: label,
    label: openList(REPUTATION_LABELS),
    attestation: openList(ATTESTATIONS).optional(),
    authority: label.optional(),
  }),
  'directive.acknowledged': data({
    directive_id: id,
    target: z.string().min(1).max(STRING_LENGTH_MAX),
    status: openList(ACKNOWLEDGEMENT_STATUSES),
    reason: z.string().max(STRING_LENGTH_MAX).optional(),
    applied_value: z.union([z.string().max(STRING_LENGTH_MAX), z.number(), z.boolean()]).optional(),
  }),
  'source.watermark': data({}),
} as const;

export type EventType = keyof typeof EVENT_DATA;
/** Every event type, in the order of the contract; the index of a type is its code in columns. */
export const EVENT_TYPES = Object.keys(EVENT_DATA) as [EventType, ...EventType[]];
export type EventData<Type extends EventType> = z.infer<(typeof EVENT_DATA)[Type]>;

/** The CloudEvents 1.0 envelope; extension attributes beyond the named ones are kept. */
export const envelopeSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id,
  source: z.string().min(1).max(STRING_LENGTH_MAX),
  type: z.string().min(1).max(ID_LENGTH_MAX),
  time: instant,
  subject: id.optional(),
  partitionkey: z.string().max(STRING_LENGTH_MAX).optional(),
  traceparent: z.string().max(STRING_LENGTH_MAX).optional(),
  datacontenttype: z.string().max(ID_LENGTH_MAX).optional(),
  dataschema: z.string().max(STRING_LENGTH_MAX).optional(),
  data: z.record(z.string(), z.unknown()),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** Why an event was kept out of the log. The list is closed: dashboards count by it. */
export const REJECTION_REASONS = [
  'empty_line',
  'line_too_long',
  'invalid_utf8',
  'json_syntax',
  'json_depth',
  'duplicate_key',
  'number_out_of_range',
  'not_an_object',
  'envelope_invalid',
  'unknown_type',
  'field_missing',
  'field_invalid',
  'subject_mismatch',
  'time_invalid',
  'time_implausible',
  'time_in_future',
  'extra_too_large',
  'json_keys',
  'json_string',
  'processing_failed',
  'unit_suspect',
  'id_conflict',
  'apply_failed',
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];
