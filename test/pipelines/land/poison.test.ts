import { beforeAll, describe, expect, test } from 'vitest';
import { REJECTED_LINE_BYTES_MAX } from '../../../pipelines/land/rejections.js';
import { KeyRing } from '../../../pipelines/privacy/key-ring.js';
import { rejectedKeyOf } from '../../../pipelines/privacy/rejected-keys.js';
import { unseal } from '../../../pipelines/privacy/seal.js';
import {
  allFrames,
  chunkOf,
  dataDir,
  eventLine,
  eventsOf,
  INPUT,
  landAll,
  landConfig,
  NOW_US,
  openLanding,
  rejectedOf,
  rowsOf,
} from './opened-landing.js';
import { HARMLESS, LINE_BYTES_MAX, POISON } from './poison-lines.js';

const at = (time: string) => eventLine('e', 'call.ringing', { call_id: 'c-1' }, { time });

/** Every one of them between two events. */
async function landPoison() {
  const data_dir = dataDir();
  const landing = await openLanding(data_dir, { line_bytes_max: LINE_BYTES_MAX });
  const lines = POISON.flatMap(([, line], index) => [eventLine(`before-${index}`), line, eventLine(`after-${index}`)]);
  const frames = await landAll(landing, chunkOf(lines));
  await landing.close();
  const stored = await allFrames(data_dir);
  const { sealed_until } = rejectedOf(frames)[0]!;
  const key = rejectedKeyOf(new KeyRing(data_dir, 'test'), sealed_until!)!;
  return { frames, stored, conservation: landing.conservation, key };
}

describe('the door', () => {
  let all: Awaited<ReturnType<typeof landPoison>>;
  beforeAll(async () => {
    all = await landPoison();
  });

  test('goes on through everything that is kept out, and counts it', () => {
    expect(rowsOf(eventsOf(all.frames).map(({ batch }) => batch)).map(({ event_id }) => event_id)).toEqual(
      POISON.flatMap((_, index) => [`before-${index}`, `after-${index}`]),
    );
    const counts = { received: POISON.length * 3, landed: POISON.length * 2, rejected: POISON.length };
    expect(all.conservation).toEqual({ ...counts, duplicate: 0, late: 0 });
  });

  test.each(POISON.map(([name, line, reason], index) => [name, line, reason, index] as const))(
    'keeps out %s',
    (_, line, reason, index) => {
      const bytes = Buffer.from(line);
      const rejected = rejectedOf(all.frames)[index]!;
      const place = { input: INPUT, partition: 'calls.ndjson', offset: index * 3 + 2, rejected_at_us: NOW_US };
      expect(rejected).toMatchObject({ ...place, reason, bytes_length: bytes.length });
      expect(rejected.detail.length).toBeLessThanOrEqual(300);
      expect(rejected.content_hash).toMatch(/^[0-9a-f]{16}$/);
      const kept = unseal(all.key, rejected.sealed_bytes);
      expect(kept.equals(bytes.subarray(0, REJECTED_LINE_BYTES_MAX))).toBe(true);
    },
  );

  test('finds in the log what it kept out', () => {
    expect(rejectedOf(all.stored)).toEqual(rejectedOf(all.frames));
  });

  test.each(HARMLESS)('lets in %s', async (_, line) => {
    const landing = await openLanding(dataDir());
    await landAll(landing, chunkOf([line]));
    expect(landing.conservation).toMatchObject({ received: 1, landed: 1 });
    await landing.close();
  });

  test('is not moved by what it keeps out: no watermark, no known id', async () => {
    const landing = await openLanding(dataDir());
    await landAll(landing, chunkOf([at('2025-10-07T21:00:00Z'), at('1970-01-01T00:00:00Z')]));
    expect(landing.watermark_us).toBe(Number.NEGATIVE_INFINITY);
    await landAll(landing, chunkOf([at('2025-10-07T19:00:00Z')]));
    expect(landing.conservation).toEqual({ received: 3, landed: 1, rejected: 2, duplicate: 0, late: 0 });
    await landing.close();
  });

  test('reads lines that end with CR LF, and a last line that lacks its end', async () => {
    const landing = await openLanding(dataDir());
    const bytes = Buffer.from(`${eventLine('a')}\r\n${eventLine('b')}\r\n\r\n${eventLine('c')}`);
    const frames = await landAll(landing, chunkOf([], { bytes }));
    expect(landing.conservation).toMatchObject({ received: 4, landed: 3, rejected: 1 });
    expect(rejectedOf(frames)[0]).toMatchObject({ reason: 'empty_line', offset: 3, bytes_length: 0 });
    await landing.close();
  });

  test('sees no line after the last line feed', async () => {
    const landing = await openLanding(dataDir());
    await landAll(landing, chunkOf([eventLine('a')]), chunkOf([], { first_offset: 2 }));
    expect(landing.conservation).toMatchObject({ received: 1, landed: 1 });
    await landing.close();
  });

  test('passes over one byte order mark where a partition begins, and nowhere else', async () => {
    const marked = (id: string) => `\ufeff${eventLine(id)}`;
    const data_dir = dataDir();
    const landing = await openLanding(data_dir);
    await landAll(landing, chunkOf([marked('a'), marked('b')]));
    await landAll(landing, chunkOf([marked('c')], { first_offset: 3 }));
    await landAll(landing, chunkOf([marked('d')], { partition: 'other.ndjson' }));
    await landAll(landing, chunkOf([`\ufeff\ufeff${eventLine('e')}`], { partition: 'third.ndjson' }));
    await landing.close();
    const rows = rowsOf(eventsOf(await allFrames(data_dir)).map(({ batch }) => batch));
    expect(rows.map(({ event_id }) => event_id)).toEqual(['a', 'd']);
    expect(landing.conservation).toMatchObject({ received: 5, rejected: 3 });
  });

  test('bounds the rejected lines of a frame, by count and by bytes', async () => {
    const { rejected_lines_max } = landConfig();
    const landing = await openLanding(dataDir());
    const frames = await landAll(landing, chunkOf(Array.from({ length: rejected_lines_max + 1 }, () => 'x')));
    expect(eventsOf(frames).map(({ rejected }) => rejected.length)).toEqual([rejected_lines_max, 1]);
    await landing.close();
    const small = await openLanding(dataDir(), { batch_bytes_max: 10_000 });
    const long = await landAll(small, chunkOf(Array.from({ length: 9 }, () => 'x'.repeat(4_000))));
    expect(eventsOf(long).map(({ rejected }) => rejected.length)).toEqual([3, 3, 3]);
    await small.close();
  });
});
