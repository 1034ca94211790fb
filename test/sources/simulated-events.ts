import type { Scenario } from '../../contracts/scenario.js';
import { simulate } from '../../sources/simulate.js';

export interface SimulatedEvent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events of a simulation, parsed: all, or those of some types. */
export function simulatedEvents(scenario: Scenario, seed: number, types?: readonly string[]): SimulatedEvent[] {
  const marks = types?.map((type) => `"type":"${type}"`);
  const events: SimulatedEvent[] = [];
  for (const { bytes } of simulate(scenario, seed))
    for (const line of Buffer.from(bytes).toString().trimEnd().split('\n'))
      if (marks === undefined || marks.some((mark) => line.includes(mark))) events.push(JSON.parse(line));
  return events;
}

/** What is known of a call when it is over. */
export interface SimulatedCall {
  dialled_ms: number;
  campaign: string;
  number_pool: string;
  agent_version: string;
  answered: boolean;
  answered_by: string | undefined;
  talk_ms: number;
  agent_turns: number;
  /** Agent turns with one of the phrases that commit. */
  agent_commitments: number;
  interruptions_by_callee: number;
  outcome: string | undefined;
}

/** The calls behind events, by their id. */
export function simulatedCalls(
  events: readonly SimulatedEvent[],
  commitments: readonly string[] = [],
): Map<string, SimulatedCall> {
  const calls = new Map<string, SimulatedCall>();
  for (const { type, time, data } of events) {
    if (type === 'call.initiated') calls.set(data.call_id as string, begun(Date.parse(time), data));
    const call = calls.get(data.call_id as string);
    if (call === undefined) continue;
    if (type === 'call.answered') call.answered = true;
    if (type === 'call.amd') call.answered_by = data.answered_by as string;
    if (type === 'call.ended') call.talk_ms = (data.talk_ms as number | undefined) ?? 0;
    if (type === 'outcome.recorded') call.outcome = data.outcome as string;
    if (type === 'turn.interrupted' && data.by === 'callee' && data.backchannel === false)
      call.interruptions_by_callee += 1;
    if (type === 'turn.transcribed' && data.speaker === 'agent') {
      call.agent_turns += 1;
      if (commitments.includes(data.text as string)) call.agent_commitments += 1;
    }
  }
  return calls;
}

function begun(dialled_ms: number, data: SimulatedEvent['data']): SimulatedCall {
  return {
    dialled_ms,
    campaign: data.campaign as string,
    number_pool: data.number_pool as string,
    agent_version: data.agent_version as string,
    answered: false,
    answered_by: undefined,
    talk_ms: 0,
    agent_turns: 0,
    agent_commitments: 0,
    interruptions_by_callee: 0,
    outcome: undefined,
  };
}
