import { expect, test } from 'vitest';
import type { WatermarkState } from '../../pipelines/land/watermarks.js';
import type { OpenInput } from '../../pipelines/open-inputs.js';
import { QuietInputs } from '../../pipelines/quiet-inputs.js';

const IDLE_US = 120;
const open = (name: string): OpenInput => ({ name, iterator: (async function* () {})() });

/** A landing of which a test says how its inputs stand. */
function standing(inputs: WatermarkState, watermark_us: number) {
  const brought: Record<string, number> = {};
  return { inputs, watermark_us, brought, broughtBy: (input: string) => brought[input] ?? 0 };
}

test('an input is quiet when it brings nothing, also when it sends; not while what it sent waits to be landed', () => {
  const landing = standing({ a: [1_000, null, false, false], b: [2_000, null, false, false] }, 1_000);
  const quiet = new QuietInputs(landing, IDLE_US, 0);
  const [a, b] = [open('a'), open('b')];
  quiet.waits(b, 'b', 100);
  // Landing what another has sent takes longer than an input may be quiet.
  landing.brought.a = 1;
  quiet.landed(a, 'a', 500);
  expect([...quiet.due(500)]).toEqual([]);
  quiet.landed(b, 'b', 510);
  // One that sends without a pause has always something waiting.
  quiet.waits(b, 'b', 510);
  expect([...quiet.due(510)]).toEqual([{ kind: 'input_idle', input: 'b', until_us: 2_510 }]);
  quiet.landed(a, 'a', 619);
  expect([...quiet.due(619)]).toEqual([]);
  expect([...quiet.due(620)]).toEqual([{ kind: 'input_idle', input: 'a', until_us: 1_120 }]);
});

test('an input that was quiet before a restart goes on from there, and is told only where that moves event time', () => {
  const inputs: WatermarkState = { a: [1_000, 5_000, true, false], b: [900, null, false, true] };
  const told = (state: WatermarkState, watermark_us: number) => [
    ...new QuietInputs(standing(state, watermark_us), IDLE_US, 0).due(IDLE_US),
  ];
  expect(told(inputs, 5_000)).toEqual([{ kind: 'input_idle', input: 'a', until_us: 5_120 }]);
  expect(told(inputs, 5_120)).toEqual([]);
  expect(told({ ...inputs, c: [4_000, null, false, false] }, 4_000)).toEqual([
    { kind: 'input_idle', input: 'c', until_us: 4_120 },
  ]);
  expect(told({ c: [null, null, false, false] }, Number.NEGATIVE_INFINITY)).toEqual([]);
});
