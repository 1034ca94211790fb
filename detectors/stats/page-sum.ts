/** One direction of a chart in the manner of Page (1954): what has added up since the sum last stood at zero. */
export interface PageSum {
  sum: number;
  /** Plain deviations, and units, over the same span; where the span began. */
  deviation: number;
  units: number;
  start_us: number;
}

/** Of a sum at `sumMax`, what is beyond is lost: the chart has long fired, and stays finite. */
export interface PageStep {
  readonly beyond: number;
  readonly deviation: number;
  readonly units: number;
  readonly start_us: number;
}

export function initPageSum(): PageSum {
  return { sum: 0, deviation: 0, units: 0, start_us: 0 };
}

/** sum <- max(0, sum + beyond), in place, held at `sumMax`; the span begins anew with the first window after a zero. */
export function addToPageSum(side: PageSum, { beyond, deviation, units, start_us }: PageStep, sumMax: number): void {
  if (side.sum === 0) {
    side.deviation = 0;
    side.units = 0;
    side.start_us = start_us;
  }
  side.sum = Math.min(sumMax, Math.max(0, side.sum + beyond));
  side.deviation += deviation;
  side.units += units;
}
