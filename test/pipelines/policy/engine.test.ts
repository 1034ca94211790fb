import { describe, expect, it } from 'vitest';
import { directiveSchema } from '../../../contracts/directive.js';
import type { Verdict } from '../../../contracts/verdict.js';
import {
  acknowledge,
  hasOpenEpisode,
  initPolicy,
  type PolicyContext,
  type PolicyState,
  type PolicyStep,
  raiseEpoch,
  stepPolicy,
  tickPolicy,
} from '../../../pipelines/policy/engine.js';
import { allLeases, SETTLED_MAX } from '../../../pipelines/policy/state.js';
import type { Stream } from '../../../pipelines/policy/stream.js';
import {
  BACK,
  contextWith,
  DRIFT,
  input,
  MINUTE_US,
  QUIET,
  START_US,
  STILL_LOW,
  stream,
  THROTTLE,
} from './stream-verdicts.js';

/** Runs the policy by the minute and gathers what it says. */
class Run {
  state: PolicyState = initPolicy();
  readonly directives: PolicyStep['directives'][number][] = [];
  readonly journal: PolicyStep['journal'][number][] = [];
  readonly episodes: PolicyStep['episodes'][number][] = [];
  readonly resets: string[] = [];
  constructor(readonly context: PolicyContext) {}

  step(minute: number, verdict: Verdict, streams: readonly Partial<Stream>[] = [{}], total = STILL_LOW.total): this {
    const inputs = streams.map((parts) => input(minute, verdict, { stream: stream(parts), total }));
    return this.take(stepPolicy(this.state, inputs, this.context));
  }
  tick(minute: number): this {
    return this.take(tickPolicy(this.state, START_US + minute * MINUTE_US, this.context));
  }
  recover(minute: number, streams: readonly Partial<Stream>[] = [{}]): this {
    for (let at = 0; at < 7; at++) this.step(minute + at, QUIET, streams, BACK.total);
    return this;
  }
  kinds(): string[] {
    return this.journal.map((entry) => entry.kind);
  }
  private take(step: PolicyStep): this {
    this.state = step.state;
    this.directives.push(...step.directives);
    this.journal.push(...step.journal);
    this.episodes.push(...step.episodes);
    this.resets.push(...step.resets);
    return this;
  }
}

const throttle = contextWith([THROTTLE]);
const POOL_1 = { segment: 'number_pool=p1' };
const POOL_2 = { segment: 'number_pool=p2' };
const CAMPAIGN = { segment: 'campaign=spring' };
const anySegment = { ...THROTTLE, when: { signal: 'answer_rate' } };

