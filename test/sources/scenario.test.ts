import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PlumblineError } from '../../contracts/errors.js';
import { type Drift, scenarioLabelSchema } from '../../contracts/scenario.js';
import { planDrifts } from '../../sources/simulate/drifts.js';
import { loadScenario, scenarioLabels } from '../../sources/simulate.js';

const demo = loadScenario('demo');
const quiet = loadScenario('quiet');
const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-scenario-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a scenario file', () => {
  const write = (text: string) => {
    writeFileSync(join(folder, 'own.yaml'), text);
    return () => loadScenario('own.yaml', folder);
  };

  test('that extends another differs from it only in what it says', () => {
    expect(quiet).toEqual({ ...demo, name: quiet.name, summary: quiet.summary, drifts: [] });
    expect(write('extends: demo\ncalls_per_day: 50\n')()).toEqual({ ...demo, calls_per_day: 50 });
  });

  test.each([
    ['extends: demo\ncalls_per_day: many\n', 'calls_per_day'],
    ['extends: demo\nsummery: x\n', 'summery'],
    ['extends: demo\ndrifts: [{ kind: answer_collapse', 'own.yaml'],
    ['- a list\n', 'not a YAML mapping'],
    ['extends: nowhere\n', 'nowhere.yaml'],
    ['extends: own.yaml\n', 'own.yaml'],
    [
      "extends: demo\ndrifts: [{ name: fade, kind: commitment_fade, onset: { from: '10:00', until: '11:00' }, campaigns: [winter], ramp_minutes: 5, commitment_shift: { from: -1, until: -1 } }]\n",
      'no campaign "winter"; there are: spring_renewal, home_solar, auto_cover',
    ],
    [
      "extends: demo\ncalendar: { start_date: '2025-13-01', history_days: 1, live_days: 1, time_zone: Mars/Base, calling_from: '09:00', calling_until: '20:00' }\n",
      'start_date',
    ],
    [
      "extends: demo\ndrifts: [{ name: flip, kind: relationship_inversion, onset: { from: '07:00', until: '11:00' } }]\n",
      'the onset must lie within the calling hours',
    ],
  ])('that is wrong is an error which says where: %j', (text, where) => {
    const load = write(text);
    expect(load).toThrow(PlumblineError);
    try {
      load();
    } catch (error) {
      expect((error as PlumblineError).code).toBe('SCENARIO_INVALID');
      expect((error as PlumblineError).describe()).toContain(where);
    }
  });

  test('that leaves a drift no place is an error', () => {
    const drifts = demo.drifts.map((drift) =>
      drift.kind === 'machine_rise' ? { ...drift, campaigns: ['home_solar'] } : drift,
    );
    const fails = SEEDS.some((seed) => {
      try {
        scenarioLabels({ ...demo, drifts }, seed);
        return false;
      } catch (error) {
        return error instanceof PlumblineError && error.code === 'SCENARIO_INVALID';
      }
    });
    expect(fails).toBe(true);
  });
});

describe('the labels of a scenario', () => {
  test('lie within the ranges of the scenario, whatever the seed', () => {
    for (const seed of SEEDS) {
      const plan = planDrifts(demo, seed);
      for (const [index, label] of scenarioLabels(demo, seed).entries()) {
        const drift = demo.drifts[index];
        scenarioLabelSchema.parse(label);
        expect(label.name).toBe(drift.name);
        const onset = new Date(label.onset_us / 1_000 - 5 * 3_600_000).toISOString();
        expect(onset.slice(0, 10)).toBe('2025-10-07');
        expect(onset.slice(11, 16) >= drift.onset.from && onset.slice(11, 16) <= drift.onset.until).toBe(true);
        expect(new Date(label.end_us / 1_000).toISOString()).toBe('2025-10-08T01:00:00.000Z');
        checkSize(drift, plan[index]);
      }
    }
  });

  function checkSize(drift: Drift, planned: ReturnType<typeof planDrifts>[number]): void {
    const within = (value: number, range: { from: number; until: number } | undefined) =>
      expect(value >= range!.from && value <= range!.until).toBe(true);
    if (drift.kind === 'answer_collapse' && planned.kind === drift.kind) within(planned.shift, drift.answer_shift);
    if (drift.kind === 'machine_rise' && planned.kind === drift.kind)
      within(planned.shift, planned.machine === 'voicemail' ? drift.voicemail_shift : drift.call_screening_shift);
    if (drift.kind === 'barge_in_rise' && planned.kind === drift.kind)
      within(planned.factor, drift.interruption_factor);
    if (drift.kind === 'commitment_fade' && planned.kind === drift.kind) within(planned.shift, drift.commitment_shift);
  }

  test('use every place and kind that the scenario allows, and keep apart what must be apart', () => {
    const seen = new Set<string>();
    for (const seed of SEEDS) {
      const labels = scenarioLabels(demo, seed);
      const campaign = (name: string) => labels.find((label) => label.name === name)!.segment.campaign;
      expect(campaign('machine_rise')).not.toBe(campaign('answer_collapse'));
      for (const { name, signal, segment } of labels)
        seen.add(`${name} ${signal ?? ''} ${segment.number_pool ?? segment.campaign ?? segment.agent_version}`);
    }
    expect([...seen].sort()).toEqual(
      [
        ...['south_a', 'south_b', 'west_a', 'west_b'].map((pool) => `answer_collapse answer_rate ${pool}`),
        'barge_in_rise interruption_rate_by_callee v2',
        ...['auto_cover', 'home_solar', 'spring_renewal'].map((name) => `commitment_fade commitment_rate ${name}`),
        ...['auto_cover', 'home_solar'].map((name) => `machine_rise call_screening_rate ${name}`),
        ...['auto_cover', 'home_solar'].map((name) => `machine_rise voicemail_rate ${name}`),
        'relationship_inversion  spring_renewal',
      ].sort(),
    );
  });

  test('of one drift do not depend on the drifts beside it', () => {
    for (const seed of SEEDS.slice(0, 10)) {
      const all = scenarioLabels(demo, seed);
      for (const drift of demo.drifts.filter((entry) => !('apart_from' in entry) || entry.apart_from.length === 0))
        expect(scenarioLabels({ ...demo, drifts: [drift] }, seed)).toEqual(
          all.filter(({ name }) => name === drift.name),
        );
    }
  });
});
