import { DIMENSIONS } from '../../contracts/event.js';

/** Names of dimensions as they stand in segment keys: in the order of the contract, joined; '' is the whole fleet. */
export function groupingKey(dimensions: readonly string[]): string {
  return DIMENSIONS.filter((dimension) => dimensions.includes(dimension)).join(',');
}

const REMEMBERED_MAX = 100_000;
const groupings = new Map<string, string>();

/** The dimensions of a segment key, joined: `campaign=a,number_pool=b` is of `campaign,number_pool`. */
export function groupingOf(segment: string): string {
  let grouping = groupings.get(segment);
  if (grouping === undefined) {
    grouping =
      segment === 'all'
        ? ''
        : segment
            .split(',')
            .map((part) => part.slice(0, part.indexOf('=')))
            .join(',');
    if (groupings.size >= REMEMBERED_MAX) groupings.clear();
    groupings.set(segment, grouping);
  }
  return grouping;
}

/** Key of the segment that a segment lies in, with the dimensions of a grouping; it has all of them. */
export function segmentWithin(segment: string, grouping: string): string {
  if (grouping === '') return 'all';
  const names = grouping.split(',');
  return segment
    .split(',')
    .filter((part) => names.includes(part.slice(0, part.indexOf('='))))
    .join(',');
}

/** Whether every segment of `finer` is a part of one of `coarser`: it has all of its dimensions and more. */
export function divides(finer: string, coarser: string): boolean {
  if (finer === coarser) return false;
  if (coarser === '') return true;
  const names = finer.split(',');
  return coarser.split(',').every((name) => names.includes(name));
}
