import { z } from 'zod';

export const DIRECTIVE_ACTIONS = [
  'throttle',
  'tighten_threshold',
  'pause_path',
  'adjust_timeout',
  'recalibrate_prompt',
  'rebalance_roles',
  'review',
] as const;
export type DirectiveAction = (typeof DIRECTIVE_ACTIONS)[number];

/** One instruction to the control plane. The value is absolute, never relative; sent twice, it acts once. */
export const directiveSchema = z.strictObject({
  /** Deterministic: a hash of policy rule, action, target, value and the episode that it answers. */
  id: z.string(),
  action: z.enum(DIRECTIVE_ACTIONS),
  /** What it acts on, canonical: the episode's segment key, or the target that the rule names. */
  target: z.string(),
  /** Absolute setting, in the unit of the action. */
  value: z.union([z.number(), z.string(), z.boolean()]),
  unit: z.string(),
  mode: z.enum(['shadow', 'advise', 'enforce']),
  /** Fencing token: (epoch, seq) only grows. */
  epoch: z.number().int().min(1),
  seq: z.number().int().min(1),
  issued_at: z.iso.datetime(),
  /** The lease: without renewal the control plane falls back by itself. */
  expires_at: z.iso.datetime(),
  episode_id: z.string(),
  policy_version: z.string(),
  rule: z.string(),
  evidence: z.strictObject({
    signal: z.string().nullable(),
    relationship: z.string().nullable(),
    segment: z.record(z.string(), z.string()),
    direction: z.enum(['up', 'down']),
    label: z.string().nullable(),
    /** Which part of a mix has moved, the name of its signal or `rest`. */
    part: z.string().nullable(),
    severity: z.string(),
    expected: z.number(),
    expected_low: z.number(),
    expected_high: z.number(),
    observed: z.number(),
    units: z.number(),
    log_evidence: z.number(),
    log_threshold: z.number(),
    began_at: z.iso.datetime(),
    detected_at: z.iso.datetime(),
    baseline_version: z.string(),
    detector: z.string(),
  }),
});
export type Directive = z.infer<typeof directiveSchema>;

/** One entry of the journal; `hash` = SHA-256 over the previous hash and the canonical entry. */
export interface JournalEntry {
  readonly ordinal: number;
  /** Event time of what happened, microseconds. */
  readonly at_us: number;
  readonly kind:
    | 'episode_opened'
    | 'episode_changed'
    | 'episode_closed'
    | 'directive_issued'
    | 'directive_expired'
    | 'directive_acknowledged'
    | 'baseline_refreshed'
    | 'policy_changed'
    | 'directive_withheld'
    | 'episode_folded'
    | 'frame_passed_over';
  readonly subject: string;
  readonly body: string;
  readonly hash: string;
}