describe('from an episode to a directive', () => {
  it('says nothing, and remembers nothing, while streams are quiet', () => {
    const run = new Run(throttle);
    for (let minute = 0; minute < 20; minute++) run.step(minute, QUIET, [POOL_1, POOL_2, CAMPAIGN]);
    expect(run.journal).toEqual([]);
    expect(run.state).toEqual({ ...initPolicy(), at_us: START_US + 19 * MINUTE_US });
  });

  it('opens the episode, asks for the detector to start anew and issues what the rule says', () => {
    const run = new Run(throttle).step(0, DRIFT);
    expect(run.kinds()).toEqual(['episode_opened', 'directive_issued']);
    expect(run.resets).toEqual(['answer_rate|mixture-e-sr|number_pool=p1']);
    expect(hasOpenEpisode(run.state, 'answer_rate|mixture-e-sr|number_pool=p1')).toBe(true);
    expect(hasOpenEpisode(run.state, 'answer_rate|mixture-e-sr|number_pool=p2')).toBe(false);
    const directive = run.directives[0]!;
    expect(directiveSchema.parse(directive)).toEqual(directive);
    expect(directive).toMatchObject({
      action: 'throttle',
      target: 'number_pool=p1',
      value: 20,
      unit: 'calls_per_minute',
      mode: 'advise',
      epoch: 1,
      seq: 1,
      issued_at: '2025-10-07T14:00:00.000Z',
      expires_at: '2025-10-07T16:00:00.000Z',
      episode_id: run.episodes[0]!.id,
      policy_version: 'p1',
      rule: 'answer_rate_throttle',
      evidence: {
        signal: 'answer_rate',
        segment: { number_pool: 'p1' },
        direction: 'down',
        observed: 0.18,
        units: 400,
      },
    });
  });

  it('opens an episode and issues nothing when no rule matches', () => {
    expect(new Run(throttle).step(0, DRIFT, [CAMPAIGN]).kinds()).toEqual(['episode_opened']);
  });

  it('issues one directive for a (rule, episode), however long the episode goes on within the lease', () => {
    const run = new Run(throttle).step(0, DRIFT);
    for (let minute = 1; minute < 89; minute++) run.step(minute, DRIFT).tick(minute + 0.5);
    expect(run.directives).toHaveLength(1);
  });

  it('aims at the target that the rule names instead of the segment', () => {
    const rule = { ...THROTTLE, directive: { ...THROTTLE.directive, target: 'dialler_main' } };
    expect(new Run(contextWith([rule])).step(0, DRIFT).directives[0]!.target).toBe('dialler_main');
  });

  it('gives a directive an id of rule, action, target, value and episode, and of nothing else', () => {
    const idWith = (change: object, before?: (run: Run) => void) => {
      const rule = { ...THROTTLE, ...change };
      const run = new Run(contextWith([rule], { policy_version: JSON.stringify(change) }));
      before?.(run);
      return run.step(0, DRIFT).directives.at(-1)!.id;
    };
    const id = idWith({});
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(idWith({ directive: { ...THROTTLE.directive, lease: '1h', mode: 'enforce' } })).toBe(id);
    expect(idWith({}, (run) => raiseEpoch(run.state, 9))).toBe(id);
    expect(idWith({}, (run) => run.step(-1, DRIFT, [POOL_2]))).toBe(id);
    expect(idWith({ name: 'other' })).not.toBe(id);
    expect(idWith({ directive: { ...THROTTLE.directive, value: 10 } })).not.toBe(id);
    expect(idWith({ directive: { ...THROTTLE.directive, target: 'dialler' } })).not.toBe(id);
  });
});

describe('rules that wait', () => {
  const harder = {
    ...THROTTLE,
    name: 'harder',
    when: { ...THROTTLE.when, persists: '30m' },
    directive: { ...THROTTLE.directive, value: 5 },
  };

  it('issues at the very time the episode has persisted, though the next step comes later', () => {
    const run = new Run(contextWith([harder])).step(0, DRIFT).step(10, DRIFT).step(40, DRIFT);
    expect(run.directives.map((directive) => directive.issued_at)).toEqual(['2025-10-07T14:30:00.000Z']);
  });

  it('issues on a tick, without a verdict', () => {
    const run = new Run(contextWith([harder])).step(0, DRIFT).step(10, DRIFT).tick(29);
    expect(run.directives).toEqual([]);
    expect(run.tick(30).directives).toHaveLength(1);
  });

  it('waits for a window when none has come since the episode opened: nothing rests on stale data', () => {
    const run = new Run(contextWith([harder])).step(0, DRIFT).tick(300);
    expect(run.directives).toEqual([]);
    expect(run.step(301, DRIFT).directives.map((directive) => directive.issued_at)).toEqual([
      '2025-10-07T19:01:00.000Z',
    ]);
  });

  it('issues nothing when the episode closes first, nor while it is recovering', () => {
    expect(new Run(contextWith([harder])).step(0, DRIFT).recover(1).tick(600).directives).toEqual([]);
    const recovering = new Run(contextWith([harder])).step(0, DRIFT);
    for (let minute = 1; minute <= 6; minute++) recovering.step(minute, QUIET, [{}], BACK.total);
    expect(recovering.tick(31).directives).toEqual([]);
  });

  it('lets a later rule answer at once and an earlier one take over, with a seq that outranks it', () => {
    const run = new Run(contextWith([harder, THROTTLE])).step(0, DRIFT);
    for (let minute = 1; minute <= 119; minute++) run.step(minute, DRIFT);
    expect(run.directives.map(({ rule, value, seq, issued_at }) => [rule, value, seq, issued_at])).toEqual([
      ['answer_rate_throttle', 20, 1, '2025-10-07T14:00:00.000Z'],
      ['harder', 5, 2, '2025-10-07T14:30:00.000Z'],
    ]);
  });
});

