import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Duplicates } from '../../../pipelines/land/duplicates.js';
import { before, chunkOf, dataDir, eventLine, landAll, MINUTE_US, openLanding } from './opened-landing.js';

const HOUR_US = 60 * MINUTE_US;
const BODY = 7;
const fingerprint = (id: number) =>
  Uint32Array.of(Math.imul(id, 0x9e3779b1), id ^ 0x5bd1e995, Math.imul(id, 0x85ebca6b));
const at = (id: string, us: number, source = 'fleet') =>
  eventLine(id, 'call.ringing', { call_id: 'c' }, { time: before(us), source });

describe('duplicates', () => {
  test('are known by source and id together', async () => {
    const landing = await openLanding(dataDir());
    await landAll(landing, chunkOf([at('e-1', 0), at('e-1', 0), at('e-1', 0, 'fleet/2'), at('e-2', 0)]));
    expect(landing.conservation).toMatchObject({ received: 4, landed: 3, duplicate: 1, rejected: 0 });
    await landing.close();
  });

  test('are not mixed up where source and id run together', async () => {
    const landing = await openLanding(dataDir());
    await landAll(landing, chunkOf([at('bc', 0, 'a'), at('c', 0, 'ab'), at('', 0, 'abc'), at('abc', 0, 'x')]));
    expect(landing.conservation).toMatchObject({ landed: 3, duplicate: 0, rejected: 1 });
    await landing.close();
  });

  test('are still known after a restart, and after one more', async () => {
    const data_dir = dataDir();
    for (let round = 0; round < 3; round++) {
      const landing = await openLanding(data_dir);
      await landAll(landing, chunkOf([at('e-1', 0), at('e-2', 0), at(`new-${round}`, 0)]));
      await landing.close();
    }
    const landing = await openLanding(data_dir);
    expect(landing.conservation).toMatchObject({ received: 9, landed: 5, duplicate: 4 });
    await landing.close();
  });

  test('are known for the whole horizon, and forgotten two horizons later', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 2, maxLength: 200, size: 'max' }), (steps) => {
        const horizon_us = 100;
        const duplicates = new Duplicates(1_024, horizon_us);
        const came = new Map<number, number>();
        let now_us = 0;
        let seq = 0;
        for (const step of steps) {
          now_us += step;
          const id = step;
          const first_us = came.get(id);
          const isKnown = duplicates.seen(fingerprint(id), BODY, now_us, seq) === 'again';
          if (first_us !== undefined && now_us - first_us < horizon_us) expect(isKnown).toBe(true);
          if (first_us === undefined) expect(isKnown).toBe(false);
          if (!isKnown) {
            came.set(id, now_us);
            seq++;
          }
        }
      }),
    );
    const duplicates = new Duplicates(1_024, 100);
    for (const us of [0, 100, 200]) expect(duplicates.seen(fingerprint(us), BODY, us, us)).toBe('new');
    expect(duplicates.seen(fingerprint(0), BODY, 200, 3)).toBe('new');
    expect(duplicates.shortened).toBe(0);
  });

  test('take a fixed memory however many events come, and say when the horizon became shorter for it', () => {
    const duplicates = new Duplicates(1_024, 1e12);
    const { bytes } = duplicates;
    let known = 0;
    for (let id = 0; id < 100_000; id++) if (duplicates.seen(fingerprint(id), BODY, id, id) !== 'new') known++;
    expect(known).toBe(0);
    expect(duplicates.bytes).toBe(bytes);
    expect(duplicates.shortened).toBe(Math.ceil(100_000 / 1_024) - 1);
    // The last ones are known all the same.
    for (let id = 100_000 - 1_024; id < 100_000; id++)
      expect(duplicates.seen(fingerprint(id), BODY, id, id)).toBe('again');
  });

  test('of a log that is continued are known exactly as if it had not been interrupted', () => {
    const scenario = fc.tuple(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 30 })), {
        minLength: 1,
        maxLength: 300,
        size: 'max',
      }),
      fc.nat(),
    );
    fc.assert(
      fc.property(scenario, ([events, place]) => {
        const straight = new Duplicates(16, 100);
        let interrupted = new Duplicates(16, 100);
        const landed: [id: number, body: number][] = [];
        let now_us = 0;
        for (const [index, [id, step]] of events.entries()) {
          if (index === place % events.length) {
            const continued = new Duplicates(16, 100, interrupted.known);
            for (const [seq, [known, body]] of landed.entries()) continued.remember(fingerprint(known), body, seq);
            interrupted = continued;
          }
          now_us += step;
          const body = 1 + (step % 2);
          const seen = straight.seen(fingerprint(id), body, now_us, landed.length);
          expect(interrupted.seen(fingerprint(id), body, now_us, landed.length)).toBe(seen);
          if (seen === 'new') landed.push([id, body]);
        }
        expect(interrupted.known).toEqual(straight.known);
      }),
    );
  });

  test('keep the newest when a lower bound meets a log that knows more', () => {
    const known = { older_from_seq: 0, newer_from_seq: 0, newer_from_us: 0 };
    const duplicates = new Duplicates(16, 1e12, known);
    for (let id = 0; id < 1_000; id++) duplicates.remember(fingerprint(id), BODY, id);
    expect(duplicates.seen(fingerprint(999), BODY, 1_000, 1_000)).toBe('again');
  });

  test('beyond the horizon an old event is let in, as a late one', async () => {
    const landing = await openLanding(dataDir(), { duplicate_horizon: '1h' });
    await landAll(landing, chunkOf([at('e-1', 5 * HOUR_US), at('e-2', 3 * HOUR_US), at('e-3', HOUR_US)]));
    await landAll(landing, chunkOf([at('e-1', 5 * HOUR_US)], { first_offset: 4 }));
    expect(landing.conservation).toEqual({ received: 4, landed: 4, rejected: 0, duplicate: 0, late: 1 });
    await landing.close();
  });
});
