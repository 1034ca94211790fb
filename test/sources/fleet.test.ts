import { describe, expect, test } from 'vitest';
import type { Drift, Scenario } from '../../contracts/scenario.js';
import { loadScenario, scenarioLabels } from '../../sources/simulate.js';
import { type SimulatedCall, simulatedCalls, simulatedEvents } from './simulated-events.js';

const demo = loadScenario('demo');
const CALL_TYPES = ['call.initiated', 'call.answered', 'call.amd'];

describe('the quiet fleet', () => {
  /** Eight days of the coupled campaign alone, every hour like the other. */
  const days = (drifts: Scenario['drifts']) => {
    const scenario: Scenario = {
      ...demo,
      calls_per_day: 6_500,
      campaigns: [{ ...demo.campaigns[0], share: 1 }],
      variation: {
        ...demo.variation,
        weekday_volumes: [1, 1, 1, 1, 1, 1, 1],
        answer_daily: 0,
        answer_weekly: 0,
        voicemail_daily: 0,
        volume_swing: 0,
      },
      calendar: { ...demo.calendar, history_days: 0, live_days: 8 },
      drifts,
    };
    const calls = () => [...simulatedCalls(simulatedEvents(scenario, 4, CALL_TYPES)).values()];
    return { scenario, calls };
  };
  const inverted: Drift[] = [
    { name: 'flip', kind: 'relationship_inversion', onset: { from: '09:00', until: '09:00' } },
  ];

  function rates(calls: readonly SimulatedCall[]) {
    const windows = new Map<number, { n: number; answered: number; voicemail: number }>();
    for (const call of calls) {
      const key = Math.floor(call.dialled_ms / 900_000);
      const window = windows.get(key) ?? { n: 0, answered: 0, voicemail: 0 };
      windows.set(key, window);
      window.n += 1;
      if (call.answered) window.answered += 1;
      if (call.answered_by === 'voicemail') window.voicemail += 1;
    }
    const points = [...windows.values()].map(({ n, answered, voicemail }) => [answered / n, voicemail / answered]);
    const total = (key: 'n' | 'answered' | 'voicemail') =>
      [...windows.values()].reduce((sum, window) => sum + window[key], 0);
    return {
      correlation: correlation(points),
      answer_rate: total('answered') / total('n'),
      voicemail_rate: total('voicemail') / total('answered'),
    };
  }

  function correlation(points: readonly number[][]): number {
    const mean = (index: number) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
    const [x, y] = [mean(0), mean(1)];
    let [xx, yy, xy] = [0, 0, 0];
    for (const point of points) {
      xx += (point[0] - x) ** 2;
      yy += (point[1] - y) ** 2;
      xy += (point[0] - x) * (point[1] - y);
    }
    return xy / Math.sqrt(xx * yy);
  }

  test('couples answers and voicemail as the label says; an inversion turns that round and leaves both rates', () => {
    const before = days([]);
    const after = days(inverted);
    const [{ coupling }] = scenarioLabels(after.scenario, 4);
    const [usual, turned] = [rates(before.calls()), rates(after.calls())];
    expect(Math.abs(usual.correlation - coupling!.r0)).toBeLessThan(0.08);
    expect(Math.abs(turned.correlation - coupling!.r1)).toBeLessThan(0.08);
    expect(coupling!.r0).toBeLessThan(-0.6);
    expect(turned.answer_rate).toBe(usual.answer_rate);
    expect(Math.abs(turned.voicemail_rate - usual.voicemail_rate)).toBeLessThan(0.02);
  });

  test('varies from minute to minute as much as its dispersion says', () => {
    const scenario: Scenario = {
      ...days([]).scenario,
      coupling: null,
      variation: {
        ...demo.variation,
        intra_minute_correlation: 0.1,
        answer_daily: 0,
        answer_weekly: 0,
        weekday_volumes: [1, 1, 1, 1, 1, 1, 1],
      },
    };
    const minutes = new Map<string, { n: number; answered: number }>();
    const calls = [...simulatedCalls(simulatedEvents(scenario, 6, CALL_TYPES)).values()].filter(
      (call) => call.number_pool === 'midwest_a',
    );
    for (const call of calls) {
      const minute = minutes.get(`${Math.floor(call.dialled_ms / 60_000)}`) ?? { n: 0, answered: 0 };
      minutes.set(`${Math.floor(call.dialled_ms / 60_000)}`, minute);
      minute.n += 1;
      if (call.answered) minute.answered += 1;
    }
    const share = calls.filter((call) => call.answered).length / calls.length;
    let [squares, pairs] = [0, 0];
    for (const { n, answered } of minutes.values()) {
      squares += (answered - n * share) ** 2 - n * share * (1 - share);
      pairs += n * (n - 1) * share * (1 - share);
    }
    expect(squares / pairs).toBeGreaterThan(0.085);
    expect(squares / pairs).toBeLessThan(0.115);
  });
});
