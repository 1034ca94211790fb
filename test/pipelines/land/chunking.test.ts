import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LandedFrame } from '../../../pipelines/land.js';
import { plainEvent } from '../decode/event-lines.js';
import { before, chunkOf, dataDir, eventsOf, MINUTE_US, openLanding, rowsOf } from './opened-landing.js';

interface Line {
  readonly input: string;
  readonly text: string;
}

/** Events of two inputs: duplicates and conflicting ids among them, late ones, watermarks, and lines that are none. */
const lines: fc.Arbitrary<Line[]> = fc
  .array(
    fc.record({
      input: fc.constantFrom('a', 'a', 'a', 'b'),
      event: plainEvent,
      id: fc.integer({ min: 0, max: 60 }),
      late_us: fc.oneof({ weight: 8, arbitrary: fc.nat(20_000_000) }, { weight: 2, arbitrary: fc.nat(3_600_000_000) }),
      oddity: fc.integer({ min: 0, max: 14 }),
    }),
    { minLength: 20, maxLength: 90, size: 'max' },
  )
  .map((made) => {
    const texts: string[] = [];
    return made.map(({ input, event, id, late_us, oddity }, index) => {
      const time = before(90 * MINUTE_US - index * 7_000_000 + late_us);
      const own = JSON.stringify({ ...event, id: `e-${id}`, source: id % 2 === 0 ? 'fleet/a' : 'fleet/b', time });
      const text = oddity >= 12 ? (texts[Math.max(0, index - id)] ?? own) : own;
      texts.push(text);
      if (oddity === 0) return { input, text: text.slice(0, -1) };
      if (oddity === 1) return { input, text: '' };
      return { input, text };
    });
  });

/** After which lines a chunk ends, the batch is flushed, or the process starts anew. */
const cuts = fc.infiniteStream(
  fc.oneof(
    { weight: 9, arbitrary: fc.constant('') },
    { weight: 6, arbitrary: fc.constant('chunk') },
    { weight: 4, arbitrary: fc.constant('flush') },
    { weight: 1, arbitrary: fc.constant('restart') },
  ),
);
async function outcome(stream: readonly Line[], at: Iterator<string>, batch_rows_max: number) {
  const data_dir = dataDir();
  const changes = { batch_rows_max, duplicate_entries_max: 16, lateness: '30s', text_keep: '0d' };
  let landing = await openLanding(data_dir, changes);
  const frames: LandedFrame[] = [];
  const offsets = new Map([
    ['a', 1],
    ['b', 1],
  ]);
  const flush = async () => {
    const frame = await landing.flush();
    if (frame !== null) frames.push(frame);
  };
  for (let from = 0; from < stream.length; ) {
    const { input } = stream[from]!;
    let to = from + 1;
    let cut = at.next().value as string;
    while (cut === '' && stream[to]?.input === input) {
      to++;
      cut = at.next().value as string;
    }
    const texts = stream.slice(from, to).map(({ text }) => text);
    const first_offset = offsets.get(input)!;
    offsets.set(input, first_offset + texts.length);
    for await (const frame of landing.land(chunkOf(texts, { input, partition: 'p', first_offset }))) frames.push(frame);
    if (cut === 'flush') await flush();
    if (cut === 'restart') {
      await flush();
      await landing.close();
      landing = await openLanding(data_dir, changes);
      expect(landing.position(input, 'p')).toBe(offsets.get(input));
    }
    from = to;
  }
  await flush();
  await landing.close();
  const events = eventsOf(frames);
  return {
    rows: rowsOf(events.map(({ batch }) => batch)),
    rejected: events.flatMap(({ rejected }) => rejected.map(({ sealed_bytes, ...note }) => note)),
    conservation: landing.conservation,
    watermark_us: landing.watermark_us,
    inputs: landing.inputs,
  };
}

describe('what is landed', () => {
  test('is the same however the lines were cut into chunks, flushed, and the process restarted', async () => {
    const totals = { rows: 0, late: 0, duplicate: 0, rejected: 0, conflicts: 0 };
    await fc.assert(
      fc.asyncProperty(lines, cuts, fc.integer({ min: 3, max: 64 }), async (stream, at, batch_rows_max) => {
        const plain = await outcome(stream, forever(), 1_024);
        expect(await outcome(stream, at[Symbol.iterator](), batch_rows_max)).toEqual(plain);

        const { received, landed, rejected, duplicate, late } = plain.conservation;
        expect(received).toBe(stream.length);
        expect(received).toBe(landed + rejected + duplicate);
        expect(landed).toBe(plain.rows.length);
        expect(rejected).toBe(plain.rejected.length);
        expect(late).toBe(plain.rows.filter(({ is_late }) => is_late === 1).length);
        expect(plain.rows.map(({ seq }) => seq)).toEqual([...plain.rows.keys()]);
        totals.rows += landed;
        totals.late += late;
        totals.duplicate += duplicate;
        totals.rejected += rejected;
        totals.conflicts += plain.rejected.filter(({ reason }) => reason === 'id_conflict').length;
      }),
      { numRuns: 20, seed: 17 },
    );
    // The property would hold of nothing.
    for (const total of Object.values(totals)) expect(total).toBeGreaterThan(30);
  });
});

function* forever(): Generator<string> {
  for (;;) yield '';
}
