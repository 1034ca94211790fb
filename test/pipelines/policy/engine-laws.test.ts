import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Directive, directiveSchema } from '../../../contracts/directive.js';
import type { Episode } from '../../../contracts/episode.js';
import { segmentsOverlap } from '../../../contracts/signal.js';
import type { Verdict } from '../../../contracts/verdict.js';
import { verifyJournal } from '../../../pipelines/journal.js';
import {
  acknowledge,
  initPolicy,
  type PolicyState,
  type PolicyStep,
  raiseEpoch,
  stepPolicy,
  tickPolicy,
} from '../../../pipelines/policy/engine.js';
import { contextWith, DRIFT, input, MINUTE_US, QUIET, START_US, stream, THROTTLE, WARN } from './stream-verdicts.js';

/** The policy under any course of events: whatever comes, in whatever mixture, these hold. */

const throttle = (name: string, when: object, value: number, lease: string) => ({
  name,
  when: { signal: 'answer_rate', ...when },
  directive: { ...THROTTLE.directive, value, lease },
});
const context = contextWith(
  [
    throttle('harder', { persists: '20m', severity_min: 'major' }, 5, '30m'),
    throttle('soft', {}, 20, '40m'),
    {
      name: 'review',
      when: { harmful_only: false },
      directive: { action: 'review', value: 'look', unit: 'task', lease: '1h' },
    },
  ],
  { recovery_calls: 50 },
);

const STREAMS = [
  stream({ segment: 'all' }),
  stream({ segment: 'campaign=spring' }),
  stream({ segment: 'number_pool=p1' }),
  stream({ segment: 'number_pool=p2' }),
  stream({ signal: 'talk_time', segment: 'number_pool=p1', kind: 'mean', upper: 600_000 }),
  stream({ signal: null, relationship: 'answer_voicemail', segment: 'all', kind: 'relationship', harmful: 'either' }),
];
const VERDICTS: readonly Verdict[] = [
  QUIET,
  QUIET,
  WARN,
  DRIFT,
  { ...DRIFT, effect: -0.2 },
  { ...DRIFT, direction: 'up', effect: 0.7, is_harmful: false },
];

type Happening =
  | { readonly kind: 'step'; readonly gap: number; readonly streams: readonly [number, number, number][] }
  | { readonly kind: 'tick'; readonly gap: number }
  | { readonly kind: 'acknowledge'; readonly back: number; readonly status: 'applied' | 'rejected' }
  | { readonly kind: 'epoch' };

const step = fc.record({
  kind: fc.constant('step' as const),
  gap: fc.constantFrom(0.25, 1, 1, 3, 7, 45),
  /** Stream, verdict, calls answered of 25; each stream at most once. */
  streams: fc
    .array(fc.tuple(fc.nat(STREAMS.length - 1), fc.nat(VERDICTS.length - 1), fc.constantFrom(3, 4, 8, 8, 8)), {
      minLength: 1,
      maxLength: 6,
    })
    .map((rows) => [...new Map(rows.map((row) => [row[0], row])).values()].sort(([left], [right]) => left - right)),
});
const happening = fc.oneof(
  { weight: 12, arbitrary: step },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), gap: fc.constantFrom(0.5, 10, 90) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('acknowledge' as const),
      back: fc.nat(3),
      status: fc.constantFrom('applied' as const, 'rejected' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'epoch' as const }) },
);
const course = fc.array(happening, { minLength: 20, maxLength: 120, size: 'max' });

interface Options {
  /** What is done to the state between two happenings. */
  readonly between?: (state: PolicyState) => PolicyState;
  /** Ticks put in before every step, as parts of the gap. */
  readonly ticks?: readonly number[];
}

function run(happenings: readonly Happening[], { between = (state) => state, ticks = [] }: Options = {}) {
  let state = initPolicy();
  let minute = 0;
  const said = {
    directives: [] as Directive[],
    journal: [] as PolicyStep['journal'][number][],
    episodes: [] as Episode[],
    resets: [] as string[],
  };
  const take = (one: PolicyStep) => {
    state = one.state;
    said.directives.push(...one.directives);
    said.journal.push(...one.journal);
    said.episodes.push(...one.episodes);
    said.resets.push(...one.resets);
  };
  const at = (minutes: number) => START_US + minutes * MINUTE_US;
  for (const one of happenings) {
    state = between(state);
    if (one.kind === 'epoch') state = raiseEpoch(state, state.epoch + 1);
    else if (one.kind === 'acknowledge') {
      const directive_id = said.directives.at(-1 - one.back)?.id ?? 'none';
      const told = acknowledge(state, { directive_id, status: one.status, at_us: at(minute) });
      state = told.state;
      said.journal.push(...told.journal);
    } else {
      for (const part of ticks) take(tickPolicy(state, at(minute + one.gap * part), context));
      minute += one.gap;
      if (one.kind === 'tick') take(tickPolicy(state, at(minute), context));
      else {
        const inputs = one.streams.map(([index, verdict, total]) =>
          input(minute, VERDICTS[verdict]!, { stream: STREAMS[index]!, total }),
        );
        take(stepPolicy(state, inputs, context));
      }
    }
  }
  return { ...said, state };
}

