import { describe, expect, test } from 'vitest';
import { chunkOf, dataDir, eventLine, eventsOf, landAll, openLanding } from './opened-landing.js';

const partition = (file: number) => `calls-${file}.ndjson`;
const chunk = (file: number) => chunkOf([eventLine(`e${file}`)], { partition: partition(file) });

describe('positions', () => {
  test('are kept of as many partitions as there is room for; one more is refused whole, and says what to do', async () => {
    const data_dir = dataDir();
    const landing = await openLanding(data_dir, { positions_max: 5 });
    const full = { queue: 'positions', filled: 5, max: 5 };
    await landAll(landing, ...[0, 1, 2, 3, 4].map(chunk));
    expect(landing.fills).toContainEqual(full);
    const before = landing.conservation;
    await expect(landAll(landing, chunk(5))).rejects.toMatchObject({
      code: 'LOG_POSITIONS_EXHAUSTED',
      message: '"calls-5.ndjson" of file:calls.ndjson cannot be read',
      detail: expect.stringContaining('land.positions_max is 5'),
      hint: expect.stringContaining('Set land.positions_max higher'),
    });
    expect(landing.conservation).toEqual(before);
    // What is known goes on.
    await landAll(landing, chunkOf([eventLine('more')], { partition: partition(2), first_offset: 2 }));
    expect(landing.position('file:calls.ndjson', partition(2))).toBe(3);
    await landing.close();

    const again = await openLanding(data_dir, { positions_max: 5 });
    expect(again.fills).toContainEqual(full);
    await expect(landAll(again, chunk(5))).rejects.toMatchObject({ code: 'LOG_POSITIONS_EXHAUSTED' });
    await again.close();

    const wider = await openLanding(data_dir, { positions_max: 6 });
    expect([2, 5].map((file) => wider.position('file:calls.ndjson', partition(file)))).toEqual([3, undefined]);
    await landAll(wider, chunk(5));
    expect(wider.conservation).toMatchObject({ received: 7, landed: 7 });
    await wider.close();
  });

  test('of replayed lines take one place, however many there were, and a frame tells each', async () => {
    const data_dir = dataDir();
    const landing = await openLanding(data_dir, { positions_max: 2 });
    const replayed = Array.from({ length: 500 }, (_, line) =>
      chunkOf([eventLine(`r${line}`)], { input: 'rejected', partition: `7.${line}`, first_offset: line + 1 }),
    );
    const frames = eventsOf(await landAll(landing, chunk(0), ...replayed));
    expect(frames.flatMap(({ positions }) => positions)).toHaveLength(501);
    expect(landing.fills).toContainEqual({ queue: 'positions', filled: 2, max: 2 });
    await landing.close();
    const again = await openLanding(data_dir, { positions_max: 2 });
    expect(again.position('rejected', '')).toBe(501);
    expect(again.fills).toContainEqual({ queue: 'positions', filled: 2, max: 2 });
    // One and the same line twice: the last that was replayed tells how far they have come.
    const twice = ['7.0', '7.1', '7.0'].map((line, index) =>
      chunkOf([eventLine(`t${index}`)], { input: 'rejected', partition: line, first_offset: 501 + index }),
    );
    await landAll(again, ...twice);
    expect(again.position('rejected', '')).toBe(504);
    await again.close();
    const last = await openLanding(data_dir, { positions_max: 2 });
    expect(last.position('rejected', '')).toBe(504);
    await last.close();
  });
});
