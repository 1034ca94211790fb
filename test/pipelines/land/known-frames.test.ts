import { cpSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BODY_FORMAT, LandedBodies } from '../../../pipelines/decode/bodies.js';
import { settled } from '../../../pipelines/derived-store.js';
import { batchOf } from '../../../pipelines/land/arrow-batch.js';
import { idPlaces } from '../../../pipelines/land/frame-ids.js';
import { segmentFiles } from '../../../pipelines/land/segment-files.js';
import { payloadOf } from '../../../pipelines/land/segment-frames.js';
import { findFrames } from '../../../pipelines/land/stored-frames.js';
import type { Landing } from '../../../pipelines/land.js';
import { plainEvent } from '../decode/event-lines.js';
import { archiveAll } from './archived-log.js';
import {
  allFrames,
  before,
  chunkOf,
  dataDir,
  eventLine,
  eventsOf,
  type LandConfig,
  landAll,
  MINUTE_US,
  NOW_US,
  openLanding,
  rejectedOf,
  rowsOf,
} from './opened-landing.js';
import { overwrite, sampleLine } from './sample-log.js';

/** Small frames and files, and dictionaries that are soon full: some values land as "other". */
const LAND: Partial<LandConfig> = { batch_rows_max: 7, segment_bytes_max: 40_000, cardinality_max: 16 };

/** Of few sources, or of more than are kept, one of them called as those are that are not; each has the ids of the others. */
const plainLines = fc
  .tuple(fc.array(plainEvent, { minLength: 1, maxLength: 40, size: 'max' }), fc.constantFrom(3, 23))
  .map(([events, sources]) =>
    events.map((event, at) => {
      const source = at % sources === 17 ? 'other' : `source-${at % sources}`;
      return JSON.stringify({ ...event, source, id: `é-${Math.floor(at / sources)}`, time: before(MINUTE_US) });
    }),
  );

/** Two events of each of more sources than are kept, which have the same ids. */
const ofManySources = Array.from({ length: 46 }, (_, at) =>
  eventLine(
    `${Math.floor(at / 23)}`,
    'call.ringing',
    { call_id: 'c-1' },
    { source: at % 23 === 17 ? 'other' : `s-${at % 23}` },
  ),
);

/** What becomes of lines: which are landed, which are kept out and why, how many are duplicates. */
async function answers(landing: Landing, lines: readonly string[]) {
  const { duplicate } = landing.conservation;
  const frames = eventsOf(await landAll(landing, chunkOf(lines, { first_offset: 1_000 })));
  return {
    landed: frames.flatMap(({ batch }) => {
      const { values, bytes } = batch.columns.get('event_id')!;
      return Array.from({ length: batch.rows }, (_, row) =>
        Buffer.from(bytes!).toString('utf8', Number(values[row]), Number(values[row + 1])),
      );
    }),
    kept_out: rejectedOf(frames).map(({ offset, reason }) => `${offset} ${reason}`),
    duplicates: landing.conservation.duplicate - duplicate,
  };
}

