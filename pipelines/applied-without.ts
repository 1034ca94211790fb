import type { Batch } from '../contracts/batch.js';
import { type PassedOver, rejectedFrame } from './land/frames-passed-over.js';
import type { LandedFrame, Rejected } from './land.js';

/** What a frame is applied without, because it cannot be applied with it (`GuardedApplying`). */
export interface AppliedWithout {
  /** What `rejected` says of events that are left out; null: none is. */
  readonly left_out: readonly Rejected[] | null;
  readonly passed_over: PassedOver | null;
}

export const WITHOUT_NOTHING: AppliedWithout = { left_out: null, passed_over: null };

/** What stands in `rejected` of a frame: lines that were kept out at the door, then what the store could not take. */
export function rejectedWith(frame: LandedFrame, { left_out, passed_over }: AppliedWithout): Rejected[] {
  const at_the_door = frame.kind === 'events' ? frame.rejected : [];
  const passed = passed_over === null ? [] : [rejectedFrame(passed_over)];
  return [...at_the_door, ...(left_out ?? []), ...passed];
}

/** What the journal says of it. */
export function journalledOf({ passed_over, what }: PassedOver): Record<string, unknown> {
  return { passed_over, what };
}

/** The batch; of a frame that is passed over what it adds to the dictionaries, which later frames name. */
export function batchWithout(batch: Batch, { passed_over }: AppliedWithout): Batch {
  return passed_over?.passed_over === 'frame' ? { ...batch, rows: 0 } : batch;
}
