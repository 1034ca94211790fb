/**
 * The name that a mistyped one was meant to be, or undefined when none is near: at most a third of its characters
 * changed, added, removed or swapped with a neighbour (optimal string alignment distance), or one within the other.
 */
export function nearestName(mistyped: string, names: readonly string[]): string | undefined {
  const wanted = mistyped.toLowerCase();
  const distance_max = Math.max(1, Math.floor(wanted.length / 3));
  let nearest: string | undefined;
  let nearest_distance = distance_max + 1;
  for (const name of names) {
    const distance = editDistance(wanted, name.toLowerCase());
    if (distance < nearest_distance) {
      nearest = name;
      nearest_distance = distance;
    }
  }
  if (nearest !== undefined || wanted.length < 4) return nearest;
  return names.find((name) => name.includes(wanted) || (name.length >= 4 && wanted.includes(name)));
}

function editDistance(left: string, right: string): number {
  let two_back: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const is_equal = left[row - 1] === right[column - 1];
      let least = Math.min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (is_equal ? 0 : 1));
      const is_swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && is_swapped) least = Math.min(least, two_back[column - 2] + 1);
      current.push(least);
    }
    two_back = previous;
    previous = current;
  }
  return previous[right.length];
}
