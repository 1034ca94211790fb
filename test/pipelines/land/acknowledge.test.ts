import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { logFolder } from '../../../pipelines/land/segment-files.js';
import { LINES_PER_ROW_MAX } from '../../../pipelines/land.js';
import { allFrames, chunkOf, dataDir, eventLine, eventsOf, landAll, openLanding, rowsOf } from './opened-landing.js';

/** Ids that a process would find that started from the files as they are at this moment. */
async function onDisk(data_dir: string): Promise<unknown[]> {
  const copy = dataDir();
  cpSync(logFolder(data_dir), join(copy, 'log'), { recursive: true });
  const rows = rowsOf(eventsOf(await allFrames(copy)).map(({ batch }) => batch));
  return rows.map(({ event_id }) => event_id);
}

const lines = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => eventLine(`e-${first + index}`));

describe('an acknowledgement', () => {
  test('comes when the events of the chunk are on disk, not before', async () => {
    const data_dir = dataDir();
    const landing = await openLanding(data_dir, { batch_rows_max: 8 });
    const seen: { chunk: number; files: Promise<unknown[]> }[] = [];
    for (let chunk = 0; chunk < 6; chunk++) {
      const acknowledge = () => void seen.push({ chunk, files: onDisk(data_dir) });
      const first = chunk * 5;
      for await (const frame of landing.land(chunkOf(lines(first, 5), { first_offset: first + 1, acknowledge })))
        expect(frame.kind).toBe('events');
      // 8 rows a frame: the frame that a chunk fills holds its end only every so often.
      const durable = landing.conservation.landed - ((first + 5) % 8);
      expect(seen.map((one) => one.chunk)).toEqual([...Array(Math.floor(durable / 5)).keys()]);
    }
    await landing.flush();
    expect(seen.map(({ chunk }) => chunk)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { chunk, files } of seen)
      expect(await files).toEqual(expect.arrayContaining(lines(chunk * 5, 5).map((line) => JSON.parse(line).id)));
    await landing.close();
  });

  test('comes for a chunk of duplicates, of rejected lines and of nothing too', async () => {
    const landing = await openLanding(dataDir());
    const seen: string[] = [];
    const chunk = (name: string, texts: string[], first_offset: number) =>
      chunkOf(texts, { first_offset, acknowledge: () => void seen.push(name) });
    await landAll(landing, chunk('events', lines(0, 2), 1));
    await landAll(landing, chunk('duplicates', lines(0, 2), 3));
    await landAll(landing, chunk('rejected', ['x'], 5));
    await landAll(landing, chunk('nothing', [], 6));
    expect(seen).toEqual(['events', 'duplicates', 'rejected', 'nothing']);
    await landing.close();
  });

  test('does not come for what was not flushed when the log is closed', async () => {
    const data_dir = dataDir();
    const landing = await openLanding(data_dir);
    const acknowledged: string[] = [];
    for await (const frame of landing.land(
      chunkOf(lines(0, 3), { acknowledge: () => void acknowledged.push('early') }),
    ))
      expect(frame).toBeUndefined();
    expect(landing.buffered_since_us).not.toBeNull();
    await landing.close();
    expect(acknowledged).toEqual([]);
    const again = await openLanding(data_dir);
    expect(again.conservation.received).toBe(0);
    expect(again.position('file:calls.ndjson', 'calls.ndjson')).toBeUndefined();
    await again.close();
  });
});

describe('a position', () => {
  test('stands in the frame that holds what was read, by partition, and is found again', async () => {
    const data_dir = dataDir();
    const landing = await openLanding(data_dir, { batch_rows_max: 4 });
    const frames = await landAll(
      landing,
      chunkOf(lines(0, 6), { partition: 'a' }),
      chunkOf(lines(6, 3), { partition: 'b', first_offset: 100 }),
    );
    expect(
      eventsOf(frames).map(({ positions }) => positions.map(({ partition, next_offset }) => [partition, next_offset])),
    ).toEqual([
      [['a', 5]],
      [
        ['a', 7],
        ['b', 102],
      ],
      [['b', 103]],
    ]);
    await landing.close();
    const again = await openLanding(data_dir);
    expect([again.position('file:calls.ndjson', 'a'), again.position('file:calls.ndjson', 'b')]).toEqual([7, 103]);
    expect(again.position('a', 'file:calls.ndjson')).toBeUndefined();
    await again.close();
  });
});

describe('a batch', () => {
  test('is bounded by rows', async () => {
    const landing = await openLanding(dataDir(), { batch_rows_max: 7 });
    const frames = await landAll(landing, chunkOf(lines(0, 20)));
    expect(eventsOf(frames).map(({ batch }) => batch.rows)).toEqual([7, 7, 6]);
    await landing.close();
  });

  test('is bounded by bytes, those of texts that wait for the vault included', async () => {
    const long = (id: number) =>
      eventLine(`e-${id}`, 'call.ended', { call_id: 'c', disposition: 'busy', reason: 'r'.repeat(1_000) });
    const landing = await openLanding(dataDir(), { batch_bytes_max: 4_000 });
    const frames = await landAll(landing, chunkOf([0, 1, 2, 3, 4, 5].map(long)));
    expect(eventsOf(frames).map(({ batch }) => batch.rows)).toEqual([4, 2]);
    await landing.close();
    const spoken = (id: number) =>
      eventLine(`e-${id}`, 'turn.transcribed', {
        call_id: 'c',
        turn_id: `${id}`,
        speaker: 'agent',
        text: 'w'.repeat(900),
      });
    const second = await openLanding(dataDir(), { batch_bytes_max: 4_000 });
    const texts = await landAll(second, chunkOf([0, 1, 2, 3, 4, 5].map(spoken)));
    expect(eventsOf(texts).map(({ batch }) => batch.rows)).toEqual([3, 3]);
    await second.close();
  });

  test('is cut in a stream of nothing but duplicates as well', async () => {
    const landing = await openLanding(dataDir(), { batch_rows_max: 4 });
    const frames = await landAll(
      landing,
      chunkOf(Array.from({ length: 4 * LINES_PER_ROW_MAX + 1 }, () => eventLine('same'))),
    );
    expect(eventsOf(frames).map(({ batch }) => batch.rows)).toEqual([1, 0]);
    expect(landing.conservation).toMatchObject({ landed: 1, duplicate: 4 * LINES_PER_ROW_MAX });
    await landing.close();
  });

  test('has "other" for the values of a dimension beyond its bound, in the log as at the door, after a restart too', async () => {
    const data_dir = dataDir();
    const named = (id: number) => eventLine(`e-${id}`, 'call.ringing', { call_id: 'c', campaign: `campaign ${id}` });
    for (let round = 0; round < 2; round++) {
      const landing = await openLanding(data_dir, { cardinality_max: 16 });
      const range = Array.from({ length: 40 }, (_, index) => named(round * 40 + index));
      await landAll(landing, chunkOf(range, { first_offset: round * 40 + 1 }));
      await landing.close();
    }
    const campaigns = rowsOf(eventsOf(await allFrames(data_dir)).map(({ batch }) => batch)).map(
      ({ campaign }) => campaign,
    );
    expect(new Set(campaigns).size).toBe(16);
    expect(campaigns.slice(0, 15)).toEqual(Array.from({ length: 15 }, (_, index) => `campaign ${index}`));
    expect(new Set(campaigns.slice(15))).toEqual(new Set(['other']));
  });
});
