import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../contracts/verdict.js';
import { initPolicy, type PolicyContext, type PolicyStep, stepPolicy } from '../../../pipelines/policy/engine.js';
import { FOLDED_MAX } from '../../../pipelines/policy/folding.js';
import type { SinceChange, Stream } from '../../../pipelines/policy/stream.js';
import { BACK, contextWith, DRIFT, input, QUIET, STILL_LOW, stream, THROTTLE } from './stream-verdicts.js';

/** What was seen of 400 calls of the fleet, or another number, at this rate; 0.3 is expected. */
function seen(observed: number, n = 400): SinceChange {
  const spread = 1.96 * Math.sqrt((0.3 * 0.7) / n);
  return { n, observed, expected: 0.3, expected_low: 0.3 - spread, expected_high: 0.3 + spread };
}

interface Seen {
  readonly parts: Partial<Stream>;
  readonly since: SinceChange;
  readonly verdict?: Verdict;
  readonly total?: number;
}

class Run {
  state = initPolicy();
  readonly episodes = new Map<string, PolicyStep['episodes'][number]>();
  readonly journal: PolicyStep['journal'][number][] = [];
  readonly directives: PolicyStep['directives'][number][] = [];
  readonly resets: string[] = [];
  constructor(readonly context: PolicyContext = contextWith([])) {}

  step(minute: number, ...all: Seen[]): this {
    const inputs = all.map(({ parts, since, verdict = DRIFT, total = STILL_LOW.total }) =>
      input(minute, verdict, { stream: stream(parts), since_change: since, total }),
    );
    const step = stepPolicy(this.state, inputs, this.context);
    this.state = step.state;
    for (const episode of step.episodes) this.episodes.set(episode.id, episode);
    this.journal.push(...step.journal);
    this.directives.push(...step.directives);
    this.resets.push(...step.resets);
    return this;
  }
  opened(): string[] {
    return [...this.episodes.values()].map(({ signal, segment }) => `${signal} ${segment}`);
  }
}

const VERSION: Seen = { parts: { segment: 'agent_version=v2' }, since: seen(0.16) };
const FLEET: Seen = { parts: { segment: 'all' }, since: seen(0.25, 1_000) };
const CAMPAIGN: Seen = { parts: { segment: 'campaign=spring' }, since: seen(0.24, 500) };

