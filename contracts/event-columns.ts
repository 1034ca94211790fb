import {
  ACKNOWLEDGEMENT_STATUSES,
  ACTIONS,
  ANSWERED_BY,
  ATTESTATIONS,
  DIMENSIONS,
  DIRECTIONS,
  DISPOSITIONS,
  EVENT_TYPES,
  HANGUP_BY,
  OUTCOMES,
  PARTIES,
  REPUTATION_LABELS,
} from './event.js';

/**
 * The columns of a landed batch: what an event is once it is past the door.
 *
 * Each column has one physical form: `code` (an index into a closed list, one byte), `dictionary` (an index into the
 * column's own growing list of strings, four bytes), `int16`, `int32`, `int64` (eight bytes), `boolean` (one byte, 0 or
 * 1), `key` (a 64-bit hash, unsigned) and `string` (UTF-8 bytes). Instants are microseconds since 1970, UTC; shares and
 * confidences are parts per million; money is in micros.
 */
export type ColumnForm =
  | 'code'
  | 'dictionary'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'timestamp'
  | 'boolean'
  | 'key'
  | 'string';

export interface EventColumn {
  readonly name: string;
  readonly form: ColumnForm;
  /** Whether every row has a value. */
  readonly required?: true;
  /** The closed list behind a `code`. */
  readonly values?: readonly string[];
  readonly description: string;
}

const dimensionColumns: EventColumn[] = DIMENSIONS.map((name) => ({
  name,
  form: 'dictionary',
  description: `dimension ${name}`,
}));

export const EVENT_COLUMNS: readonly EventColumn[] = [
  { name: 'type', form: 'code', required: true, values: EVENT_TYPES, description: 'event type' },
  { name: 'event_id', form: 'string', required: true, description: 'CloudEvents id' },
  { name: 'source', form: 'dictionary', required: true, description: 'CloudEvents source' },
  { name: 'event_time', form: 'timestamp', required: true, description: 'event time' },
  { name: 'arrived_at', form: 'timestamp', required: true, description: 'arrival time, by the clock of this process' },
  { name: 'is_late', form: 'boolean', required: true, description: '1 when older than the watermark on arrival' },
  { name: 'call_id', form: 'string', description: 'call' },
  { name: 'call_key', form: 'key', description: '64-bit hash of call_id' },
  { name: 'turn_key', form: 'key', description: '64-bit hash of turn_id within its call' },
  { name: 'turn_id', form: 'string', description: 'turn' },
  { name: 'contact_token', form: 'key', description: 'keyed token of the callee number (HMAC-SHA-256, first 64 bits)' },
  { name: 'account_id', form: 'string', description: 'account' },
  { name: 'account_key', form: 'key', description: '64-bit hash of account_id' },
  ...dimensionColumns,
  { name: 'attempt', form: 'int32', description: 'attempt number, 1 is the first' },
  { name: 'direction', form: 'code', values: DIRECTIONS, description: 'outbound or inbound' },
  { name: 'parent_call_id', form: 'string', description: 'call this one descends from' },
  { name: 'ring_ms', form: 'int32', description: 'ringing before the answer, ms' },
  { name: 'answered_by', form: 'code', values: ANSWERED_BY, description: 'who answered' },
  { name: 'detection_ms', form: 'int32', description: 'time AMD took, ms' },
  { name: 'confidence_ppm', form: 'int32', description: 'confidence of AMD or transcription, parts per million' },
  { name: 'from_role', form: 'dictionary', description: 'role that hands over' },
  { name: 'to_role', form: 'dictionary', description: 'role that takes over' },
  { name: 'to_agent_id', form: 'dictionary', description: 'agent that takes over' },
  { name: 'is_returned', form: 'boolean', description: '1 when the call was handed back' },
  { name: 'disposition', form: 'code', values: DISPOSITIONS, description: 'how the call ended' },
  { name: 'duration_ms', form: 'int32', description: 'call duration, ms' },
  { name: 'talk_ms', form: 'int32', description: 'talk time, ms' },
  { name: 'hangup_by', form: 'code', values: HANGUP_BY, description: 'who hung up' },
  { name: 'sip_code', form: 'int16', description: 'SIP status' },
  { name: 'q850_cause', form: 'int16', description: 'ITU-T Q.850 cause' },
  { name: 'reason', form: 'string', description: 'raw reason' },
  { name: 'cost_micros', form: 'int64', description: 'cost, micros of currency' },
  { name: 'currency', form: 'dictionary', description: 'ISO 4217' },
  { name: 'party', form: 'code', values: PARTIES, description: 'speaker of a turn, or who interrupted' },
  { name: 'started_at', form: 'timestamp', description: 'start of the turn' },
  { name: 'ended_at', form: 'timestamp', description: 'end of the turn' },
  { name: 'response_latency_ms', form: 'int32', description: 'silence before the turn, ms' },
  { name: 'language', form: 'dictionary', description: 'language tag' },
  { name: 'overlap_ms', form: 'int32', description: 'overlapping speech, ms' },
  { name: 'is_backchannel', form: 'boolean', description: '1 when a backchannel, not a barge-in' },
  { name: 'is_derived', form: 'boolean', description: '1 when the sender computed it' },
  { name: 'text_length', form: 'int32', description: 'characters of text that came with the turn' },
  { name: 'text_marks', form: 'int16', description: 'what was read off the text: bit set of TEXT_MARKS' },
  { name: 'text_reader', form: 'dictionary', description: 'version of what read the text' },
  { name: 'message_id', form: 'string', description: 'message' },
  { name: 'latency_ms', form: 'int32', description: 'message latency, ms' },
  { name: 'action_id', form: 'string', description: 'action' },
  { name: 'action', form: 'code', values: ACTIONS, description: 'kind of action' },
  { name: 'readiness_ppm', form: 'int32', description: 'readiness, parts per million' },
  { name: 'directive_id', form: 'string', description: 'directive' },
  { name: 'outcome', form: 'code', values: OUTCOMES, description: 'recorded outcome' },
  { name: 'value_micros', form: 'int64', description: 'value of the outcome, micros of currency' },
  { name: 'reputation_label', form: 'code', values: REPUTATION_LABELS, description: 'reputation of a number' },
  { name: 'attestation', form: 'code', values: ATTESTATIONS, description: 'STIR/SHAKEN attestation' },
  { name: 'authority', form: 'dictionary', description: 'who labelled the number' },
  { name: 'target', form: 'string', description: 'target of the acknowledged directive' },
  { name: 'status', form: 'code', values: ACKNOWLEDGEMENT_STATUSES, description: 'status of the directive' },
  { name: 'extra', form: 'string', description: 'JSON of everything the contract does not name' },
];

/** Marks read off a turn's text at the door; bit i of `text_marks` is TEXT_MARKS[i]. */
export const TEXT_MARKS = ['commitment', 'objection', 'opt_out'] as const;
export type TextMark = (typeof TEXT_MARKS)[number];
