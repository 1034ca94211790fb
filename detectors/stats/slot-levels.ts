/** Levels of a value in the slots of a cycle (hours of the day, of the week), learnt one by one. */
export interface SlotLevels {
  readonly levels: number[];
  /** Values behind each level, counted no further than `1 / rate`. */
  readonly counts: number[];
}

export function initSlotLevels(slots: number): SlotLevels {
  return { levels: new Array<number>(slots).fill(0), counts: new Array<number>(slots).fill(0) };
}

/** The level of a slot, or `otherwise` where nothing has been seen in it. */
export function slotLevel({ levels, counts }: SlotLevels, slot: number, otherwise: number): number {
  return counts[slot] > 0 ? levels[slot] : otherwise;
}

/** Learns a value, in place: the mean of the first `1 / rate` values of the slot, from then on with weight `rate`. */
export function learnSlot({ levels, counts }: SlotLevels, slot: number, value: number, rate: number): void {
  const weight = Math.max(rate, 1 / (counts[slot] + 1));
  levels[slot] += weight * (value - levels[slot]);
  if (counts[slot] * rate < 1) counts[slot]++;
}
