import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Watermarks } from '../../../pipelines/land/watermarks.js';
import {
  before,
  chunkOf,
  dataDir,
  eventLine,
  eventsOf,
  landAll,
  MINUTE_US,
  NOW_US,
  openLanding,
  rowsOf,
} from './opened-landing.js';

const at = (id: string, us: number) => eventLine(id, 'call.ringing', { call_id: 'c' }, { time: before(us) });
const promise = (id: string, us: number) => eventLine(id, 'source.watermark', {}, { time: before(us) });
const from = (input: string) => ({ input, partition: input });
const LATENESS_US = 30_000_000;

describe('the watermark', () => {
  test('stays the lateness behind the newest event, and marks what is older as late', async () => {
    const landing = await openLanding(dataDir());
    const frames = await landAll(
      landing,
      chunkOf([at('a', MINUTE_US), at('b', MINUTE_US + LATENESS_US), at('c', MINUTE_US + LATENESS_US + 1), at('d', 0)]),
    );
    expect(landing.watermark_us).toBe(NOW_US - LATENESS_US);
    const rows = rowsOf(eventsOf(frames).map(({ batch }) => batch));
    expect(rows.map(({ event_id, is_late }) => [event_id, is_late])).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 1],
      ['d', 0],
    ]);
    expect(landing.conservation.late).toBe(1);
    await landing.close();
  });

  test('comes up to what a source promises', async () => {
    const landing = await openLanding(dataDir());
    const frames = await landAll(
      landing,
      chunkOf([at('a', 5 * MINUTE_US), promise('w', MINUTE_US), at('b', 2 * MINUTE_US)]),
    );
    expect(landing.watermark_us).toBe(NOW_US - MINUTE_US);
    expect(rowsOf(eventsOf(frames).map(({ batch }) => batch)).map(({ is_late }) => is_late)).toEqual([0, 0, 1]);
    await landing.close();
  });

  test('is held back by the input that lags, and goes on when that one is idle, ended, or comes up', async () => {
    const landing = await openLanding(dataDir());
    await landAll(landing, chunkOf([at('a', 10 * MINUTE_US)], from('slow')));
    await landAll(landing, chunkOf([at('b', MINUTE_US)], from('quick')));
    const slow_us = NOW_US - 10 * MINUTE_US - LATENESS_US;
    expect(landing.watermark_us).toBe(slow_us);
    const idle = await landing.control({ kind: 'input_idle', input: 'slow', until_us: NOW_US - 9 * MINUTE_US });
    expect(idle.watermark_us).toBe(NOW_US - MINUTE_US - LATENESS_US);
    // It wakes up: the watermark does not go back, and is held again.
    const woken = await landAll(landing, chunkOf([at('c', 5 * MINUTE_US)], { ...from('slow'), first_offset: 2 }));
    expect(woken[0]?.watermark_us).toBe(NOW_US - MINUTE_US - LATENESS_US);
    expect(rowsOf(eventsOf(woken).map(({ batch }) => batch))[0]?.is_late).toBe(1);
    await landAll(landing, chunkOf([at('d', 0)], { ...from('quick'), first_offset: 2 }));
    expect(landing.watermark_us).toBe(NOW_US - MINUTE_US - LATENESS_US);
    const ended = await landing.control({ kind: 'input_ended', input: 'slow' });
    expect(ended.watermark_us).toBe(NOW_US - LATENESS_US);
    const drained = await landing.control({ kind: 'drained', until_us: NOW_US + MINUTE_US });
    expect(drained.watermark_us).toBe(NOW_US + MINUTE_US);
    await landing.close();
  });

  test('is held back by an input that has only sent what was kept out', async () => {
    const landing = await openLanding(dataDir());
    await landAll(landing, chunkOf(['x'], from('broken')), chunkOf([at('a', 0)], from('sound')));
    expect(landing.watermark_us).toBe(Number.NEGATIVE_INFINITY);
    await landing.control({ kind: 'input_ended', input: 'broken' });
    expect(landing.watermark_us).toBe(NOW_US - LATENESS_US);
    await landing.close();
  });

  test('comes up with an input that brings what another has brought, and is not moved by one that goes back', async () => {
    const data_dir = dataDir();
    let landing = await openLanding(data_dir);
    await landAll(
      landing,
      chunkOf([at('a', 9 * MINUTE_US)], from('first')),
      chunkOf([at('a', 9 * MINUTE_US)], from('second')),
      chunkOf([at('b', 0)], { ...from('first'), first_offset: 2 }),
    );
    expect(landing.watermark_us).toBe(NOW_US - 9 * MINUTE_US - LATENESS_US);
    // What duplicates alone have moved is in the log.
    await landing.close();
    landing = await openLanding(data_dir);
    expect(landing.watermark_us).toBe(NOW_US - 9 * MINUTE_US - LATENESS_US);
    expect(landing.inputs.second).toEqual([NOW_US - 9 * MINUTE_US, null, false, false]);
    await landing.control({ kind: 'input_idle', input: 'first', until_us: NOW_US });
    await landAll(landing, chunkOf([at('a', 9 * MINUTE_US), at('b', 0)], { ...from('first'), first_offset: 3 }));
    expect(landing.inputs.first).toEqual([NOW_US, NOW_US, true, false]);
    await landAll(
      landing,
      chunkOf([promise('w', MINUTE_US)], { ...from('first'), first_offset: 5 }),
      chunkOf([promise('w', MINUTE_US)], { ...from('second'), first_offset: 2 }),
    );
    expect(landing.watermark_us).toBe(NOW_US - MINUTE_US);
    expect(landing.conservation).toEqual({ received: 7, landed: 3, rejected: 0, duplicate: 4, late: 0 });
    await landing.close();
  });

  test('of a source that promises is that of a source which is not idle', async () => {
    const landing = await openLanding(dataDir());
    await landAll(
      landing,
      chunkOf([at('a', 10 * MINUTE_US)], from('quiet')),
      chunkOf([at('b', 9 * MINUTE_US)], from('busy')),
    );
    await landing.control({ kind: 'input_idle', input: 'quiet', until_us: NOW_US - 8 * MINUTE_US });
    await landAll(landing, chunkOf([promise('w', 7 * MINUTE_US)], { ...from('quiet'), first_offset: 2 }));
    await landAll(landing, chunkOf([at('c', 0)], { ...from('busy'), first_offset: 2 }));
    expect(landing.watermark_us).toBe(NOW_US - 7 * MINUTE_US);
    await landing.close();
  });

  test('never goes back, and is never ahead of an input that is neither idle nor ended', () => {
    const input = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('event' as const), input, us: fc.nat(1_000) }),
      fc.record({ kind: fc.constant('promise' as const), input, us: fc.nat(1_000) }),
      fc.record({ kind: fc.constant('idle' as const), input, us: fc.nat(1_000) }),
      fc.record({ kind: fc.constant('ended' as const), input, us: fc.nat(1_000) }),
      fc.record({ kind: fc.constant('restart' as const), input, us: fc.nat(1_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        let watermarks = new Watermarks(10);
        let last_us = Number.NEGATIVE_INFINITY;
        for (const { kind, input: name, us } of steps) {
          if (kind === 'event') watermarks.observe(watermarks.input(name), us);
          if (kind === 'promise') watermarks.promise(watermarks.input(name), us);
          if (kind === 'idle') watermarks.idle(name, us);
          if (kind === 'ended') watermarks.ended(name);
          if (kind === 'restart') {
            const state = JSON.parse(JSON.stringify(watermarks.state()));
            const { overall_us } = watermarks;
            watermarks = new Watermarks(10);
            watermarks.restore(state, Number.isFinite(overall_us) ? overall_us : null);
            expect(watermarks.overall_us).toBe(overall_us);
          }
          expect(watermarks.overall_us).toBeGreaterThanOrEqual(last_us);
          if (watermarks.overall_us > last_us)
            for (const [newest, promised, is_idle, is_ended] of Object.values(watermarks.state())) {
              const own = Math.max((newest ?? Number.NEGATIVE_INFINITY) - 10, promised ?? Number.NEGATIVE_INFINITY);
              if (!is_idle && !is_ended) expect(watermarks.overall_us).toBeLessThanOrEqual(own);
            }
          last_us = watermarks.overall_us;
        }
      }),
    );
  });

  test('cuts the batch where it reaches the boundary that was set', async () => {
    const landing = await openLanding(dataDir());
    landing.setBoundary(NOW_US - 5 * MINUTE_US);
    const seen: (readonly [number, number])[] = [];
    const lines = Array.from({ length: 10 }, (_, minute) => at(`e-${minute}`, (9 - minute) * MINUTE_US));
    for await (const frame of landing.land(chunkOf(lines))) {
      if (frame.kind === 'events') seen.push([frame.batch.rows, frame.watermark_us]);
      landing.setBoundary(null);
    }
    expect(seen).toEqual([[6, NOW_US - 4 * MINUTE_US - LATENESS_US]]);
    expect((await landing.flush())?.kind).toBe('events');
    await landing.close();
  });
});
