import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CutLines, LineCutter } from '../../sources/file/line-cutter.js';

const LINE_BYTES_MAX = 40;

/** Bytes with many line feeds, some of them far apart. */
const content = fc
  .array(
    fc.oneof({ weight: 3, arbitrary: fc.constant(10) }, { weight: 7, arbitrary: fc.integer({ min: 11, max: 255 }) }),
  )
  .chain((bytes) => fc.tuple(fc.constant(bytes), fc.array(fc.nat(bytes.length)), fc.integer({ min: 1, max: 8 })))
  .map(([bytes, cuts, stretch]) => ({
    bytes: Uint8Array.from(bytes.flatMap((byte) => (byte === 10 ? [byte] : Array(stretch).fill(byte)))),
    cuts: cuts.map((cut) => cut * stretch).sort((left, right) => left - right),
  }));

function cutUp(bytes: Uint8Array, cuts: readonly number[], start = 1): CutLines[] {
  const cutter = new LineCutter(LINE_BYTES_MAX, start);
  const found: CutLines[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    found.push(...cutter.push(bytes.slice(from, cut)));
    from = Math.max(from, cut);
  }
  found.push(...cutter.rest());
  return found;
}

const textOf = (found: readonly CutLines[]) => found.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join('');

/** What is expected, in the plainest way. */
function expected(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .map((line) => line.slice(0, LINE_BYTES_MAX))
    .join('\n');
}

describe('the line cutter', () => {
  test('gives the same chunks however the bytes come in, and no byte of a line within the bound is lost', () => {
    fc.assert(
      fc.property(content, ({ bytes, cuts }) => {
        const whole = cutUp(bytes, []);
        expect(cutUp(bytes, cuts)).toEqual(whole);
        // A last line that is too long gets the line feed that it never came to.
        expect(textOf(whole).replace(/\n$/, '')).toBe(expected(bytes).replace(/\n$/, ''));
      }),
    );
  });

  test('tells of each line that it has cut, and of no other, how long it is', () => {
    fc.assert(
      fc.property(content, ({ bytes, cuts }) => {
        const lines = Buffer.from(bytes).toString('latin1').replace(/\n$/, '').split('\n');
        const told = cutUp(bytes, cuts).flatMap(({ first_line, line_bytes }) =>
          line_bytes === undefined ? [] : [[first_line, line_bytes]],
        );
        const long = lines.map((line, index) => [index + 1, line.replace(/\r$/, '').length] as const);
        expect(told).toEqual(long.filter(([, length]) => length > LINE_BYTES_MAX));
      }),
    );
  });

  test('numbers lines on, and every chunk but the last ends with a line feed', () => {
    fc.assert(
      fc.property(content, ({ bytes, cuts }) => {
        let next = 1;
        const found = cutUp(bytes, cuts);
        for (const [index, chunk] of found.entries()) {
          expect(chunk.first_line).toBe(next);
          const feeds = chunk.bytes.filter((byte) => byte === 10).length;
          const isOpen = chunk.bytes.at(-1) !== 10;
          if (index < found.length - 1) expect(isOpen).toBe(false);
          expect(chunk.lines).toBe(feeds + (isOpen ? 1 : 0));
          expect(chunk.bytes.length).toBeLessThanOrEqual(LINE_BYTES_MAX + 1);
          next += chunk.lines;
        }
      }),
    );
  });

  test('begun at a later line, it gives the rest of what it gives from the first', () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 60 }), ({ bytes, cuts }, start) => {
        const all = textOf(cutUp(bytes, cuts));
        const lines = all.match(/[^\n]*\n|[^\n]+$/g) ?? [];
        const found = cutUp(bytes, cuts, start);
        expect(textOf(found)).toBe(lines.slice(start - 1).join(''));
        if (found.length > 0) expect(found[0].first_line).toBe(start);
      }),
    );
  });
});
