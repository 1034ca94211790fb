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

/** A process that is awake looks, whatever else it does. */
function awake(quiet: QuietInputs, from_us: number, until_us: number): void {
  for (let now_us = from_us; now_us <= until_us; now_us += IDLE_US / 4) quiet.look(now_us);
}

test('an input is quiet when it brings nothing, also when it sends; not while what it sent waits to be landed', () => {
  const landing = standing({ a: [1_000, null, false, false], b: [2_000, null, false, false] }, 1_000);
  const quiet = new QuietInputs(landing, IDLE_US, 0);
  const [a, b] = [open('a'), open('b')];
  quiet.waits(b, 'b', 100);
  awake(quiet, 0, 500);
  // Landing what another has sent takes longer than an input may be quiet.
  landing.brought.a = 1;
  quiet.landed(a, 'a', 500);
  expect([...quiet.due(500)]).toEqual([]);
  quiet.landed(b, 'b', 510);
  // One that sends without a pause has always something waiting.
  quiet.waits(b, 'b', 510);
  expect([...quiet.due(510)]).toEqual([{ kind: 'input_idle', input: 'b', until_us: 2_510 }]);
  awake(quiet, 510, 619);
  quiet.landed(a, 'a', 619);
  expect([...quiet.due(619)]).toEqual([]);
  expect([...quiet.due(620)]).toEqual([{ kind: 'input_idle', input: 'a', until_us: 1_120 }]);
});

test('an input that was quiet before a restart goes on from there, and is told only where that moves event time', () => {
  const inputs: WatermarkState = { a: [1_000, 5_000, true, false], b: [900, null, false, true] };
  const told = (state: WatermarkState, watermark_us: number) => {
    const quiet = new QuietInputs(standing(state, watermark_us), IDLE_US, 0);
    awake(quiet, 0, IDLE_US);
    return [...quiet.due(IDLE_US)];
  };
  expect(told(inputs, 5_000)).toEqual([{ kind: 'input_idle', input: 'a', until_us: 5_120 }]);
  expect(told(inputs, 5_120)).toEqual([]);
  expect(told({ ...inputs, c: [4_000, null, false, false] }, 4_000)).toEqual([
    { kind: 'input_idle', input: 'c', until_us: 4_120 },
  ]);
  expect(told({ c: [null, null, false, false] }, Number.NEGATIVE_INFINITY)).toEqual([]);
});

// A machine that slept, a process that was stopped, a clock that leapt ahead: whichever, the next look is late.
test('time in which nobody looked makes nobody quiet; who brings nothing after it is told up to the present', () => {
  const DAY_US = 86_400_000_000;
  const idle_us = 120_000_000;
  const inputs: WatermarkState = { a: [1_000, null, false, false], b: [2_000, null, false, false] };
  const landing = standing(inputs, 1_000);
  const quiet = new QuietInputs(landing, idle_us, 0);
  const looks = (from_us: number, until_us: number) => {
    const told = [];
    for (let now_us = from_us; now_us <= until_us; now_us += 250_000) told.push(...quiet.due(now_us));
    return told;
  };
  // Nearly quiet when it falls asleep, for a day or for less than an input may be quiet: it has its whole time again.
  const asleep_us = idle_us - 250_000;
  expect(looks(0, asleep_us)).toEqual([]);
  for (const slept_us of [60_000_000, DAY_US]) {
    expect(looks(asleep_us + slept_us, asleep_us + slept_us + asleep_us), `${slept_us}`).toEqual([]);
    quiet.look(2 * asleep_us + slept_us);
  }
  // The one goes on with what it has of the time slept, the other brings nothing.
  const awake_us = asleep_us + 2 * DAY_US;
  landing.brought.a = 1;
  // What is due at a scheduled time is no exception.
  quiet.hurry();
  expect(looks(awake_us, awake_us + 1_000_000)).toEqual([]);
  quiet.landed(open('a'), 'a', awake_us + 1_000_000);
  expect(looks(awake_us + 1_250_000, awake_us + idle_us)).toEqual([
    { kind: 'input_idle', input: 'b', until_us: 2_000 + awake_us + idle_us },
  ]);
});
