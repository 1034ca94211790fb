import { createHash } from 'node:crypto';
import type { Directive } from '../../contracts/directive.js';
import { instantText } from '../../contracts/duration.js';
import type { Episode } from '../../contracts/episode.js';
import { parseSegmentKey } from '../../contracts/signal.js';
import { canonicalJson } from '../journal.js';
import type { PreparedRule } from './rules.js';

/**
 * Directives and their leases.
 *
 * A directive is in force from `issued_at` until `expires_at`; then the control plane falls back by itself. While its
 * episode stays open it is renewed: once less than a quarter of the lease remains, and only if the stream has brought a
 * window since the directive was issued (nothing is renewed on stale data), the same setting goes out as a new
 * directive with the next `seq`, a lease of its own and an id that includes the ordinal of the renewal. When the episode
 * closes nothing is sent: the directive in force runs out.
 */

/** What is remembered of the newest directive of one (rule, episode). Plain JSON. */
export interface Lease {
  readonly directive_id: string;
  readonly rule: string;
  readonly action: Directive['action'];
  readonly target: string;
  readonly mode: Directive['mode'];
  readonly episode_id: string;
  readonly signal: string | null;
  readonly relationship: string | null;
  readonly segment: string;
  /** 0 for the first directive of the (rule, episode), then 1, 2, ... */
  readonly renewal: number;
  readonly issued_us: number;
  readonly expires_us: number;
  readonly is_expired: boolean;
  /** What the control plane last said of it. */
  status: AcknowledgedStatus | null;
}

export type AcknowledgedStatus = 'applied' | 'rejected' | 'expired' | 'unknown';

/** Share of the lease that must be gone before a renewal. */
const RENEW_AFTER = 0.75;

/** Event time from which a lease may be renewed, microseconds. */
export function renewalDueUs(lease: Lease): number {
  return lease.issued_us + Math.ceil((lease.expires_us - lease.issued_us) * RENEW_AFTER);
}

/** Whether the control plane obeys it: its lease runs and it was not turned down. */
export function isInForce(lease: Lease): boolean {
  return !lease.is_expired && lease.status !== 'rejected';
}

/** Where and when a directive is made. */
export interface Issue {
  readonly at_us: number;
  readonly epoch: number;
  readonly seq: number;
  readonly renewal: number;
  readonly policy_version: string;
}

/** Made of what was decided: rule, action, target, value, episode and, from the first renewal on, its ordinal. */
export function directiveId(rule: PreparedRule, episode: Episode, renewal: number): string {
  const { action, value } = rule.directive;
  const parts = [rule.name, action, targetOf(rule, episode), value, episode.id];
  if (renewal > 0) parts.push(renewal);
  return createHash('sha256').update(canonicalJson(parts)).digest('hex').slice(0, 16);
}

function targetOf(rule: PreparedRule, episode: Episode): string {
  return rule.directive.target ?? episode.segment;
}

export function makeDirective(rule: PreparedRule, episode: Episode, issue: Issue): Directive {
  const { action, value, unit, mode } = rule.directive;
  return {
    id: directiveId(rule, episode, issue.renewal),
    action,
    target: targetOf(rule, episode),
    value,
    unit,
    mode,
    epoch: issue.epoch,
    seq: issue.seq,
    issued_at: instantText(issue.at_us),
    expires_at: instantText(issue.at_us + rule.lease_us),
    episode_id: episode.id,
    policy_version: issue.policy_version,
    rule: rule.name,
    evidence: {
      signal: episode.signal,
      relationship: episode.relationship,
      segment: { ...parseSegmentKey(episode.segment) },
      direction: episode.direction,
      label: episode.label,
      part: episode.part,
      severity: episode.severity,
      expected: episode.expected,
      expected_low: episode.expected_low,
      expected_high: episode.expected_high,
      observed: episode.observed,
      units: episode.units,
      log_evidence: episode.verdict.log_evidence,
      log_threshold: episode.verdict.log_threshold,
      began_at: instantText(episode.began_us),
      detected_at: instantText(episode.detected_us),
      baseline_version: episode.baseline_version,
      detector: episode.detector,
    },
  };
}

export function makeLease(directive: Directive, rule: PreparedRule, episode: Episode, issue: Issue): Lease {
  return {
    directive_id: directive.id,
    rule: rule.name,
    action: directive.action,
    target: directive.target,
    mode: directive.mode,
    episode_id: episode.id,
    signal: episode.signal,
    relationship: episode.relationship,
    segment: episode.segment,
    renewal: issue.renewal,
    issued_us: issue.at_us,
    expires_us: issue.at_us + rule.lease_us,
    is_expired: false,
    status: null,
  };
}
