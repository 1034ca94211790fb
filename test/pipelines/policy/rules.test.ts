import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../contracts/config.js';
import type { Episode } from '../../../contracts/episode.js';
import { initTrack, stepTrack } from '../../../pipelines/policy/episodes.js';
import { firstRule, matches, prepareRules } from '../../../pipelines/policy/rules.js';
import { DRIFT, input, MINUTE_US, recoveryCusum, START_US } from './stream-verdicts.js';

const context = { effect_confidence_min: 0.9, recovery_calls: 1_000, recovery: recoveryCusum };
const answerRateDown = stepTrack(initTrack(), input(0, DRIFT), context).changes[0]!.episode;
const inverted: Episode = {
  ...answerRateDown,
  signal: null,
  relationship: 'answer_voicemail',
  segment: 'all',
  direction: 'up',
  label: 'inverted',
};

function prepare(rules: readonly unknown[]) {
  return prepareRules(configSchema.parse({ version: 1, policy: { rules } }).policy.rules);
}

const directive = { action: 'review', value: 'look', unit: 'task' };
const matchesWhen = (when: object, episode: Episode) =>
  matches(prepare([{ name: 'rule', when, directive }])[0]!, episode);

describe('what a rule matches', () => {
  const harmless: Episode = { ...answerRateDown, is_harmful: false };
  const minor: Episode = { ...answerRateDown, severity: 'minor' };
  const critical: Episode = { ...answerRateDown, severity: 'critical' };
  const both: Episode = { ...answerRateDown, segment: 'campaign=spring,number_pool=p1' };
  const all: Episode = { ...answerRateDown, segment: 'all' };
  const odd: Episode = { ...answerRateDown, segment: 'campaign=a%2Cb%3Dc' };
  const table: readonly [string, object, Episode, boolean][] = [
    ['nothing asked: any episode that is harm', {}, answerRateDown, true],
    ['nothing asked: a relationship too', {}, inverted, true],
    ['its signal', { signal: 'answer_rate' }, answerRateDown, true],
    ['one of several signals', { signal: ['talk_time', 'answer_rate'] }, answerRateDown, true],
    ['another signal', { signal: 'voicemail_rate' }, answerRateDown, false],
    ['a relationship of the name of a signal', { relationship: 'answer_rate' }, answerRateDown, false],
    ['its relationship', { relationship: 'answer_voicemail' }, inverted, true],
    ['a signal, for a relationship', { signal: 'answer_rate' }, inverted, false],
    ['signal or relationship', { signal: 'answer_rate', relationship: 'answer_voicemail' }, inverted, true],
    ['its label', { label: ['lost', 'inverted'] }, inverted, true],
    ['another label', { label: ['weakened'] }, inverted, false],
    ['a label, for an episode without one', { label: ['lost'] }, answerRateDown, false],
    ['its direction', { direction: 'down' }, answerRateDown, true],
    ['the other direction', { direction: 'up' }, answerRateDown, false],
    ['no harm, by default', {}, harmless, false],
    ['no harm, when asked for', { harmful_only: false }, harmless, true],
    ['too mild', { severity_min: 'major' }, minor, false],
    ['just severe enough', { severity_min: 'major' }, answerRateDown, true],
    ['more severe', { severity_min: 'major' }, critical, true],
    ['its dimension, any value', { segment: { number_pool: '*' } }, answerRateDown, true],
    ['its dimension and value', { segment: { number_pool: 'p1' } }, answerRateDown, true],
    ['its dimension, another value', { segment: { number_pool: 'p2' } }, answerRateDown, false],
    ['another dimension', { segment: { campaign: '*' } }, answerRateDown, false],
    ['fewer dimensions than the segment has', { segment: { number_pool: '*' } }, both, false],
    ['more dimensions than the segment has', { segment: { number_pool: '*', campaign: '*' } }, answerRateDown, false],
    ['both dimensions', { segment: { number_pool: '*', campaign: 'spring' } }, both, true],
    ['no dimension: everything taken together', { segment: {} }, all, true],
    ['no dimension, for a pool', { segment: {} }, answerRateDown, false],
    ['any segment: everything taken together', {}, all, true],
    ['a dimension, for everything taken together', { segment: { number_pool: '*' } }, all, false],
    ['a value with the marks of the key in it', { segment: { campaign: 'a,b=c' } }, odd, true],
  ];
  it.each(table)('%s', (_, when, episode, expected) => {
    expect(matchesWhen(when, episode)).toBe(expected);
  });
});

describe('which rule is in force', () => {
  const rules = prepare([
    { name: 'worse', when: { signal: 'answer_rate', persists: '30m' }, directive },
    { name: 'first', when: { signal: 'answer_rate' }, directive },
    { name: 'second', when: {}, directive },
  ]);
  const at = (minutes: number, episode = answerRateDown) =>
    firstRule(rules, episode, START_US + minutes * MINUTE_US)?.name ?? null;

  it('is the first that matches', () => {
    expect(at(0)).toBe('first');
    expect(at(0, inverted)).toBe('second');
    expect(at(0, { ...inverted, is_harmful: false })).toBeNull();
  });

  it('changes to an earlier one once the episode has persisted, to the microsecond', () => {
    expect(at(30 - 1 / 60)).toBe('first');
    expect(at(30)).toBe('worse');
  });
});

describe('rules that could not work are refused', () => {
  it('names a rule name that is used twice', () => {
    const rule = { name: 'same', when: {}, directive };
    expect(() => prepare([rule, rule])).toThrow('the rule name "same" is used twice');
  });
  it('names a lease of no length', () => {
    expect(() => prepare([{ name: 'rule', when: {}, directive: { ...directive, lease: '0s' } }])).toThrow(
      'the lease "0s" has no length',
    );
  });
});
