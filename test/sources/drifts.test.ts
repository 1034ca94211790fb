import { describe, expect, test } from 'vitest';
import type { Drift, Scenario } from '../../contracts/scenario.js';
import { AGENT_COMMITMENTS } from '../../sources/simulate/phrases.js';
import { loadScenario, scenarioLabels } from '../../sources/simulate.js';
import { type SimulatedCall, simulatedCalls, simulatedEvents } from './simulated-events.js';

const demo = loadScenario('demo');

/** A fleet large enough for one day to show what the labels say, without the coupling's swings. */
const oneDay: Scenario = {
  ...demo,
  calls_per_day: 20_000,
  coupling: null,
  calendar: { ...demo.calendar, start_date: '2025-10-07', history_days: 0 },
  drifts: demo.drifts
    .filter(({ kind }) => kind !== 'relationship_inversion')
    .map((drift) => ({ ...drift, onset: { from: '13:00', until: '13:00' } })),
};

describe('what a label says is what the events show', () => {
  const seed = 5;
  const events = simulatedEvents(oneDay, seed);
  const calls = [...simulatedCalls(events, AGENT_COMMITMENTS).values()];
  const labels = scenarioLabels(oneDay, seed);
  const usual = [...simulatedCalls(simulatedEvents({ ...oneDay, drifts: [] }, seed), AGENT_COMMITMENTS).values()];
  const label = (name: string) => labels.find((entry) => entry.name === name)!;
  /** Calls of two hours, of a segment, from the onset on (ramps left out). */
  const fromOnset = (all: readonly SimulatedCall[], name: string) => {
    const { segment, onset_us, ramp_minutes } = label(name);
    const from_ms = onset_us / 1_000 + ramp_minutes * 60_000;
    return all.filter(
      (call) =>
        call.dialled_ms >= from_ms &&
        call.dialled_ms < from_ms + 7_200_000 &&
        (segment.campaign === undefined || call.campaign === segment.campaign) &&
        (segment.number_pool === undefined || call.number_pool === segment.number_pool),
    );
  };
  /** `k` of `n` against a share, within four standard errors (and a little for the wave of the day). */
  const near = (k: number, n: number, share: number, dispersion = 1) =>
    expect(Math.abs(k / n - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share) * dispersion) / n) + 0.015);

  test('answers collapse in the pool', () => {
    const { p0, p1, dispersion } = label('answer_collapse').truth!;
    for (const [all, share] of [
      [usual, p0],
      [calls, p1],
    ] as const) {
      const own = fromOnset(all, 'answer_collapse');
      near(own.filter((call) => call.answered).length, own.length, share, dispersion);
    }
    const marked = events.filter(({ type }) => type === 'number.reputation');
    expect(marked.length).toBe(4);
    expect(Date.parse(marked[0].time) * 1_000).toBe(label('answer_collapse').onset_us);
    for (const { data } of marked) expect(data.number_pool).toBe(label('answer_collapse').segment.number_pool);
  });

  test('machines rise in the campaign', () => {
    const { signal, truth } = label('machine_rise');
    const machine = signal === 'voicemail_rate' ? 'voicemail' : 'call_screening';
    for (const [all, share] of [
      [usual, truth!.p0],
      [calls, truth!.p1],
    ] as const) {
      const answered = fromOnset(all, 'machine_rise').filter((call) => call.answered);
      near(answered.filter((call) => call.answered_by === machine).length, answered.length, share, truth!.dispersion);
    }
  });

  test('commitments fade in the campaign', () => {
    const { p0, p1 } = label('commitment_fade').truth!;
    for (const [all, share] of [
      [usual, p0],
      [calls, p1],
    ] as const) {
      const own = fromOnset(all, 'commitment_fade');
      const turns = own.reduce((sum, call) => sum + call.agent_turns, 0);
      // Of all turns, half are the agents'; callees commit at a rate of their own.
      const ofAgents = 2 * share - oneDay.levels.callee_commitment_rate;
      near(
        own.reduce((sum, call) => sum + call.agent_commitments, 0),
        turns,
        ofAgents,
      );
    }
  });

  test('the new version takes over its share of the calls and is interrupted more, the old one is not', () => {
    const own = fromOnset(calls, 'barge_in_rise');
    const drift = oneDay.drifts.find((entry) => entry.kind === 'barge_in_rise')!;
    near(own.filter((call) => call.agent_version === 'v2').length, own.length, drift.call_share);
    const { p0, p1 } = label('barge_in_rise').truth!;
    for (const [version, rate] of [
      ['v1', p0],
      ['v2', p1],
    ] as const) {
      const human = own.filter((call) => call.agent_version === version && call.answered_by === 'human');
      const minutes = human.reduce((sum, call) => sum + call.talk_ms / 60_000, 0);
      const interruptions = human.reduce((sum, call) => sum + call.interruptions_by_callee, 0);
      expect(Math.abs(interruptions / minutes - rate)).toBeLessThan(4 * Math.sqrt(rate / minutes));
    }
    expect(usual.every((call) => call.agent_version === 'v1')).toBe(true);
  });
});

describe('a drift', () => {
  const only = (kind: Drift['kind']): Scenario => ({
    ...oneDay,
    calls_per_day: 3_000,
    coupling: demo.coupling,
    drifts: demo.drifts.filter((drift) => drift.kind === kind),
  });
  const seed = 8;
  const without = simulatedCalls(simulatedEvents({ ...only('answer_collapse'), drifts: [] }, seed));

  test.each(demo.drifts.map(({ kind }) => kind))(
    '%s changes no call before it begins or outside its segment',
    (kind) => {
      const [{ segment, onset_us }] = scenarioLabels(only(kind), seed);
      const calls = simulatedCalls(simulatedEvents(only(kind), seed));
      expect([...calls.keys()].sort()).toEqual([...without.keys()].sort());
      let changed = 0;
      for (const [id, call] of calls) {
        const isInside =
          call.dialled_ms * 1_000 >= onset_us &&
          (segment.campaign ?? call.campaign) === call.campaign &&
          (segment.number_pool ?? call.number_pool) === call.number_pool &&
          (segment.agent_version ?? call.agent_version) === call.agent_version;
        if (isInside) changed += 1;
        // A millisecond apart is the same moment: events of one millisecond are moved, and which ones may differ.
        else expect({ ...call, dialled_ms: 0 }).toEqual({ ...without.get(id), dialled_ms: 0 });
      }
      expect(changed).toBeGreaterThan(100);
    },
  );
});
