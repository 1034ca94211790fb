import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Config } from '../../contracts/config.js';
import type { Source } from '../../contracts/source.js';
import type { PipelineInput } from '../../pipelines/pipeline.js';
import { vitalsOf } from '../../pipelines/vitals.js';
import { fromFile, newFolder, openSmall } from './small-run.js';

let folder: string;
beforeAll(() => {
  folder = newFolder();
});
afterAll(() => rmSync(folder, { recursive: true }));

const NOW_US = Date.parse('2025-09-15T20:00:00Z') * 1000;

function line(id: string, type: string, time: string, data: object): string {
  return `${JSON.stringify({ specversion: '1.0', id, source: 'control', type, time, data })}\n`;
}

/** Brings one event of days ago, and nothing more until it is stopped. */
const behind: Source = {
  name: 'behind',
  summary: '',
  config: z.looseObject({}),
  async *open(_config, { signal }) {
    const bytes = Buffer.from(line('b', 'source.watermark', '2025-09-08T14:00:00Z', {}));
    yield { input: 'behind', partition: 'behind', first_offset: 1, bytes };
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  },
};

it('an input that holds the watermark back makes nothing grow but the store', async () => {
  const file = join(folder, 'control.ndjson');
  const sizes: number[] = [];
  for (const count of [500, 4_000]) {
    const lines = Array.from({ length: count }, (_, index) =>
      line(`ack-${index}`, 'directive.acknowledged', '2025-09-15T19:00:00Z', {
        directive_id: `nobody-${index}`,
        target: 'all',
        status: 'applied',
      }),
    );
    writeFileSync(file, lines.join(''));
    const stop = new AbortController();
    const run = await openSmall(folder, [{ source: behind, config: {} }, fromFile(file)], {
      land: { batch_rows_max: 500 },
      live: { now_us: NOW_US },
      signal: stop.signal,
      onProgress: ({ events }) => {
        if (events.landed > count) stop.abort();
      },
    });
    try {
      await run.run();
      const { fills, counts } = await vitalsOf(run, NOW_US);
      expect(counts).toContainEqual({ counted: 'waiting_acknowledgements', label: null, state: null, n: count });
      for (const { queue, filled, max } of fills) expect(filled, queue).toBeLessThanOrEqual(max);
      const { rows } = await run.query('select length(state)::integer from pipeline_state');
      sizes.push(rows[0]![0] as number);
    } finally {
      await run.close();
    }
  }
  expect(Math.abs(sizes[1]! - sizes[0]!)).toBeLessThan(100);
});

interface Stuck {
  /** Empty: none. */
  readonly line: string;
  /** At once, when it is stopped, or never: it sends the line again and again until then. */
  readonly ends: 'at_once' | 'when_stopped' | 'never_quiet';
}

/** Brings one line or none, and nothing else. */
const stuck: Source<Stuck> = {
  name: 'stuck',
  summary: '',
  config: z.strictObject({ line: z.string(), ends: z.enum(['at_once', 'when_stopped', 'never_quiet']) }),
  async *open({ line, ends }, { signal }) {
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    for (let offset = 1; !signal.aborted; offset++) {
      if (line !== '') yield { input: 'stuck', partition: 'stuck', first_offset: offset, bytes: Buffer.from(line) };
      if (ends === 'at_once') return;
      if (ends === 'when_stopped') await aborted;
      await Promise.race([aborted, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
  },
};
const NO_EVENT = 'not an event\n';
const SECOND_US = 1_000_000;

it('an input that has sent no event yet holds calls back, and ends nothing', async () => {
  const file = join(folder, 'calls.ndjson');
  const of = (id: string, minute: number) =>
    line(`start-${id}`, 'call.initiated', `2025-09-15T18:${minute}:00Z`, { call_id: id, direction: 'outbound' }) +
    line(`end-${id}`, 'call.ended', `2025-09-15T18:${minute}:30Z`, { call_id: id, disposition: 'no_answer' });
  writeFileSync(file, Array.from({ length: 40 }, (_, index) => of(`call-${index}`, 10 + index)).join(''));
  /** What a run comes to. @param clock what it does once all calls have landed; without one they are replayed */
  const counts = async (
    data_dir: string,
    inputs: readonly PipelineInput[],
    clock?: 'stands' | 'leaps' | 'goes_on',
    land: Partial<Config['land']> = { batch_rows_max: 32, idle_after: '6s' },
    until = '18:50',
  ) => {
    const stop = new AbortController();
    const live = { now_us: NOW_US };
    const moved = {
      stands: () => stop.abort(),
      // After a leap an input has its time again before it is quiet.
      leaps: () => {
        live.now_us = Math.max(live.now_us + 2 * SECOND_US, NOW_US + 150 * SECOND_US);
      },
      // The last chunk may come when it has been moved already, and waits to be flushed as well.
      goes_on: () => {
        live.now_us += 20 * SECOND_US;
      },
    };
    const run = await openSmall(data_dir, inputs, {
      land,
      ...(clock === undefined ? {} : { live, signal: stop.signal }),
      onProgress: ({ events, watermark_us }) => {
        if (clock === undefined || events.landed < 80) return;
        moved[clock]();
        if ((watermark_us ?? 0) >= Date.parse(`2025-09-15T${until}:00Z`) * 1000) stop.abort();
      },
    });
    try {
      await run.run();
      const { rows } = await run.query(`
        select
          (select count(*) from finished_calls)::integer,
          (select count(distinct call_key) from hot_events)::integer,
          (select sum(n) from observations where signal = 'attempt_volume' and segment = 'all')::integer`);
      return rows[0];
    } finally {
      await run.close();
    }
  };
  const data_dir = join(folder, 'held');
  const held = await counts(
    data_dir,
    [{ source: stuck, config: { line: NO_EVENT, ends: 'when_stopped' } }, fromFile(file)],
    'stands',
  );
  expect(held).toEqual([0, 40, null]);
  // It brings nothing for land.idle_after, and holds nothing back any more: whether it sends what is no event again and
  // again, or what has landed already.
  const known = line('known', 'call.ringing', '2025-09-15T18:00:00Z', { call_id: 'another' });
  for (const [name, config, expected] of [
    ['unreadable', { line: NO_EVENT, ends: 'never_quiet' }, [40, 0, 41]],
    ['again', { line: known, ends: 'never_quiet' }, [40, 1, 41]],
  ] as const)
    expect(await counts(join(folder, name), [{ source: stuck, config }, fromFile(file)], 'leaps'), name).toEqual(
      expected,
    );
  // Events that have come again say how far their input is, though their frame has no row.
  const same = [{ source: stuck, config: { line: readFileSync(file, 'utf8'), ends: 'when_stopped' } }, fromFile(file)];
  expect(await counts(join(folder, 'same'), same, 'goes_on', { batch_rows_max: 40 }, '18:49')).toEqual([38, 2, 38]);
  // One that is known from the log, and brings nothing after a restart, is quiet.
  const restarted = join(folder, 'restarted');
  cpSync(data_dir, restarted, { recursive: true });
  const silent = { source: stuck, config: { line: '', ends: 'when_stopped' } };
  expect(await counts(restarted, [silent], 'leaps')).toEqual([40, 0, 41]);
  const let_go = await counts(data_dir, [{ source: stuck, config: { line: NO_EVENT, ends: 'at_once' } }]);
  expect(let_go).toEqual(await counts(join(folder, 'alone'), [fromFile(file)]));
  expect(let_go).toEqual([40, 0, 50]);
});
