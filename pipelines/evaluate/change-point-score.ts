/**
 * The scoring rules of the Turing Change Point Dataset (van den Burg and Williams 2020, `metrics.py` of TCPDBench):
 * change points against those of several annotators. A change point is the 0-based index of the first observation of a
 * segment; the first index of a series is no change, and may be given or left out.
 */

/** Steps that a change point may lie off and still count as found. */
export const MARGIN_STEPS = 5;

/**
 * F1 of change points. Precision is held against what any annotator marked; recall is the mean over annotators. The
 * start of the series counts as a point that everybody has.
 *
 * @param annotations change points of each annotator; at least one annotator, who may have marked none
 * @returns above 0 (everybody has the start), at most 1
 */
export function changePointF1(
  annotations: readonly (readonly number[])[],
  predictions: readonly number[],
  margin = MARGIN_STEPS,
): number {
  const predicted = withStart(predictions);
  const precision = foundPoints(withStart(annotations.flat()), predicted, margin) / predicted.length;
  const recalls = annotations.map((marked) => {
    const points = withStart(marked);
    return foundPoints(points, predicted, margin) / points.length;
  });
  const recall = recalls.reduce((sum, one) => sum + one, 0) / annotations.length;
  return (precision * recall) / (0.5 * recall + 0.5 * precision);
}

/** Points in ascending order that have a prediction within the margin; each takes the nearest that is left. */
function foundPoints(points: readonly number[], predicted: readonly number[], margin: number): number {
  const left = [...predicted];
  let found = 0;
  for (const point of points) {
    let nearest = -1;
    for (const [index, one] of left.entries()) {
      if (nearest < 0 || Math.abs(one - point) < Math.abs(left[nearest] - point)) nearest = index;
    }
    if (nearest < 0 || Math.abs(left[nearest] - point) > margin) continue;
    left.splice(nearest, 1);
    found++;
  }
  return found;
}

/**
 * Covering of a series by the predicted segments: each annotator's segments, weighed by their length, count with the
 * best Jaccard index that a predicted segment has with them; mean over annotators.
 *
 * @param n observations of the series, at least 1; change points lie below it
 * @returns above 0, at most 1
 */
export function segmentationCover(
  annotations: readonly (readonly number[])[],
  predictions: readonly number[],
  n: number,
): number {
  const predicted = segmentsOf(predictions, n);
  const covers = annotations.map((marked) => {
    let covered = 0;
    for (const segment of segmentsOf(marked, n)) {
      covered += (segment.end - segment.start) * Math.max(...predicted.map((one) => jaccard(segment, one)));
    }
    return covered / n;
  });
  return covers.reduce((sum, one) => sum + one, 0) / annotations.length;
}

/** Half-open span of indices. */
interface Segment {
  readonly start: number;
  readonly end: number;
}

function jaccard(one: Segment, other: Segment): number {
  const shared = Math.min(one.end, other.end) - Math.max(one.start, other.start);
  if (shared <= 0) return 0;
  return shared / (Math.max(one.end, other.end) - Math.min(one.start, other.start));
}

function segmentsOf(points: readonly number[], n: number): Segment[] {
  const starts = withStart(points).filter((point) => point < n);
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? n }));
}

/** Each point once, in order, the start of the series first. */
function withStart(points: readonly number[]): number[] {
  return [...new Set([0, ...points])].sort((one, other) => one - other);
}