describe('one cause, one directive', () => {
  it('withholds a second directive of the same action for the same signal in a segment that may share calls', () => {
    const run = new Run(contextWith([anySegment])).step(0, DRIFT, [CAMPAIGN, POOL_1]);
    expect(run.directives.map((directive) => directive.target)).toEqual(['campaign=spring']);
    const withheld = run.journal.find((entry) => entry.kind === 'directive_withheld')!;
    expect(JSON.parse(withheld.body)).toMatchObject({
      rule: 'answer_rate_throttle',
      reason: 'same_cause_in_force',
      in_force_directive_id: run.directives[0]!.id,
    });
  });

  it('journals the withholding once, however long it lasts', () => {
    const run = new Run(contextWith([anySegment])).step(0, DRIFT, [CAMPAIGN, POOL_1]);
    for (let minute = 1; minute < 300; minute++) run.step(minute, DRIFT, [CAMPAIGN, POOL_1]);
    expect(run.kinds().filter((kind) => kind === 'directive_withheld')).toHaveLength(1);
    expect(new Set(run.directives.map((directive) => directive.target))).toEqual(new Set(['campaign=spring']));
  });

  it('issues it after all when the first is no longer in force and the drift goes on', () => {
    const run = new Run(contextWith([anySegment])).step(0, DRIFT, [CAMPAIGN, POOL_1]).recover(1, [CAMPAIGN]);
    for (let minute = 8; minute <= 119; minute++) run.step(minute, DRIFT, [POOL_1]);
    expect(run.directives).toHaveLength(1);
    run.step(125, DRIFT, [POOL_1]);
    expect(run.directives.at(-1)).toMatchObject({ target: 'number_pool=p1', issued_at: '2025-10-07T16:00:00.000Z' });
    const ids = run.journal.filter((entry) => entry.kind === 'directive_withheld').map((entry) => entry.subject);
    expect(ids).toEqual([run.directives.at(-1)!.id]);
  });

  it('answers segments that cannot share calls, other signals and other actions each by themselves', () => {
    const voicemail = { name: 'voicemail', when: { signal: 'voicemail_rate' }, directive: THROTTLE.directive };
    const run = new Run(contextWith([anySegment, voicemail])).step(0, DRIFT, [
      POOL_1,
      POOL_2,
      { signal: 'voicemail_rate' },
    ]);
    expect(run.directives).toHaveLength(3);
    const review = {
      name: 'review',
      when: { segment: { campaign: '*' } },
      directive: { action: 'review', value: 'look', unit: 'task' },
    };
    expect(new Run(contextWith([review, anySegment])).step(0, DRIFT, [CAMPAIGN, POOL_1]).directives).toHaveLength(2);
  });

  it('does not let a directive in shadow stand in for one that binds', () => {
    const shadow = {
      ...anySegment,
      name: 'shadow',
      when: { segment: { campaign: '*' } },
      directive: { ...THROTTLE.directive, mode: 'shadow' },
    };
    const run = new Run(contextWith([shadow, anySegment])).step(0, DRIFT, [CAMPAIGN, POOL_1]);
    expect(run.directives.map((directive) => directive.mode)).toEqual(['shadow', 'advise']);
  });
});

