import type { ControlEntry } from '../../contracts/control-entry.js';
import {
  ACTIONS,
  ANSWERED_BY,
  DIRECTIONS,
  DISPOSITIONS,
  OUTCOMES,
  PARTIES,
  REPUTATION_LABELS,
} from '../../contracts/event.js';
import { Random } from '../../sources/simulate/random.js';

/**
 * What a log may be given, drawn from a seed: few calls over weeks under ids that are used again, by two inputs of which one
 * may be days behind the other; events late, again, by the other input, out of their order, left out, of calls that nobody began, or of none;
 * lines that are no events; inputs that are quiet; refreshes of the baselines, with which old rows go; other configurations;
 * processes that end.
 * Every second fleet has two busy hours a week apart as well, of which the second drifts.
 */

export type Step =
  | { readonly kind: 'line'; readonly input: Input; readonly line: string }
  | { readonly kind: 'control'; readonly entry: ControlEntry }
  /** The baselines are made anew, as of the watermark. */
  | { readonly kind: 'refresh' }
  /** The process ends in order, and another one goes on. */
  | { readonly kind: 'restart' }
  /** The configuration is another one from here on. */
  | { readonly kind: 'configured'; readonly configuration: number };

/** How many configurations there are to change to. */
export const CONFIGURATIONS = 4;

export const INPUTS = ['first', 'second'] as const;
export type Input = (typeof INPUTS)[number];

/** An event on its way: `key` is when it would arrive, microseconds, if no input were behind. */
interface Sent {
  readonly input: Input;
  readonly key: number;
  readonly line: string;
}

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const START_US = Date.parse('2025-09-20T00:00:00Z') * 1000;
const DAYS = 26;
/** After everything that is drawn. */
export const END_US = START_US + (DAYS + 14) * DAY;
const CALL_IDS = ['x', 'y'];
/** The busy hours. The first brings as many calls as a level needs before a directive may rest on it. */
const LEARNT_US = START_US + 2 * DAY + 14 * HOUR;
const LEARNT_CALLS = 600;
const DRIFTING_US = LEARNT_US + 7 * DAY;
const DRIFTING_CALLS = 120;

export function drawnFleet(seed: number): Step[] {
  const random = Random.of(seed, 'drawn-fleet');
  const events = new Events(random);
  const calls = 12 + random.index(8);
  for (let call = 0; call < calls; call++) oddCall(random, events);
  const is_busy = random.uniform() < 0.5;
  if (is_busy) {
    busyHour(random, events, { from_us: LEARNT_US, calls: LEARNT_CALLS, answered_share: 0.6 });
    busyHour(random, events, { from_us: DRIFTING_US, calls: DRIFTING_CALLS, answered_share: 0.1 });
  }
  const learns_at_us = is_busy ? DRIFTING_US - HOUR : null;
  return stepsOf(random, events.sent, learns_at_us);
}

class Events {
  readonly sent: Sent[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** One event; one in twelve comes again, by the other input. */
  add(input: Input, type: string, at_us: number, data: object, delay_us = 0): void {
    const random = this.#random;
    const time = new Date(at_us / 1000).toISOString();
    const line = JSON.stringify({ specversion: '1.0', id: `e${this.sent.length}`, source: 'fleet', type, time, data });
    const key = at_us + delay_us;
    this.sent.push({ input, key, line });
    if (random.uniform() < 1 / 12) this.sent.push({ input: other(input), key: key + random.index(600) * SECOND, line });
  }
}

function other(input: Input): Input {
  return input === 'first' ? 'second' : 'first';
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.index(values.length)]!;
}

/** A call of which anything may be missing, and come at any time by any input. */
function oddCall(random: Random, events: Events): void {
  const call_id = pick(random, CALL_IDS);
  const at_us = START_US + random.index(DAYS * 86_400) * SECOND;
  const length_s = random.uniform() < 0.8 ? random.index(300) : random.index(5 * 3_600);
  const home = pick(random, INPUTS);
  const send = (share: number, type: string, after_s: number, data: object = {}) => {
    if (random.uniform() >= share) return;
    const input = random.uniform() < 0.8 ? home : other(home);
    events.add(input, type, at_us + after_s * SECOND, { call_id, ...data }, delay(random));
  };
  const dimensions = { campaign: pick(random, ['spring', 'autumn']), agent_version: pick(random, ['v1', 'v2']) };
  const callee = `+1202555010${random.index(9)}`;
  const attempt = 1 + random.index(3);
  send(0.95, 'call.initiated', 0, {
    ...dimensions,
    callee,
    attempt,
    direction: pick(random, DIRECTIONS),
    account_id: 'a',
  });
  send(0.7, 'call.ringing', 2);
  send(0.3, 'call.ringing', 3, { caller_id: 'n1' });
  send(0.7, 'call.answered', 5, { ring_ms: 1_000 + random.index(5) });
  send(0.7, 'call.amd', 6, { answered_by: pick(random, ANSWERED_BY), detection_ms: 900, confidence: 0.5 });
  for (let turn = random.index(4); turn > 0; turn--) oddTurn(random, send, turn);
  send(0.2, 'call.transferred', 20, { from_role: 'opener', to_role: 'closer', returned: random.uniform() < 0.5 });
  const ended = { duration_ms: length_s * 1_000, talk_ms: length_s * 500, cost_micros: 12_000, currency: 'EUR' };
  send(0.85, 'call.ended', length_s, { disposition: pick(random, DISPOSITIONS), ...ended });
  send(0.2, 'call.ended', length_s + random.index(80), { disposition: 'unheard of', hangup_by: 'callee' });
  send(0.4, 'outcome.recorded', random.index(400), { outcome: pick(random, OUTCOMES), account_id: 'a' });
  besideCall(random, send, callee);
  if (random.uniform() < 0.2) events.add(home, 'source.watermark', at_us, {});
}

