import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Sink } from '../../contracts/sink.js';
import { hang, type ScriptedSink, scriptedSink } from '../sinks/scripted-sink.js';
import { copyPrepared, GOING_ON } from './prepared-run.js';
import { newFolder, openSmall, smallConfig } from './small-run.js';

let folder: string;
beforeAll(async () => {
  folder = newFolder();
  await copyPrepared('stopped', folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The last minute that the small fleet calls in. */
const NOW_US = Date.parse('2025-09-15T20:00:00Z') * 1000;

function asSink(name: string, opened: ScriptedSink): Sink {
  return { name, summary: '', config: z.looseObject({}), open: async () => opened };
}

function follow(opened: Readonly<Record<string, ScriptedSink>>, inputs: 'events' | 'none') {
  const { policy, emit, ...config } = smallConfig({ future_max: '1d' });
  const rules = policy.rules.map((rule) => ({ ...rule, directive: { ...rule.directive, lease: '12h' } }));
  return openSmall(folder, inputs === 'events' ? [GOING_ON] : [], {
    config: {
      ...config,
      policy: { ...policy, rules },
      emit: { ...emit, timeout: '1d', drain: '1s' },
      sinks: Object.keys(opened).map((use) => ({ use })),
    },
    sinks: Object.fromEntries(Object.entries(opened).map(([name, sink]) => [name, asSink(name, sink)])),
    live: { now_us: NOW_US },
  });
}

it('a sink that never answers stalls neither the landing nor another sink nor the end, and gets all of it later', async () => {
  const [hung, healthy] = [scriptedSink([hang]), scriptedSink()];
  const run = await follow({ hung, healthy }, 'events');
  await run.run();
  const { events, directives } = run.progress;
  await run.close();
  expect(events.received).toBe(events.landed + events.duplicate + events.rejected);
  expect(directives).toBeGreaterThan(0);
  expect(healthy.taken).toHaveLength(directives);
  expect(hung.handed).toHaveLength(1);
  expect(hung.taken).toEqual([]);

  const [answers, again] = [scriptedSink(), scriptedSink()];
  const next = await follow({ hung: answers, healthy: again }, 'none');
  await next.run();
  await next.close();
  expect(answers.taken).toEqual(healthy.taken);
  expect(again.taken).toEqual([]);
});