describe('the events of a log', () => {
  test('are in each frame, ids and bodies, what its columns say', async () => {
    await fc.assert(
      fc.asyncProperty(plainLines, async (lines) => {
        const data_dir = dataDir();
        const landing = await openLanding(data_dir, LAND);
        await landAll(landing, chunkOf(lines.flatMap((line, at) => (at % 5 === 4 ? ['no event', line] : [line]))));
        const landed = new LandedBodies(landing.log.words);
        await landing.close();
        let events = 0;
        for (const frame of findFrames(data_dir)) {
          if (frame.rows === 0) continue;
          const payload = payloadOf(frame)!;
          const batch = batchOf({ ...frame, payload });
          const { ids_at, offsets_at, sources_at, bodies_at } = idPlaces(
            payload,
            frame.metadata.batch_offset,
            frame.rows,
          );
          const words = (at: number, count: number) =>
            Array.from({ length: count }, (_, row) => payload.readUInt32LE(at + row * 4));
          const { values, bytes } = batch.columns.get('event_id')!;
          expect(words(offsets_at, frame.rows + 1)).toEqual([...(values as Int32Array)]);
          expect(payload.subarray(ids_at, ids_at + bytes!.length)).toEqual(Buffer.from(bytes!));
          expect(words(sources_at, frame.rows)).toEqual([...(batch.columns.get('source')!.values as Int32Array)]);
          expect(words(bodies_at, frame.rows)).toEqual([...landed.of(batch)]);
          events += frame.rows;
        }
        expect(events).toBe(lines.length);
      }),
      { numRuns: 15 },
    );
  });

  test('are known alike to a process that goes on, one that follows a kill, and one that finds them archived', async () => {
    const scenario = fc.tuple(plainLines, fc.nat(), fc.nat({ max: 200 }));
    await fc.assert(
      fc.asyncProperty(scenario, async ([lines, place, torn_bytes]) => {
        const [going_on, killed, archived] = [dataDir(), dataDir(), dataDir()];
        const landed = lines.slice(0, 1 + (place % lines.length));
        const landing = await openLanding(going_on, LAND);
        await landAll(landing, chunkOf(landed));
        cpSync(going_on, killed, { recursive: true });
        const last = segmentFiles(killed).at(-1)!;
        overwrite(last, Buffer.concat([readFileSync(last), Buffer.alloc(torn_bytes, 'PLUMBFRM')]));
        cpSync(killed, archived, { recursive: true });
        for (const [data_dir, changes] of [
          [killed, {}],
          [archived, LAND],
        ] as const)
          await (await openLanding(data_dir, changes)).close();
        await (await openLanding(archived, LAND)).control({ kind: 'baseline_refresh', as_of_us: 1 });
        await archiveAll(archived);
        // All of them again, as they were and with a word more, and those that had not come.
        const other = lines.map((line) => JSON.stringify({ ...JSON.parse(line), word: 'more' }));
        const expected = await answers(landing, [...other, ...lines, ...other]);
        await landing.close();
        for (const data_dir of [killed, archived]) {
          const opened = await openLanding(data_dir, LAND);
          expect(await answers(opened, [...other, ...lines, ...other])).toEqual(expected);
          await opened.close();
        }
      }),
      { numRuns: 5, examples: [[[ofManySources, 39, 100]]] },
    );
  });

  test('that stood in a damaged frame land again, and no others do', async () => {
    const lines = Array.from({ length: 120 }, (_, index) => sampleLine(index));
    const original = dataDir();
    const landing = await openLanding(original, LAND);
    await landAll(landing, chunkOf(lines));
    await landing.close();
    const events = landing.conservation.landed;
    const files = segmentFiles(original);
    // The word for the source stands in the first frame: without it all events would be of another source.
    const first_end = [...findFrames(original)][0]!.end;
    const damage = fc.record({
      file: fc.nat({ max: files.length - 1 }),
      place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      bit: fc.nat({ max: 7 }),
      is_cut: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, place, bit, is_cut }) => {
        const data_dir = dataDir();
        cpSync(original, data_dir, { recursive: true });
        const path = segmentFiles(data_dir)[file]!;
        const from = file === 0 ? first_end : 0;
        const at = from + Math.floor(place * (statSync(path).size - from));
        if (is_cut) truncateSync(path, at);
        else {
          const bytes = readFileSync(path);
          bytes[at]! ^= 1 << bit;
          writeFileSync(path, bytes);
        }
        const options = { data_dir, clock: { nowUs: () => NOW_US }, write: () => undefined };
        const again = await settled(options, () => openLanding(data_dir, LAND));
        await landAll(again, chunkOf(lines, { first_offset: 1_000 }));
        await again.close();
        const frames = eventsOf(await allFrames(data_dir));
        const ids = rowsOf(frames.map(({ batch }) => batch)).map(({ event_id }) => event_id);
        expect(ids).toHaveLength(events);
        expect(new Set(ids).size).toBe(events);
        expect(rejectedOf(frames).filter(({ reason }) => reason === 'id_conflict')).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('what stands in a log of what events say', () => {
  test('is of the format that its number names: who changes the sum changes the number', async () => {
    const frames = eventsOf(await allFrames('fixtures/logs/format-1'));
    const words = new Map<string, string[]>();
    for (const { batch } of frames)
      for (const [name, { values }] of batch.dictionary_additions)
        words.set(name, [...(words.get(name) ?? []), ...values]);
    const bodies = frames.flatMap(({ batch }) => [...new LandedBodies(words).of(batch)]);
    const sum = bodies.reduce((total, body) => Math.imul(total ^ body, 0x01000193), 0);
    expect({ format: BODY_FORMAT, events: bodies.length, sum }).toEqual({ format: 1, events: 60, sum: -1_984_638_857 });
  });
});