describe('one cause, one episode', () => {
  it('folds the fleet and other segments with the same calls into the episode of the segment that moved', () => {
    const run = new Run().step(0, VERSION).step(5, FLEET).step(9, CAMPAIGN);
    expect(run.opened()).toEqual(['answer_rate agent_version=v2']);
    const [episode] = run.episodes.values();
    expect(episode!.folded.map(({ segment }) => segment)).toEqual(['all', 'campaign=spring']);
    expect(episode!.folded[0]).toMatchObject({ observed: 0.25, expected: 0.3, units: 1_000, residual_log_evidence: 0 });
    const folded = run.journal.filter(({ kind }) => kind === 'episode_folded');
    expect(folded.map(({ subject }) => subject)).toEqual([episode!.id, episode!.id]);
  });

  it('folds a segment into the fleet that moved as far', () => {
    const run = new Run()
      .step(0, { ...FLEET, since: seen(0.18, 1_000) })
      .step(5, { ...VERSION, since: seen(0.17, 300) });
    expect(run.opened()).toEqual(['answer_rate all']);
  });

  it('names each stream once, however long its drift lasts', () => {
    const run = new Run().step(0, VERSION);
    for (let minute = 1; minute < 60; minute++) run.step(minute, FLEET);
    expect(run.journal.filter(({ kind }) => kind === 'episode_folded')).toHaveLength(1);
    expect([...run.episodes.values()][0]!.folded).toHaveLength(1);
  });

  it.each([
    ['that has moved further than the episode', { ...CAMPAIGN, since: seen(0.02, 500) }],
    ['of which the episode has too small a part', { ...FLEET, since: seen(0.2, 20_000) }],
    ['the other way', { ...CAMPAIGN, verdict: { ...DRIFT, direction: 'up', effect: 0.6 }, since: seen(0.4) }],
    ['of another signal', { ...CAMPAIGN, parts: { ...CAMPAIGN.parts, signal: 'voicemail_rate' } }],
    ['of calls that cannot be the same', { ...CAMPAIGN, parts: { segment: 'agent_version=v1' } }],
    ['of which nothing is known since its start', { ...CAMPAIGN, since: { ...seen(0.24), n: 0 } }],
  ] as const)('leaves a drift %s an episode of its own', (_, other) => {
    expect(new Run().step(0, VERSION).step(5, other).opened()).toHaveLength(2);
  });

  it('opens an episode after all when a folded drift goes on to move further', () => {
    const run = new Run().step(0, VERSION).step(5, CAMPAIGN);
    expect(run.opened()).toHaveLength(1);
    run.step(20, { ...CAMPAIGN, since: seen(0.05, 600) });
    expect(run.opened()).toEqual(['answer_rate agent_version=v2', 'answer_rate campaign=spring']);
  });

  it('folds signals of one cause, where the configuration says so', () => {
    const human = { ...CAMPAIGN, parts: { ...CAMPAIGN.parts, signal: 'human_answer_rate' } };
    expect(new Run().step(0, VERSION).step(5, human).opened()).toHaveLength(2);
    const context = contextWith([], { same_cause: [['answer_rate', 'human_answer_rate']] });
    expect(new Run(context).step(0, VERSION).step(5, human).opened()).toHaveLength(1);
  });

  it('loses no directive: what a rule answers is folded only while that action is in force for the episode', () => {
    const ofPools = contextWith([THROTTLE]);
    const pool: Seen = { parts: { segment: 'number_pool=p1' }, since: seen(0.2) };
    const alone = new Run(ofPools).step(0, VERSION).step(5, pool);
    expect(alone.opened()).toHaveLength(2);
    expect(alone.directives.map(({ target }) => target)).toEqual(['number_pool=p1']);
    const ofAny = contextWith([{ ...THROTTLE, when: { signal: 'answer_rate' } }]);
    const answered = new Run(ofAny).step(0, VERSION).step(5, pool);
    expect(answered.opened()).toHaveLength(1);
    expect(answered.directives.map(({ target }) => target)).toEqual(['agent_version=v2']);
  });

  it('begins the detectors of folded streams afresh when the episode closes', () => {
    const run = new Run().step(0, VERSION).step(5, FLEET);
    for (let minute = 6; minute < 14; minute++) run.step(minute, { ...VERSION, verdict: QUIET, total: BACK.total });
    expect([...run.episodes.values()][0]!.state).toBe('healthy');
    expect(run.resets).toContain('answer_rate|mixture-e-sr|all');
  });

  it('folds so many drifts at most: the next has an episode of its own', () => {
    const run = new Run().step(0, VERSION);
    for (let at = 0; at <= FOLDED_MAX; at++) run.step(5, { ...CAMPAIGN, parts: { segment: `campaign=c${at}` } });
    expect(run.opened()).toEqual(['answer_rate agent_version=v2', `answer_rate campaign=c${FOLDED_MAX}`]);
    expect([...run.episodes.values()][0]!.folded).toHaveLength(FOLDED_MAX);
    run.step(9, { ...CAMPAIGN, parts: { segment: 'campaign=c0' } });
    expect(run.opened()).toHaveLength(2);
  });

  it('keeps its state as plain JSON: a restart in between changes nothing', () => {
    const moved = fc.record({
      at: fc.integer({ min: 0, max: 5 }),
      observed: fc.double({ min: 0, max: 0.3, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(moved, { minLength: 1, maxLength: 20 }), (rows) => {
        const [plain, restarted] = [new Run(), new Run()];
        for (const [minute, { at, observed }] of rows.entries()) {
          const one: Seen = { parts: { segment: at === 0 ? 'all' : `campaign=c${at}` }, since: seen(observed) };
          plain.step(minute, one);
          restarted.state = JSON.parse(JSON.stringify(restarted.state)) as typeof restarted.state;
          restarted.step(minute, one);
        }
        expect(restarted.journal).toEqual(plain.journal);
        expect(restarted.state).toEqual(plain.state);
      }),
      { seed: 3, numRuns: 60 },
    );
  });
});
