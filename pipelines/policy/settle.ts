import type { Episode } from '../../contracts/episode.js';
import { parseSegmentKey, segmentsOverlap } from '../../contracts/signal.js';
import type { PolicyContext } from './context.js';
import type { Decisions } from './decisions.js';
import {
  directiveId,
  type Issue,
  isInForce,
  type Lease,
  makeDirective,
  makeLease,
  renewalDueUs,
} from './directives.js';
import type { OpenEpisode } from './episodes.js';
import { firstRule, type PreparedRule } from './rules.js';
import { allLeases, type OpenEntry, type PolicyState, SETTLED_MAX } from './state.js';

/** From open episodes and leases to directives, as event time goes on. */

/** Settles whatever falls due up to and including an event time, each thing at its own time, in the order of time. */
export function advance(decisions: Decisions, to_us: number, context: PolicyContext): void {
  const { state } = decisions;
  for (let due_us = nextDueUs(state, context); due_us <= to_us; due_us = nextDueUs(state, context)) {
    state.at_us = due_us;
    settle(decisions, context);
  }
  state.at_us = Math.max(state.at_us, to_us);
}

/** The next event time at which something may happen without new data; Infinity when there is none. */
function nextDueUs(state: PolicyState, context: PolicyContext): number {
  let due_us = Number.POSITIVE_INFINITY;
  for (const lease of allLeases(state)) {
    if (lease.is_expired) continue;
    const renewal_us = renewalDueUs(lease);
    due_us = Math.min(due_us, renewal_us > state.at_us ? renewal_us : lease.expires_us);
  }
  for (const entry of state.open) {
    const { detected_us } = openEpisodeOf(state, entry).episode;
    for (const rule of context.rules) {
      const persisted_us = detected_us + rule.persists_us;
      if (persisted_us > state.at_us) due_us = Math.min(due_us, persisted_us);
    }
  }
  return due_us;
}

/** Settles the event time that the state has come to: leases that ran out first, then every open episode in order. */
export function settle(decisions: Decisions, context: PolicyContext): void {
  const { state } = decisions;
  for (const { leases } of state.open)
    for (const [index, lease] of leases.entries())
      if (hasRunOut(lease, state.at_us)) leases[index] = expire(decisions, lease);
  if (state.lapsing.some((lease) => hasRunOut(lease, state.at_us)))
    state.lapsing = state.lapsing.filter((lease) => {
      if (!hasRunOut(lease, state.at_us)) return true;
      remember(state, expire(decisions, lease));
      return false;
    });
  for (const entry of state.open) answerEpisode(decisions, entry, context);
}

function hasRunOut(lease: Lease, at_us: number): boolean {
  return !lease.is_expired && lease.expires_us <= at_us;
}

function expire(decisions: Decisions, lease: Lease): Lease {
  decisions.note({
    at_us: lease.expires_us,
    kind: 'directive_expired',
    subject: lease.directive_id,
    body: { rule: lease.rule, action: lease.action, target: lease.target, episode_id: lease.episode_id },
  });
  return { ...lease, is_expired: true };
}

/** Issues, renews or withholds the directive of the rule that is in force for an open episode. */
function answerEpisode(decisions: Decisions, entry: OpenEntry, context: PolicyContext): void {
  const { state } = decisions;
  const open = openEpisodeOf(state, entry);
  const { episode } = open;
  const rule = firstRule(context.rules, episode, state.at_us);
  if (rule === null) return;
  const index = entry.leases.findIndex((lease) => lease.rule === rule.name);
  const before = index < 0 ? null : entry.leases[index]!;
  if (before === null ? !mayIssue(open, state.at_us) : !mayRenew(before, open, state.at_us)) return;

  const renewal = before === null ? 0 : before.renewal + 1;
  const blocking = blockingLease(state, rule, episode);
  if (blocking !== null) {
    withhold(decisions, entry, { rule, episode, renewal, blocking });
    return;
  }
  const { at_us, epoch } = state;
  state.seq += 1;
  const issue: Issue = { at_us, epoch, seq: state.seq, renewal, policy_version: context.policy_version };
  const directive = makeDirective(rule, episode, issue);
  const lease = makeLease(directive, rule, episode, issue);
  if (before === null) entry.leases.push(lease);
  else {
    entry.leases[index] = lease;
    remember(state, before);
  }
  entry.withheld = null;
  decisions.directives.push(directive);
  const { id, evidence: _, ...body } = directive;
  decisions.note({
    at_us,
    kind: 'directive_issued',
    subject: id,
    body: { ...body, renews: before?.directive_id ?? null },
  });
}

