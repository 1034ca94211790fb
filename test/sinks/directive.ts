import type { Directive } from '../../contracts/directive.js';

/** Of one who waits for the answer of a sink for ever. */
export const PATIENT = new AbortController().signal;

/** A directive as the policy makes one, with some fields changed. */
export function directive(parts: Partial<Directive> = {}): Directive {
  return {
    id: '0f3c9a51b2d47e68',
    action: 'throttle',
    target: 'number_pool=p1',
    value: 20,
    unit: 'calls_per_minute',
    mode: 'advise',
    epoch: 1,
    seq: 1,
    issued_at: '2025-10-07T14:00:00.000Z',
    expires_at: '2025-10-07T16:00:00.000Z',
    episode_id: '9be1c0a3b5e7b0b3',
    policy_version: 'p1',
    rule: 'answer_rate_throttle',
    evidence: {
      signal: 'answer_rate',
      relationship: null,
      segment: { number_pool: 'p1' },
      direction: 'down',
      label: null,
      part: null,
      severity: 'major',
      expected: 0.3,
      expected_low: 0.28,
      expected_high: 0.32,
      observed: 0.1828,
      units: 1_240,
      log_evidence: 15.52,
      log_threshold: 15,
      began_at: '2025-10-07T13:40:00.000Z',
      detected_at: '2025-10-07T14:00:00.000Z',
      baseline_version: 'b28',
      detector: 'mixture-e-sr',
    },
    ...parts,
  };
}
