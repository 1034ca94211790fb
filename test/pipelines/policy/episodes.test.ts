import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../contracts/verdict.js';
import {
  type EpisodeTrack,
  initTrack,
  type StreamVerdict,
  stepTrack,
  type TrackStep,
} from '../../../pipelines/policy/episodes.js';
import { BACK, DRIFT, input, QUIET, recoveryCusum, START_US, STILL_LOW, stream, WARN } from './stream-verdicts.js';

const context = { effect_confidence_min: 0.9, recovery_calls: 1_000, recovery: recoveryCusum };
/** ln 1,000 = 6.9: seven windows back at the baseline in a row. */
const WINDOWS_TO_RECOVER = 7;

function run(inputs: readonly StreamVerdict[], from: EpisodeTrack = initTrack()) {
  let track = from;
  const steps: TrackStep[] = [];
  for (const one of inputs) {
    const step = stepTrack(track, one, context);
    steps.push(step);
    track = step.track;
  }
  return { track, steps, changes: steps.flatMap((step) => step.changes) };
}

const minutes = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

describe('the state machine of a stream', () => {
  it('leaves a quiet healthy stream as the very same object', () => {
    const track = initTrack();
    expect(stepTrack(track, input(0, QUIET), context).track).toBe(track);
    expect(stepTrack(track, input(0, { ...DRIFT, state: 'insufficient' }), context).track).toBe(track);
  });

  it('is suspect at the warning level and healthy again once quiet, without an episode', () => {
    const { steps, changes } = run([input(0, WARN), input(1, QUIET)]);
    expect(steps.map((step) => step.track.state)).toEqual(['suspect', 'healthy']);
    expect(changes).toEqual([]);
  });

  const below: readonly [string, Verdict][] = [
    ['the effect is not worth acting on with enough confidence', { ...DRIFT, effect_confidence: 0.89 }],
    ['the last window is no longer on the drifted side', { ...DRIFT, is_still_drifted: false }],
    ['the evidence has no direction', { ...DRIFT, direction: 'none' }],
  ];
  it.each(below)('stays suspect at the threshold while %s', (_, verdict) => {
    const { track, changes, steps } = run([input(0, verdict)]);
    expect(track.state).toBe('suspect');
    expect(changes).toEqual([]);
    expect(steps[0]!.reset_detector).toBe(false);
  });

  it('opens an episode when the gate holds, with the figures since the change, and has the detector start anew', () => {
    const { steps, changes } = run([input(0, DRIFT)]);
    expect(steps[0]!.reset_detector).toBe(true);
    expect(changes).toHaveLength(1);
    const { kind, episode } = changes[0]!;
    expect(kind).toBe('opened');
    expect(episode).toMatchObject({
      signal: 'answer_rate',
      relationship: null,
      segment: 'number_pool=p1',
      direction: 'down',
      is_harmful: true,
      label: null,
      part: null,
      began_us: DRIFT.change_us,
      detected_us: START_US,
      closed_us: null,
      state: 'drifted',
      expected: 0.3,
      observed: 0.18,
      units: 400,
      severity: 'major',
      baseline_version: 'b28',
      verdict: DRIFT,
    });
    expect(episode.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('opens an episode for a drift that is no harm too', () => {
    const { changes } = run([input(0, { ...DRIFT, direction: 'up', effect: 0.6, is_harmful: false })]);
    expect(changes[0]!.episode).toMatchObject({ direction: 'up', is_harmful: false });
  });

  it('takes the window itself where the span since the change has no figures', () => {
    const { changes } = run([input(0, DRIFT, { since_change: null, total: 5 })]);
    expect(changes[0]!.episode).toMatchObject({ observed: 0.2, expected: 0.3, units: 400 });
    const correlation = {
      correlation: -0.6,
      correlation_low: -0.7,
      correlation_high: -0.5,
      x_sd: 1,
      y_sd: 1,
      is_sufficient: true,
    };
    const pair = input(0, { ...DRIFT, direction: 'up', effect: 1, label: 'inverted' });
    const relationship = run([
      {
        ...pair,
        stream: stream({ signal: null, relationship: 'answer_voicemail', kind: 'relationship', harmful: 'either' }),
        since_change: { n: 0, observed: Number.NaN, expected: 0, expected_low: 0, expected_high: 0 },
        window: { ...pair.window, expected_correlation: correlation },
      },
    ]).changes[0]!.episode;
    expect(relationship).toMatchObject({ expected: -0.6, expected_low: -0.7, label: 'inverted' });
    expect(relationship.observed).toBeCloseTo(Math.tanh(Math.atanh(-0.6) + 1), 12);
  });

  it('never opens a second episode while one is open, whatever the verdicts say', () => {
    const { changes } = run([input(0, DRIFT), ...minutes(1, 50).map((minute) => input(minute, DRIFT, STILL_LOW))]);
    expect(changes.map((change) => change.kind)).toEqual(['opened']);
  });

  it('is not closed by quiet verdicts or by time: only the recovery detector closes it', () => {
    const { track } = run([input(0, DRIFT), ...minutes(60, 500).map((minute) => input(minute, QUIET, STILL_LOW))]);
    expect(track.open).not.toBeNull();
  });

  it('goes through recovering to healthy on evidence of recovery, and has the detector start anew', () => {
    const { steps, changes, track } = run([
      input(0, DRIFT),
      ...minutes(1, WINDOWS_TO_RECOVER).map((minute) => input(minute, QUIET, BACK)),
    ]);
    expect(changes.map((change) => [change.kind, change.episode.state])).toEqual([
      ['opened', 'drifted'],
      ['changed', 'recovering'],
      ['closed', 'healthy'],
    ]);
    expect(new Set(changes.map((change) => change.episode.id)).size).toBe(1);
    expect(changes[2]!.episode.closed_us).toBe(START_US + WINDOWS_TO_RECOVER * 60_000_000);
    expect(steps.at(-1)!.reset_detector).toBe(true);
    expect(track.open).toBeNull();
  });

  it('does not flap between drifted and recovering while the evidence stands near the boundary', () => {
    const to_and_fro = minutes(1, 60).map((minute) =>
      input(minute, QUIET, minute <= 6 || minute % 2 === 0 ? BACK : STILL_LOW),
    );
    const { changes } = run([input(0, DRIFT), ...to_and_fro]);
    expect(changes.filter((change) => change.kind === 'changed').length).toBeLessThanOrEqual(1);
  });

  it('falls back from recovering to drifted when the evidence goes away', () => {
    const { changes } = run([
      input(0, DRIFT),
      ...minutes(1, 6).map((minute) => input(minute, QUIET, BACK)),
      ...minutes(7, 3).map((minute) => input(minute, QUIET, STILL_LOW)),
    ]);
    expect(changes.map((change) => change.episode.state)).toEqual(['drifted', 'recovering', 'drifted']);
  });

  it('never closes an episode without a recovery detector, or with one that does not know the kind', () => {
    const without = [null, { ...recoveryCusum, kinds: ['rate' as const] }];
    for (const recovery of without) {
      let track = stepTrack(initTrack(), input(0, DRIFT), { ...context, recovery }).track;
      for (const minute of minutes(1, 40))
        track = stepTrack(track, input(minute, QUIET, BACK), { ...context, recovery }).track;
      expect(track.state).toBe('drifted');
    }
  });

  it('takes no window without calls for evidence or for news', () => {
    const { track } = run([input(0, DRIFT)]);
    const empty = input(1, QUIET);
    expect(stepTrack(track, { ...empty, window: { ...empty.window, n: 0, total: 0 } }, context).track).toBe(track);
  });

  it('asks for twice the evidence after every relapse, up to eight times, and for the usual after a calm spell', () => {
    const thresholds: number[] = [];
    let track = initTrack();
    let minute = 0;
    const episode = (gap_minutes: number) => {
      minute += gap_minutes;
      const change_us = START_US + minute * 60_000_000;
      track = run([input(minute, { ...DRIFT, change_us })], track).track;
      thresholds.push(Math.exp((track.open!.recovery as { log_threshold: number }).log_threshold));
      while (track.open !== null) track = run([input(++minute, QUIET, BACK)], track).track;
    };
    for (const gap of [0, 2, 2, 2, 2, 1_000]) episode(gap);
    expect(thresholds.map(Math.round)).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 1_000]);
  });

  it('makes the id of an episode of what was decided: stream, baseline, direction and window', () => {
    const idOf = (one: StreamVerdict) => run([one]).changes[0]!.episode.id;
    const ids = [
      input(0, DRIFT),
      input(1, DRIFT),
      input(0, { ...DRIFT, direction: 'up' }),
      input(0, DRIFT, { baseline_version: 'b29' }),
      input(0, DRIFT, { stream: stream({ segment: 'number_pool=p2' }) }),
      input(0, DRIFT, { stream: stream({ signal: null, relationship: 'answer_rate' }) }),
    ].map(idOf);
    expect(new Set(ids).size).toBe(ids.length);
    expect(idOf(input(0, DRIFT, { since_change: null }))).toBe(ids[0]);
  });
});

describe('severity', () => {
  const severity = (verdict: Partial<Verdict>) =>
    run([input(0, { ...DRIFT, ...verdict })]).changes[0]!.episode.severity;
  it('grows with the effect, on either side', () => {
    expect([0.2, -0.2, 0.6, -0.6, 1, -1].map((effect) => severity({ effect }))).toEqual([
      'minor',
      'minor',
      'major',
      'major',
      'critical',
      'critical',
    ]);
  });
  it('weighs strong evidence more: the same shift may come out a step higher', () => {
    expect(severity({ effect: -0.7 })).toBe('major');
    expect(severity({ effect: -0.7, log_evidence: 15 + Math.log(20) })).toBe('critical');
  });
});

describe('the state machine under any sequence of windows', () => {
  const anyInput = fc.record({
    verdict: fc.constantFrom(
      QUIET,
      WARN,
      DRIFT,
      { ...DRIFT, direction: 'up' as const },
      { ...DRIFT, is_still_drifted: false },
    ),
    total: fc.constantFrom(2, 4, 8, 12),
    n: fc.constantFrom(0, 25, 25, 25, 25),
  });
  const sequence = fc.array(anyInput, { maxLength: 120 }).map((parts) =>
    parts.map(({ verdict, total, n }, minute) => {
      const made = input(minute, verdict, { total });
      return { ...made, window: { ...made.window, n, total: Math.min(n, total) } };
    }),
  );

  it('opens and closes in turn, and every change is of the episode that is open', () => {
    fc.assert(
      fc.property(sequence, (inputs) => {
        let open: string | null = null;
        for (const change of run(inputs).changes) {
          if (change.kind === 'opened') {
            expect(open).toBeNull();
            open = change.episode.id;
          } else {
            expect(change.episode.id).toBe(open);
            if (change.kind === 'closed') open = null;
          }
        }
      }),
    );
  });

  it('gives the same changes when the track is stored as JSON and read back before every step', () => {
    fc.assert(
      fc.property(sequence, (inputs) => {
        let track = initTrack();
        const changes = inputs.flatMap((one) => {
          const step = stepTrack(JSON.parse(JSON.stringify(track)), one, context);
          track = step.track;
          return step.changes;
        });
        expect(changes).toEqual(run(inputs).changes);
      }),
    );
  });
});