/**
 * A first directive needs an episode that is not on its way back, and, when it is not issued the moment the episode
 * opens, a window newer than that: nothing new rests on stale data.
 */
function mayIssue(open: OpenEpisode, at_us: number): boolean {
  const { state, detected_us } = open.episode;
  return state === 'drifted' && (at_us === detected_us || open.fed_us > detected_us);
}

function mayRenew(lease: Lease, open: OpenEpisode, at_us: number): boolean {
  return lease.status !== 'rejected' && at_us >= renewalDueUs(lease) && open.fed_us > lease.issued_us;
}

function blockingLease(state: PolicyState, rule: PreparedRule, episode: Episode): Lease | null {
  for (const lease of allLeases(state)) if (isSameCause(lease, rule, episode)) return lease;
  return null;
}

const MODE_RANK = { shadow: 0, advise: 1, enforce: 2 } as const;

/**
 * One cause, one directive: another episode of the same signal or relationship, in a segment that may hold the same
 * calls, already has this action in force. A directive that binds less (shadow, advise) does not stand in for one that
 * binds more.
 */
function isSameCause(lease: Lease, rule: PreparedRule, episode: Episode): boolean {
  return (
    lease.episode_id !== episode.id &&
    standsInFor(lease, rule) &&
    lease.signal === episode.signal &&
    lease.relationship === episode.relationship &&
    segmentsOverlap(parseSegmentKey(lease.segment), parseSegmentKey(episode.segment))
  );
}

/** Whether a directive in force does what a rule would ask for, and binds no less. */
export function standsInFor(lease: Lease, { directive }: PreparedRule): boolean {
  return isInForce(lease) && lease.action === directive.action && MODE_RANK[lease.mode] >= MODE_RANK[directive.mode];
}

interface Withholding {
  readonly rule: PreparedRule;
  readonly episode: Episode;
  readonly renewal: number;
  readonly blocking: Lease;
}

/** Journals a withheld directive: once for a rule and the episode that stands in its way, however long that lasts. */
function withhold(decisions: Decisions, entry: OpenEntry, { rule, episode, renewal, blocking }: Withholding): void {
  const withheld = `${rule.name}|${blocking.episode_id}`;
  if (entry.withheld === withheld) return;
  entry.withheld = withheld;
  decisions.note({
    at_us: decisions.state.at_us,
    kind: 'directive_withheld',
    subject: directiveId(rule, episode, renewal),
    body: {
      rule: rule.name,
      action: rule.directive.action,
      episode_id: episode.id,
      reason: 'same_cause_in_force',
      in_force_directive_id: blocking.directive_id,
      in_force_episode_id: blocking.episode_id,
    },
  });
}

/** The open episode behind an entry; the two are kept together by `stepPolicy`. */
export function openEpisodeOf(state: PolicyState, entry: OpenEntry): OpenEpisode {
  const open = state.tracks[entry.stream_key]?.open;
  if (open === undefined || open === null) throw new Error(`no open episode behind "${entry.stream_key}"`);
  return open;
}

/** Keeps a directive that left the leases, for acknowledgements that come late. */
export function remember(state: PolicyState, lease: Lease): void {
  state.settled.push({ directive_id: lease.directive_id, status: lease.status });
  if (state.settled.length > SETTLED_MAX) state.settled.splice(0, state.settled.length - SETTLED_MAX);
}
