import type { RejectionReason } from '../../contracts/event.js';
import { simulatedEvents } from '../end-to-end/simulated-events.js';
import { POISON_CLASSES } from './poison-classes.js';

/** After so many events a line of poison follows, of one class after the other. */
const EVENTS_PER_POISON = 100;
const LF = 10;

/** What was put in beside the events: how many lines, of which so many duplicates, the others by the reason to be told. */
export interface Planted {
  readonly lines: number;
  readonly duplicates: number;
  readonly by_reason: Partial<Record<RejectionReason, number>>;
}

export function plantedAmong(events: number): Planted {
  const lines = Math.floor(events / EVENTS_PER_POISON);
  const by_reason: Partial<Record<RejectionReason, number>> = {};
  let duplicates = 0;
  for (let line = 0; line < lines; line++) {
    const { reason } = POISON_CLASSES[line % POISON_CLASSES.length]!;
    if (reason === null) duplicates++;
    else by_reason[reason] = (by_reason[reason] ?? 0) + 1;
  }
  return { lines, duplicates, by_reason };
}

/** So many events of the fleet, as bytes; after every hundredth a line of poison when that is wished. */
export function* eventBytes(count: number, is_poisoned: boolean): Generator<Uint8Array, void, undefined> {
  let events = 0;
  let planted = 0;
  for (const { bytes } of simulatedEvents(count)) {
    if (!is_poisoned) {
      yield bytes;
      continue;
    }
    let from = 0;
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(LF, at) + 1;
      events++;
      if (events % EVENTS_PER_POISON === 0) {
        const event = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at - 1).toString();
        const poison = POISON_CLASSES[planted++ % POISON_CLASSES.length]!.line(event);
        yield Buffer.concat([bytes.subarray(from, end), Buffer.from(poison), Buffer.from('\n')]);
        from = end;
      }
      at = end;
    }
    yield bytes.subarray(from);
  }
}
