import type { LandedRow } from './landed-rows.js';

/**
 * Calls as the documented rules make them of the events in a log, reckoned plainly: all events at once, call by call, with no
 * statement, no state and no frames. What the store says is held against it.
 */

/** As `sql/bench/plain_calls.sql` has them; times in microseconds. */
export interface PlainCall {
  readonly call_id: string;
  readonly initiated_us: number;
  readonly ringing_us: number | null;
  readonly answered_us: number | null;
  readonly ended_us: number;
  readonly is_timed_out: boolean;
  readonly turns: number;
  readonly interruptions_by_callee: number;
  readonly endings: number;
  readonly answered_by: string | null;
}
type MutableCall = { -readonly [Key in keyof PlainCall]: PlainCall[Key] };

export interface PlainCalls {
  readonly calls: readonly PlainCall[];
  /** `seq` of the events that came on time and are of no call. */
  readonly stray_seqs: readonly number[];
}

/** Microseconds: `observe.settle`, `observe.call_open_max`, and for how long the id of a call is remembered. */
export interface CallRules {
  readonly settle_us: number;
  readonly open_max_us: number;
  readonly memory_us: number;
}

interface CallEvent {
  readonly seq: number;
  readonly type: string;
  readonly at_us: number;
  readonly call_id: string;
  readonly turn_key: unknown;
  readonly answered_by: string | null;
  /** Somebody on the other side broke in, and not only to say that they listen. */
  readonly is_interruption_by_callee: boolean;
}

/** @param rows of a log, in its order, with times that are exact as numbers */
export function plainCalls(rows: readonly LandedRow[], rules: CallRules): PlainCalls {
  const of_calls = rows.filter(({ type }) => /^(call|turn)\./.test(String(type)));
  const on_time = of_calls.filter(({ is_late }) => is_late !== 1).map(eventOf);
  const late = of_calls.filter(({ is_late }) => is_late === 1).map(eventOf);
  const calls: MutableCall[] = [];
  const stray_seqs: number[] = [];
  for (const id of new Set(on_time.map(({ call_id }) => call_id))) {
    const events = on_time.filter(({ call_id }) => call_id === id);
    const found = callsOf(events, rules);
    calls.push(...found.calls);
    stray_seqs.push(...found.stray_seqs);
  }
  for (const event of late) fillIn(event, calls, rules);
  return { calls, stray_seqs: stray_seqs.sort((one, two) => one - two) };
}

function eventOf(row: LandedRow): CallEvent {
  return {
    seq: row.seq,
    type: String(row.type),
    at_us: Number(row.event_time),
    call_id: String(row.call_id),
    turn_key: row.turn_key,
    answered_by: (row.answered_by as string | undefined) ?? null,
    is_interruption_by_callee: row.type === 'turn.interrupted' && row.party === 'callee' && row.is_backchannel !== 1,
  };
}

/** Of the events of one id that came on time, one call after the other. */
function callsOf(events: readonly CallEvent[], rules: CallRules): { calls: MutableCall[]; stray_seqs: number[] } {
  const calls: MutableCall[] = [];
  const stray_seqs: number[] = [];
  for (let rest = events; rest.length > 0; ) {
    const first_us = Math.min(...rest.map(({ at_us }) => at_us));
    const ending = rest.find(({ type, at_us }) => type === 'call.ended' && at_us <= first_us + rules.open_max_us);
    const ended_us = ending?.at_us ?? first_us + rules.open_max_us;
    const settled_us = ending === undefined ? ended_us : ended_us + rules.settle_us;
    const known_until_us = Math.max(settled_us, ended_us + rules.memory_us);
    calls.push(
      callOf(
        rest.filter(({ at_us }) => at_us <= settled_us),
        ended_us,
        ending === undefined,
      ),
    );
    stray_seqs.push(...rest.filter(({ at_us }) => at_us > settled_us && at_us <= known_until_us).map(({ seq }) => seq));
    rest = rest.filter(({ at_us }) => at_us > known_until_us);
  }
  return { calls, stray_seqs };
}

/** @param events of it, in the order of the log, at least one */
function callOf(events: readonly CallEvent[], ended_us: number, is_timed_out: boolean): MutableCall {
  const of = (type: string) => events.filter((event) => event.type === type);
  const first = (type: string) =>
    of(type).reduce((least, { at_us }) => Math.min(least, at_us), Number.POSITIVE_INFINITY);
  const orNull = (us: number) => (Number.isFinite(us) ? us : null);
  const spoken = events.filter(({ type }) => ['turn.started', 'turn.ended', 'turn.transcribed'].includes(type));
  return {
    call_id: events[0]!.call_id,
    initiated_us: orNull(first('call.initiated')) ?? Math.min(...events.map(({ at_us }) => at_us)),
    ringing_us: orNull(first('call.ringing')),
    answered_us: orNull(first('call.answered')),
    ended_us,
    is_timed_out,
    turns: new Set(spoken.map(({ turn_key }) => turn_key)).size,
    interruptions_by_callee: events.filter((event) => event.is_interruption_by_callee).length,
    endings: of('call.ended').length,
    answered_by: of('call.amd')[0]?.answered_by ?? null,
  };
}

/** What came late fills in the first call of its id that is still known at its time and had begun by then. */
function fillIn({ type, at_us, call_id, answered_by }: CallEvent, calls: MutableCall[], rules: CallRules): void {
  const call = calls
    .filter((one) => one.call_id === call_id && one.ended_us >= at_us - rules.memory_us)
    .filter(({ initiated_us }) => initiated_us <= at_us + rules.open_max_us)
    .sort((one, two) => one.ended_us - two.ended_us)[0];
  if (call === undefined) return;
  if (type === 'call.ringing') call.ringing_us ??= at_us;
  if (type === 'call.answered') call.answered_us ??= at_us;
  if (type === 'call.amd') call.answered_by ??= answered_by;
}
