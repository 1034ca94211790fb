import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Config, configSchema } from '../../contracts/config.js';
import { loadScenario, simulate } from '../../sources/simulate.js';

/**
 * A small fleet over ten days in which no rate of answers drifts: a week of history, a quiet day, a day on which three of
 * five calls are not made for two hours, and a day on which a quarter of the calls that nobody takes meet a busy line
 * for two hours.
 */
const SCENARIO = `
extends: demo
name: quiet
summary: Ten small days without a drift
calendar:
  start_date: '2025-09-08'
  history_days: 9
  live_days: 1
  time_zone: America/Chicago
  calling_from: '09:00'
  calling_until: '14:00'
calls_per_day: 3200
drifts: []
`;

/** UTC, five hours ahead of Chicago. */
export const THINNED = { from: '2025-09-16T15:00:00', until: '2025-09-16T17:00:00' };
export const BUSY = { from: '2025-09-17T15:00:00', until: '2025-09-17T17:00:00' };

export const DISPOSITIONS = [
  'completed_call_share',
  'voicemail_call_share',
  'no_answer_call_share',
  'busy_call_share',
  'failed_call_share',
];
export const CALL_LENGTHS = ['short_call_rate', 'call_to_30_s_share', 'call_to_1_min_share', 'call_to_2_min_share'];

const CONFIG = `
version: 1
time_zone: America/Chicago
sinks: []
observe: { groupings: [[]] }
baseline: { history: 14d, guard: 12h, history_min: 6d }
budget: { false_directives_per_week: 20, relationship_share: 0.01 }
relationships:
  - { name: dispositions, parts: [${DISPOSITIONS.join(', ')}], groupings: [[]] }
  - { name: call_lengths, parts: [${CALL_LENGTHS.join(', ')}], groupings: [[]], window: 1h }
detect: { signals: [answer_rate, voicemail_rate] }
policy:
  recovery_calls: 500
  rules:
    - name: ask_the_carrier
      when: { relationship: dispositions, part: busy_call_share, direction: up }
      directive: { action: review, value: carrier, unit: queue, lease: 2h }
    - name: look_at_the_mix
      when: { relationship: dispositions }
      directive: { action: review, value: operations, unit: queue, lease: 2h }
`;

export function mixConfig(change: Partial<Config> = {}): Config {
  return { ...configSchema.parse(parse(CONFIG)), ...change };
}

interface Event {
  readonly type: string;
  readonly time: string;
  readonly data: { readonly call_id: string; readonly disposition?: string };
}

/** Writes the events as NDJSON; the path of the file. */
export function writeMixedEvents(folder: string, seed: number): string {
  const scenario = join(folder, 'quiet.yaml');
  writeFileSync(scenario, SCENARIO);
  const left_out = new Set<string>();
  const lines: string[] = [];
  for (const { bytes } of simulate(loadScenario(scenario), seed))
    for (const text of Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean)) {
      const { type, time, data } = JSON.parse(text) as Event;
      if (type === 'call.initiated' && isWithin(time, THINNED) && drawOf(data.call_id) < 0.6)
        left_out.add(data.call_id);
      if (left_out.has(data.call_id)) continue;
      const turned = isWithin(time, BUSY) && drawOf(data.call_id) < 0.25;
      lines.push(turned ? text.replace(/"disposition":"(no_answer|declined)"/, '"disposition":"busy"') : text);
    }
  const file = join(folder, 'events.ndjson');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function isWithin(time: string, { from, until }: typeof BUSY): boolean {
  return time >= from && time < until;
}

/** A number in [0, 1) that is the same for all events of a call. */
function drawOf(call_id: string): number {
  return createHash('sha256').update(call_id).digest().readUInt32BE(0) / 2 ** 32;
}