type Send = (share: number, type: string, after_s: number, data?: object) => void;

function oddTurn(random: Random, send: Send, turn: number): void {
  const turn_id = `t${random.index(4)}`;
  const speaker = pick(random, PARTIES);
  send(0.2, 'turn.started', 6 + turn, { turn_id, speaker });
  const text = pick(random, ['good morning', 'I promise that we will call back', 'do not call me again']);
  send(0.9, 'turn.transcribed', 7 + turn, { turn_id, speaker, text, confidence: 0.5, response_latency_ms: 400 });
  send(0.2, 'turn.ended', 8 + turn, { turn_id, speaker });
  const backchannel = random.uniform() < 0.2;
  send(0.4, 'turn.interrupted', 7 + turn, { turn_id, by: pick(random, PARTIES), overlap_ms: 300, backchannel });
}

/** What is of no call, though it may name one. */
function besideCall(random: Random, send: Send, callee: string): void {
  const message = { message_id: `m${random.index(5)}`, channel: 'sms', callee };
  send(0.2, 'message.sent', random.index(3_600), message);
  send(0.2, 'message.responded', random.index(3_600), { ...message, latency_ms: 500 });
  const action = { action_id: `a${random.index(5)}`, action: pick(random, ACTIONS), readiness: 0.5 };
  send(0.2, 'action.proposed', random.index(300), action);
  send(0.2, 'action.executed', random.index(300), action);
  send(0.1, 'number.reputation', random.index(300), { caller_id: 'n1', label: pick(random, REPUTATION_LABELS) });
  send(0.1, 'directive.acknowledged', random.index(300), { directive_id: 'd1', target: 'all', status: 'applied' });
}

/** Mostly seconds, now and then up to an hour or some days. */
function delay(random: Random): number {
  const drawn = random.uniform();
  if (drawn < 0.86) return random.index(10) * SECOND;
  return drawn < 0.93 ? random.index(3_600) * SECOND : random.index(100) * HOUR;
}

/** Calls that come one after the other, each with all of its events. */
function busyHour(
  random: Random,
  events: Events,
  {
    from_us,
    calls,
    answered_share,
  }: { readonly from_us: number; readonly calls: number; readonly answered_share: number },
): void {
  for (let call = 0; call < calls; call++) {
    const at_us = from_us + call * 5 * SECOND;
    const call_id = `${at_us}`;
    const data = { call_id, direction: 'outbound', callee: `+120255501${10 + random.index(90)}`, campaign: 'spring' };
    events.add('first', 'call.initiated', at_us, data);
    const is_answered = random.uniform() < answered_share;
    if (is_answered) events.add('first', 'call.answered', at_us + 4 * SECOND, { call_id });
    const disposition = is_answered ? 'completed' : 'no_answer';
    events.add('first', 'call.ended', at_us + 30 * SECOND, { call_id, disposition, duration_ms: 30_000 });
  }
}

/** One input after the other, or by time, in stretches; what is no event comes between. */
function stepsOf(random: Random, sent: readonly Sent[], learns_at_us: number | null): Step[] {
  const ordered = [...sent].sort((one, two) => one.key - two.key);
  const waiting = { first: ordered.filter(isOf('first')), second: ordered.filter(isOf('second')) };
  const refresh_share = random.uniform() < 0.5 ? 4 / ordered.length : 0;
  const other_share = 8 / ordered.length;
  const configured_share = random.uniform() < 0.5 ? 6 / ordered.length : 0;
  // Where a busy hour were late as a whole there would be nothing to learn from.
  const by_time_share = learns_at_us === null ? 0.35 : 0.995;
  const steps: Step[] = [];
  let lead = pick(random, INPUTS);
  let has_learnt = learns_at_us === null;
  while (waiting.first.length + waiting.second.length > 0) {
    if (random.uniform() < 0.08) lead = pick(random, INPUTS);
    const wanted = random.uniform() < by_time_share ? earlier(waiting) : lead;
    const { input, key, line } = (waiting[wanted].shift() ?? waiting[other(wanted)].shift())!;
    if (!has_learnt && key >= learns_at_us!) {
      has_learnt = true;
      steps.push({ kind: 'refresh' });
    }
    steps.push({ kind: 'line', input, line });
    const happens = (share: number) => random.uniform() < share;
    if (happens(other_share)) steps.push({ kind: 'line', input: pick(random, INPUTS), line: 'no event' });
    if (happens(other_share))
      steps.push({ kind: 'control', entry: quiet(pick(random, INPUTS), key - random.index(20) * HOUR) });
    if (happens(refresh_share)) steps.push({ kind: 'refresh' });
    if (happens(other_share / 2)) steps.push({ kind: 'restart' });
    if (happens(configured_share)) steps.push(...changeOf(random));
  }
  return steps;
}

/** Another configuration, and mostly baselines by it: of another budget are other thresholds, with which detectors begin afresh. */
function changeOf(random: Random): Step[] {
  const change: Step = { kind: 'configured', configuration: random.index(CONFIGURATIONS) };
  return random.uniform() < 0.8 ? [change, { kind: 'refresh' }] : [change];
}

function isOf(wanted: Input) {
  return ({ input }: Sent) => input === wanted;
}

function earlier({ first, second }: Readonly<Record<Input, readonly Sent[]>>): Input {
  return (first[0]?.key ?? Number.POSITIVE_INFINITY) <= (second[0]?.key ?? Number.POSITIVE_INFINITY)
    ? 'first'
    : 'second';
}

function quiet(input: Input, until_us: number): ControlEntry {
  return { kind: 'input_idle', input, until_us };
}