/** Random courses must reach what the laws speak of, or the laws are empty. */
it('the courses tried here open, close, relapse, renew, escalate, withhold and expire', () => {
  const seen = new Map<string, number>();
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  for (const happenings of fc.sample(course, { numRuns: 60, seed: 7 })) {
    const { journal } = run(happenings);
    for (const entry of journal) {
      count(entry.kind);
      if (entry.kind !== 'directive_issued') continue;
      const body = JSON.parse(entry.body) as { renews: string | null; rule: string };
      if (body.renews !== null) count('renewed');
      if (body.rule === 'harder') count('escalated');
    }
  }
  for (const what of [
    'episode_opened',
    'episode_changed',
    'episode_closed',
    'directive_issued',
    'renewed',
    'escalated',
    'directive_expired',
    'directive_withheld',
    'directive_acknowledged',
  ])
    expect(seen.get(what) ?? 0, what).toBeGreaterThan(10);
});

describe('the policy under any course of events', () => {
  it('says the same when its state is stored as JSON and read back at every step', () => {
    fc.assert(
      fc.property(course, (happenings) => {
        const stored = run(happenings, { between: (state) => JSON.parse(JSON.stringify(state)) as PolicyState });
        expect(stored).toEqual(run(happenings));
      }),
    );
  });

  it('says the same however often it is told the time in between', () => {
    fc.assert(
      fc.property(
        course,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
        (happenings, parts) => {
          const ticks = [...parts].sort((left, right) => left - right);
          expect(run(happenings, { ticks })).toEqual(run(happenings));
        },
      ),
    );
  });

  it('gives every directive an id of its own, a valid form, and an (epoch, seq) above all before', () => {
    fc.assert(
      fc.property(course, (happenings) => {
        const { directives } = run(happenings);
        expect(new Set(directives.map((directive) => directive.id)).size).toBe(directives.length);
        for (const [index, directive] of directives.entries()) {
          expect(directiveSchema.safeParse(directive).success).toBe(true);
          const before = directives[index - 1];
          if (before === undefined) continue;
          expect(directive.epoch).toBeGreaterThanOrEqual(before.epoch);
          expect(directive.seq).toBeGreaterThan(before.seq);
        }
      }),
    );
  });

  it('issues only for an episode that is open, and for one stream has at most one episode open', () => {
    fc.assert(
      fc.property(course, (happenings) => {
        const open = new Map<string, string>();
        for (const entry of run(happenings).journal) {
          const body = JSON.parse(entry.body) as Record<string, string>;
          if (entry.kind === 'episode_opened') {
            const name = `${body.signal} ${body.relationship} ${body.segment}`;
            expect([...open.values()]).not.toContain(name);
            open.set(entry.subject, name);
          }
          if (entry.kind === 'episode_closed') expect(open.delete(entry.subject)).toBe(true);
          if (entry.kind === 'directive_issued') expect(open.has(body.episode_id!)).toBe(true);
        }
      }),
    );
  });

  it('never has the same action in force twice for one cause', () => {
    const happeningsWithoutRejection = course.map((all) => all.filter((one) => one.kind !== 'acknowledge'));
    fc.assert(
      fc.property(happeningsWithoutRejection, (happenings) => {
        const { directives } = run(happenings);
        for (const [index, later] of directives.entries())
          for (const earlier of directives.slice(0, index)) {
            const is_one_cause =
              earlier.action === later.action &&
              earlier.evidence.signal === later.evidence.signal &&
              earlier.evidence.relationship === later.evidence.relationship &&
              segmentsOverlap(earlier.evidence.segment, later.evidence.segment);
            if (is_one_cause && earlier.episode_id !== later.episode_id)
              expect(Date.parse(later.issued_at)).toBeGreaterThanOrEqual(Date.parse(earlier.expires_at));
          }
      }),
    );
  });

  it('keeps a journal whose chain holds and whose head is the one in the state', () => {
    fc.assert(
      fc.property(course, (happenings) => {
        const { journal, state } = run(happenings);
        expect(verifyJournal(journal)).toEqual({ is_intact: true, head: state.journal });
      }),
    );
  });

  it('journals for every directive that it was issued, and names each that ran out once', () => {
    fc.assert(
      fc.property(course, (happenings) => {
        const { journal, directives } = run(happenings);
        const subjects = (kind: string) => journal.filter((entry) => entry.kind === kind).map((entry) => entry.subject);
        expect(subjects('directive_issued')).toEqual(directives.map((directive) => directive.id));
        const expired = subjects('directive_expired');
        expect(new Set(expired).size).toBe(expired.length);
        const expires = new Map(directives.map((directive) => [directive.id, Date.parse(directive.expires_at) * 1000]));
        for (const entry of journal)
          if (entry.kind === 'directive_expired') expect(entry.at_us).toBe(expires.get(entry.subject));
      }),
    );
  });
});
