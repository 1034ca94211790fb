import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario, simulate } from '../../sources/simulate.js';

/**
 * A day to learn from, and twenty minutes of much drift a week later: three episodes and two directives within a second, so
 * that faults meet all that there is to lose.
 */

const SCENARIO = `
extends: demo
name: faults
summary: One short day, and the same day a week later with two drifts
calendar:
  start_date: '2025-09-08'
  history_days: 7
  live_days: 1
  time_zone: America/Chicago
  calling_from: '09:00'
  calling_until: '10:00'
calls_per_day: 950
drifts:
  - name: answer_collapse
    kind: answer_collapse
    onset: { from: '09:10', until: '09:12' }
    pools: [midwest_a, midwest_b, south_a, south_b]
    answer_shift: { from: -4.0, until: -3.8 }
  - name: barge_in_rise
    kind: barge_in_rise
    onset: { from: '09:10', until: '09:12' }
    agent_version: v2
    call_share: 0.9
    interruption_factor: { from: 4.4, until: 4.5 }
`;

/** Levels are learnt by the hour of the week: the days between would bring nothing. */
const HISTORY = '2025-09-08';
const LIVE = '2025-09-15';
/** UTC; by then both drifts are found. */
const LIVE_UNTIL = `${LIVE}T14:20`;
/** Events of the new day that make baselines due, with some to spare; the drifts begin later. */
const DUE_EVENTS = 100;

/**
 * What the fleet is watched with; `run` needs sources and sinks beside it. Rows are kept up to six minutes after the first of
 * the history, as of the refresh before the new day: those leave the store with it.
 */
export const FLEET_CONFIGURATION = `
version: 1
time_zone: America/Chicago
observe:
  groupings: [[]]
  rows_keep: 9714m
baseline: { history: 8994m, guard: 12h, history_min: 6d }
detect: { window_calls: 10, signals: [answer_rate, human_answer_rate, interruption_rate_by_callee] }
budget: { false_directives_per_week: 2000 }
policy:
  rules:
    - name: throttle
      when: { signal: [answer_rate, human_answer_rate], direction: down }
      directive: { action: throttle, value: 1, unit: calls_per_minute, lease: 3650d }
    - name: calm
      when: { signal: interruption_rate_by_callee, direction: up }
      directive: { action: recalibrate_prompt, value: shorter_turns, unit: prompt_profile, lease: 3650d }
    - name: look
      when: { harmful_only: false }
      directive: { action: review, value: operations, unit: queue, lease: 3650d }
`;

export interface SmallFleet {
  /** Lines of events, without their ends. */
  readonly lines: readonly string[];
  /** How many of them are history: the next one makes baselines due. */
  readonly history_lines: number;
  /** How many of them a run has behind it that is prepared: by default those after which baselines are learnt. */
  readonly prepared_lines: number;
}

/** @param folder where the scenario may be written */
export function smallFleet(folder: string, seed: number): SmallFleet {
  const scenario = join(folder, 'fleet.yaml');
  writeFileSync(scenario, SCENARIO);
  const lines = [...simulate(loadScenario(scenario), seed)]
    .flatMap(({ bytes }) => Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean))
    .filter((line) => {
      const time = timeOf(line);
      return time.startsWith(HISTORY) || (time.startsWith(LIVE) && time < LIVE_UNTIL);
    });
  const history_lines = lines.findIndex((line) => timeOf(line).startsWith(LIVE));
  return { lines, history_lines, prepared_lines: history_lines + DUE_EVENTS };
}

function timeOf(line: string): string {
  return /"time":"([^"]+)"/.exec(line)?.[1] ?? '';
}
