import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

const FULL = constants.NODE_PERFORMANCE_GC_MAJOR;

/** An entry of a collection; the types of Node leave its detail out. */
type Collection = PerformanceEntry & { readonly detail: { readonly kind: number } };

/**
 * What the process holds on to of its JavaScript heap: bytes in use just after the last full collection, garbage left out; NaN
 * before the first one. Of all that a process tells of its memory it is what shows a leak soonest.
 */
export function heapAfterCollection(): () => number {
  let bytes = Number.NaN;
  new PerformanceObserver((list) => {
    const is_full = list.getEntries().some((entry) => (entry as Collection).detail.kind === FULL);
    if (is_full) bytes = getHeapStatistics().used_heap_size;
  }).observe({ entryTypes: ['gc'] });
  return () => bytes;
}