describe('leases', () => {
  it('renews with a new id and the next seq once less than a quarter remains, on fresh data, with the same value', () => {
    const run = new Run(throttle).step(0, DRIFT);
    for (let minute = 1; minute <= 200; minute++) run.step(minute, DRIFT);
    expect(run.directives.map(({ seq, issued_at, value }) => [seq, issued_at, value])).toEqual([
      [1, '2025-10-07T14:00:00.000Z', 20],
      [2, '2025-10-07T15:30:00.000Z', 20],
      [3, '2025-10-07T17:00:00.000Z', 20],
    ]);
    expect(new Set(run.directives.map((directive) => directive.id)).size).toBe(3);
    const issued = run.journal
      .filter((entry) => entry.kind === 'directive_issued')
      .map((entry) => JSON.parse(entry.body));
    expect(issued.map((body) => body.renews)).toEqual([null, run.directives[0]!.id, run.directives[1]!.id]);
    expect(run.kinds()).not.toContain('directive_expired');
  });

  it('renews nothing on stale data: the lease runs out, is journalled, and is taken up again when windows come', () => {
    const run = new Run(throttle).step(0, DRIFT);
    for (let minute = 1; minute <= 600; minute++) run.tick(minute);
    expect(run.directives).toHaveLength(1);
    expect(run.kinds()).toEqual(['episode_opened', 'directive_issued', 'directive_expired']);
    expect(run.journal[2]).toMatchObject({ at_us: START_US + 120 * MINUTE_US, subject: run.directives[0]!.id });
    run.step(700, QUIET);
    expect(run.directives).toHaveLength(2);
  });

  it('sends nothing when the episode closes: what is in force runs out', () => {
    const run = new Run(throttle).step(0, DRIFT).recover(1).tick(119);
    expect(run.kinds()).toEqual(['episode_opened', 'directive_issued', 'episode_changed', 'episode_closed']);
    expect(JSON.parse(run.journal[3]!.body)).toMatchObject({ left_to_run_out: [run.directives[0]!.id] });
    expect(run.episodes.at(-1)).toMatchObject({ state: 'healthy', closed_us: START_US + 7 * MINUTE_US });
    run.tick(120);
    expect(run.kinds().at(-1)).toBe('directive_expired');
    expect([...allLeases(run.state)]).toEqual([]);
    expect(run.directives).toHaveLength(1);
  });

  it('does not answer a relapse while the directive of the episode before is still in force', () => {
    const run = new Run(throttle).step(0, DRIFT).recover(1).step(20, DRIFT);
    expect(run.kinds().slice(-2)).toEqual(['episode_opened', 'directive_withheld']);
    expect(run.directives).toHaveLength(1);
  });
});

describe('acknowledgements', () => {
  const acknowledgement = (directive_id: string, status: 'applied' | 'rejected') =>
    ({ directive_id, status, at_us: START_US + MINUTE_US }) as const;

  it('is journalled once, however often it comes', () => {
    const { state, directives } = new Run(throttle).step(0, DRIFT);
    const first = acknowledge(state, acknowledgement(directives[0]!.id, 'applied'));
    expect(first.journal).toMatchObject([{ kind: 'directive_acknowledged', subject: directives[0]!.id, ordinal: 3 }]);
    expect(acknowledge(state, acknowledgement(directives[0]!.id, 'applied')).journal).toEqual([]);
    expect(acknowledge(state, acknowledgement('never_issued', 'applied')).journal).toEqual([]);
  });

  it('takes a rejected directive out of force: it is not renewed and stands in the way of no other', () => {
    const run = new Run(contextWith([anySegment])).step(0, DRIFT, [CAMPAIGN, POOL_1]);
    acknowledge(run.state, acknowledgement(run.directives[0]!.id, 'rejected'));
    for (let minute = 2; minute < 300; minute++) run.step(minute, DRIFT, [CAMPAIGN, POOL_1]);
    expect(new Set(run.directives.slice(1).map((directive) => directive.target))).toEqual(new Set(['number_pool=p1']));
  });

  it('still knows a directive that ran out, and forgets the oldest beyond the bound', () => {
    const run = new Run(throttle).step(0, DRIFT).recover(1).tick(200);
    const [directive] = run.directives;
    expect(acknowledge(run.state, acknowledgement(directive!.id, 'applied')).journal).toHaveLength(1);
    const streams = Array.from({ length: SETTLED_MAX + 1 }, (_, pool) => ({ segment: `number_pool=x${pool}` }));
    run.step(201, DRIFT, streams).recover(202, streams).tick(500);
    expect(run.state.settled).toHaveLength(SETTLED_MAX);
    expect(acknowledge(run.state, acknowledgement(directive!.id, 'rejected')).journal).toEqual([]);
  });
});

describe('the fencing token', () => {
  it('takes a raised epoch for directives from then on, and never a lower one', () => {
    const run = new Run(throttle).step(0, DRIFT, [POOL_1]);
    raiseEpoch(run.state, 3);
    raiseEpoch(run.state, 2);
    run.step(1, DRIFT, [POOL_2]);
    expect(run.directives.map(({ epoch, seq }) => [epoch, seq])).toEqual([
      [1, 1],
      [3, 2],
    ]);
  });
});
