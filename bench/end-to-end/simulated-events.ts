import { closeSync, openSync, writeSync } from 'node:fs';
import type { Scenario } from '../../contracts/scenario.js';
import { loadScenario, type SimulatedChunk, simulate } from '../../sources/simulate.js';

const SEED = 1;
/** Events that a day brings for each of its `calls_per_day`, weekends included: rather too few than too many. */
const EVENTS_PER_CALL_MIN = 4.8;
const LF = 10;

/** The fleet of the demo, as many calls a day, for as many days as it takes to come to so many events. */
function longScenario(events: number): Scenario {
  const demo = loadScenario('demo');
  const history_days = Math.ceil(events / demo.calls_per_day / EVENTS_PER_CALL_MIN);
  return { ...demo, calendar: { ...demo.calendar, history_days } };
}

/** As many events of the demo's fleet, in the order of their time. */
export function* simulatedEvents(count: number): Generator<SimulatedChunk, void, undefined> {
  let left = count;
  for (const { bytes, events } of simulate(longScenario(count), SEED)) {
    if (events >= left) {
      yield { bytes: firstLines(bytes, left), events: left };
      return;
    }
    yield { bytes, events };
    left -= events;
  }
  throw new Error(`the scenario has ${count - left} events and not ${count}`);
}

function firstLines(bytes: Uint8Array, lines: number): Uint8Array {
  let end = 0;
  for (let line = 0; line < lines; line++) end = bytes.indexOf(LF, end) + 1;
  return bytes.subarray(0, end);
}

export function writeEvents(path: string, count: number): void {
  const file = openSync(path, 'w');
  try {
    for (const { bytes } of simulatedEvents(count)) {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    }
  } finally {
    closeSync(file);
  }
}
