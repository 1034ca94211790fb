import type { Config, Rule } from '../../contracts/config.js';
import { parseDurationMs } from '../../contracts/duration.js';
import { type Episode, SEVERITIES, type Severity } from '../../contracts/episode.js';
import { PlumblineError } from '../../contracts/errors.js';
import { parseSegmentKey, type Segment } from '../../contracts/signal.js';

/**
 * Rules from episodes to directives. They are ordered: the first that matches now is the one in force for an episode.
 * How long an episode must have lasted is part of matching, so a later rule may answer at once and an earlier one take
 * over when the episode persists.
 */

/** A rule with what does not change between episodes worked out once. */
export interface PreparedRule {
  readonly name: string;
  readonly signals: readonly string[] | null;
  readonly relationships: readonly string[] | null;
  readonly parts: readonly string[] | null;
  readonly segment: Segment | null;
  readonly persists_us: number;
  readonly lease_us: number;
  readonly when: Rule['when'];
  readonly directive: Rule['directive'];
}

/**
 * @throws PlumblineError CONFIG_FIELD_INVALID when two rules share a name or a lease is of no length: a directive is
 * known by its rule, and one without a lease would never be in force.
 */
export function prepareRules(rules: Config['policy']['rules']): readonly PreparedRule[] {
  const names = new Set<string>();
  return rules.map((rule, index) => {
    const where = `policy.rules[${index}]`;
    if (names.has(rule.name))
      throw new PlumblineError('CONFIG_FIELD_INVALID', `the rule name "${rule.name}" is used twice`, {
        detail: `${where}.name repeats the name of an earlier rule; a directive is known by the name of its rule`,
        hint: 'Give every rule its own name.',
      });
    names.add(rule.name);
    const lease_us = parseDurationMs(rule.directive.lease) * 1000;
    if (lease_us === 0)
      throw new PlumblineError('CONFIG_FIELD_INVALID', `the lease "${rule.directive.lease}" has no length`, {
        detail: `${where}.directive.lease of rule "${rule.name}"; a directive is in force until its lease runs out`,
        hint: 'Write a lease such as "2h".',
      });
    return {
      name: rule.name,
      signals: listOf(rule.when.signal),
      relationships: listOf(rule.when.relationship),
      parts: listOf(rule.when.part),
      segment: (rule.when.segment as Segment | undefined) ?? null,
      persists_us: parseDurationMs(rule.when.persists) * 1000,
      lease_us,
      when: rule.when,
      directive: rule.directive,
    };
  });
}

function listOf(names: string | string[] | undefined): readonly string[] | null {
  if (names === undefined) return null;
  return typeof names === 'string' ? [names] : names;
}

/** The first rule that matches an open episode at an event time, or null. */
export function firstRule(rules: readonly PreparedRule[], episode: Episode, at_us: number): PreparedRule | null {
  for (const rule of rules) if (at_us - episode.detected_us >= rule.persists_us && matches(rule, episode)) return rule;
  return null;
}

/** Whether an episode is of the kind that a rule speaks of, however long it has lasted. */
export function matches(rule: PreparedRule, episode: Episode): boolean {
  const { when } = rule;
  return (
    matchesSubject(rule, episode) &&
    (when.label === undefined || (episode.label !== null && when.label.includes(episode.label))) &&
    (rule.parts === null || (episode.part !== null && rule.parts.includes(episode.part))) &&
    (when.direction === undefined || when.direction === episode.direction) &&
    (!when.harmful_only || episode.is_harmful) &&
    rank(episode.severity) >= rank(when.severity_min) &&
    (rule.segment === null || matchesSegment(rule.segment, parseSegmentKey(episode.segment)))
  );
}

/** A rule that names signals, relationships or both speaks of exactly those; one that names none speaks of any. */
function matchesSubject(rule: PreparedRule, episode: Episode): boolean {
  if (rule.signals === null && rule.relationships === null) return true;
  if (episode.signal !== null) return rule.signals?.includes(episode.signal) ?? false;
  return episode.relationship !== null && (rule.relationships?.includes(episode.relationship) ?? false);
}

/** The segment must have exactly the dimensions of the pattern: a rule for number pools says nothing of campaigns. */
function matchesSegment(pattern: Segment, segment: Segment): boolean {
  const wanted = Object.entries(pattern);
  if (wanted.length !== Object.keys(segment).length) return false;
  return wanted.every(([dimension, value]) => {
    const actual = segment[dimension as keyof Segment];
    return actual !== undefined && (value === '*' || value === actual);
  });
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
