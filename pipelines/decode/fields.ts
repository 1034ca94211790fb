import {
  ACKNOWLEDGEMENT_STATUSES,
  ACTIONS,
  ANSWERED_BY,
  ATTESTATIONS,
  DIMENSIONS,
  DIRECTIONS,
  DISPOSITIONS,
  DURATION_MS_MAX,
  EVENT_DATA,
  EVENT_TYPES,
  HANGUP_BY,
  ID_LENGTH_MAX,
  OUTCOMES,
  PARTIES,
  REPUTATION_LABELS,
  STRING_LENGTH_MAX,
  TEXT_LENGTH_MAX,
  UNIT_RATIO_MAX,
} from '../../contracts/event.js';
import { EVENT_COLUMNS } from '../../contracts/event-columns.js';
import { INSTANT_US_MAX, INSTANT_US_MIN } from './instant.js';
import type { Row } from './row.js';

/**
 * How every field of `data` becomes a column. Both decoders read this table; which fields a type takes and requires is
 * read off the contract's schemas.
 */
export type FieldKind =
  | 'id'
  | 'label'
  | 'string'
  | 'reason'
  | 'text'
  | 'phone'
  | 'instant'
  | 'integer'
  | 'share'
  | 'boolean'
  | 'currency'
  | 'closed'
  | 'open'
  | 'raw';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** Index into EVENT_COLUMNS; -1 for fields that leave no column of their own (text, callee, applied_value). */
  readonly column: number;
  /** Bounds of a number or an instant (microseconds), or of a string's length. */
  readonly min: number;
  readonly max: number;
  readonly values: readonly string[];
}

export const COLUMN = Object.fromEntries(EVENT_COLUMNS.map(({ name }, index) => [name, index])) as Record<
  string,
  number
>;

const field = (
  name: string,
  kind: FieldKind,
  column: string | null,
  min = 0,
  max = 0,
  values: readonly string[] = [],
): Field => ({
  name,
  kind,
  column: column === null ? -1 : COLUMN[column]!,
  min,
  max,
  values,
});
const id = (name: string, column = name) => field(name, 'id', column, 1, ID_LENGTH_MAX);
const labelled = (name: string, column = name) => field(name, 'label', column, 1, ID_LENGTH_MAX);
const duration = (name: string) => field(name, 'integer', name, 0, DURATION_MS_MAX);
const instant = (name: string) => field(name, 'instant', name, INSTANT_US_MIN, INSTANT_US_MAX);
const money = (name: string) => field(name, 'integer', name, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
const closed = (name: string, column: string, values: readonly string[]) => field(name, 'closed', column, 0, 0, values);
const open = (name: string, column: string, values: readonly string[]) =>
  field(name, 'open', column, 1, ID_LENGTH_MAX, values);

export const FIELDS: readonly Field[] = [
  ...DIMENSIONS.map((name) => labelled(name)),
  id('call_id'),
  id('turn_id'),
  id('account_id'),
  id('parent_call_id'),
  id('message_id'),
  id('action_id'),
  id('directive_id'),
  field('callee', 'phone', null, 6, 16),
  field('text', 'text', null, 0, TEXT_LENGTH_MAX),
  field('attempt', 'integer', 'attempt', 1, 1_000_000),
  closed('direction', 'direction', DIRECTIONS),
  duration('ring_ms'),
  open('answered_by', 'answered_by', ANSWERED_BY),
  duration('detection_ms'),
  field('confidence', 'share', 'confidence_ppm', 0, 1),
  labelled('from_role'),
  labelled('to_role'),
  labelled('to_agent_id'),
  field('returned', 'boolean', 'is_returned'),
  open('disposition', 'disposition', DISPOSITIONS),
  duration('duration_ms'),
  duration('talk_ms'),
  open('hangup_by', 'hangup_by', HANGUP_BY),
  field('sip_code', 'integer', 'sip_code', 100, 699),
  field('q850_cause', 'integer', 'q850_cause', 0, 127),
  field('reason', 'reason', 'reason', 0, STRING_LENGTH_MAX),
  money('cost_micros'),
  field('currency', 'currency', 'currency', 3, 3),
  closed('speaker', 'party', PARTIES),
  closed('by', 'party', PARTIES),
  instant('started_at'),
  instant('ended_at'),
  duration('response_latency_ms'),
  labelled('language'),
  duration('overlap_ms'),
  field('backchannel', 'boolean', 'is_backchannel'),
  field('derived', 'boolean', 'is_derived'),
  duration('latency_ms'),
  open('action', 'action', ACTIONS),
  field('readiness', 'share', 'readiness_ppm', 0, 1),
  open('outcome', 'outcome', OUTCOMES),
  money('value_micros'),
  open('label', 'reputation_label', REPUTATION_LABELS),
  open('attestation', 'attestation', ATTESTATIONS),
  labelled('authority'),
  field('target', 'string', 'target', 1, STRING_LENGTH_MAX),
  open('status', 'status', ACKNOWLEDGEMENT_STATUSES),
  field('applied_value', 'raw', null),
];

export const FIELD_INDEX = new Map(FIELDS.map(({ name }, index) => [name, index]));
export const FIELD = Object.fromEntries(FIELDS.map(({ name }, index) => [name, index])) as Record<string, number>;

/** By type code, then field index: 0 not of this type, 1 optional, 2 required. */
export const FIELD_OF_TYPE: readonly Uint8Array[] = EVENT_TYPES.map((type) => {
  const uses = new Uint8Array(FIELDS.length);
  for (const [name, schema] of Object.entries(EVENT_DATA[type].shape)) {
    const index = FIELD_INDEX.get(name);
    if (index === undefined) throw new Error(`field ${name} of ${type} has no column`);
    uses[index] = (schema as { safeParse(value: unknown): { success: boolean } }).safeParse(undefined).success ? 1 : 2;
  }
  return uses;
});

export const REQUIRED_OF_TYPE: readonly (readonly number[])[] = FIELD_OF_TYPE.map((uses) =>
  [...uses.keys()].filter((index) => uses[index] === 2),
);

/** Of each group of types, the fields whose value `subject` may be: the call, or what the event is about. */
const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  call: ['call_id'],
  turn: ['call_id', 'turn_id'],
  message: ['call_id', 'message_id'],
  action: ['call_id', 'action_id'],
  outcome: ['call_id', 'account_id'],
  number: ['caller_id'],
  directive: ['directive_id'],
  source: [],
};

/** By type code: indices of the fields whose value `subject` may be; any value will do when none of them is present. */
export const SUBJECT_OF_TYPE: readonly (readonly number[])[] = EVENT_TYPES.map((type) =>
  SUBJECTS[type.slice(0, type.indexOf('.'))]!.map((name) => FIELD[name]!),
);

/** Whether a turn ends before it starts: of two instants that cannot both be right, neither is guessed. */
export function isBackwards(row: Row): boolean {
  const { started_at, ended_at } = COLUMN;
  return row.has(started_at!) && row.has(ended_at!) && row.numbers[ended_at!]! < row.numbers[started_at!]!;
}

/** Whether an ending counts talk and duration in units that are 1,000 apart. */
export function unitsDisagree(row: Row): boolean {
  const { talk_ms, duration_ms } = COLUMN;
  if (!row.has(talk_ms!) || !row.has(duration_ms!)) return false;
  const duration = row.numbers[duration_ms!]!;
  return duration > 0 && row.numbers[talk_ms!]! > duration * UNIT_RATIO_MAX;
}
