/** Marks kept at most. They thin out with age, so this reaches back over tens of thousands of windows. */
export const CHANGE_MARKS_MAX = 192;

/** Thinning brings the marks down to this, so that it is done once in many windows. */
const CHANGE_MARKS_THINNED_MAX = 160;

/** Marks per doubling of age, at least: an estimated start is never blurred by more than an eighth of its age. */
const MARKS_PER_OCTAVE = 8;

/**
 * A bounded map from a growing count of units to event time: when did unit number u come?
 *
 * Each window leaves a mark (units before it, its start). Old marks are thinned on aligned strides that grow with age,
 * so that the recent past is exact and the far past coarse, in proportion.
 */
export interface ChangeMarks {
  readonly units: number[];
  readonly us: number[];
}

export function initChangeMarks(): ChangeMarks {
  return { units: [], us: [] };
}

/** Adds the mark of a window, in place; `units` must not fall from call to call. Amortised O(1). */
export function markChange(marks: ChangeMarks, units: number, us: number): void {
  if (marks.units.length === CHANGE_MARKS_MAX) thin(marks, units);
  marks.units.push(units);
  marks.us.push(us);
}

/** Start of the window that holds unit number `units` (or of the nearest mark before it); null without any mark. */
export function changeTime(marks: ChangeMarks, units: number): number | null {
  let low = 0;
  let high = marks.units.length - 1;
  if (high < 0) return null;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (marks.units[middle] <= units) low = middle;
    else high = middle - 1;
  }
  return marks.us[low];
}

function thin(marks: ChangeMarks, now: number): void {
  const { units, us } = marks;
  const newest = units.length - 1;
  let stride = 2 ** Math.ceil(Math.log2(Math.max(1, (now - units[0]) / MARKS_PER_OCTAVE)));
  // A power of two: multiplying by its inverse is as exact as dividing, and this loop is most of what a mark costs.
  let inverse = 1 / stride;
  let place = Math.floor(units[0] * inverse);
  let kept = 1;
  for (let i = 1; i <= newest; i++) {
    // The first mark of each aligned stride stays. Strides are powers of two, so later thinning keeps a subset.
    let before = place;
    while (stride > 1 && stride * MARKS_PER_OCTAVE > now - units[i]) {
      stride /= 2;
      inverse *= 2;
      before = Math.floor(units[i - 1] * inverse);
    }
    place = Math.floor(units[i] * inverse);
    if (place === before && i < newest) continue;
    units[kept] = units[i];
    us[kept] = us[i];
    kept++;
  }
  const surplus = Math.max(0, kept - CHANGE_MARKS_THINNED_MAX);
  units.length = kept;
  us.length = kept;
  units.splice(0, surplus);
  us.splice(0, surplus);
}
