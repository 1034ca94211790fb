import { median } from 'simple-statistics';
import type { StatusReport } from '../../contracts/reports.js';
import type { Cost } from '../end-to-end/cost.js';
import type { Planted } from './poisoned-events.js';

/** What a run tells at its end. */
export type Found = Pick<StatusReport, 'events' | 'rejected_by_reason' | 'epoch'>;

/** Clean input beside poisoned input, in pairs. */
export interface PoisonReport {
  readonly events: number;
  readonly pairs: number;
  /** Events that landed per second of processor time, medians; lines that were kept out count for nothing. */
  readonly clean_rows_per_s: number;
  readonly poisoned_rows_per_s: number;
  /** Median over the pairs of poisoned by clean. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly planted: Planted;
  readonly found: Found;
  /** What is not as it was planted; empty: all is accounted for. */
  readonly wrong: readonly string[];
  readonly peak_rss_mib: number;
}

export interface Pair {
  readonly clean: Cost;
  readonly poisoned: Cost & Found;
}

export function poisonReport(events: number, planted: Planted, pairs: readonly Pair[]): PoisonReport {
  const perSecond = ({ rows, cpu_seconds }: Cost) => rows / cpu_seconds;
  const ratios = pairs.map(({ clean, poisoned }) => perSecond(poisoned) / perSecond(clean));
  return {
    events,
    pairs: pairs.length,
    clean_rows_per_s: median(pairs.map(({ clean }) => perSecond(clean))),
    poisoned_rows_per_s: median(pairs.map(({ poisoned }) => perSecond(poisoned))),
    ratio: median(ratios),
    ratios,
    planted,
    found: found(pairs.at(-1)!.poisoned),
    wrong: [...new Set(pairs.flatMap(({ poisoned }) => misaccounted(events, planted, poisoned)))],
    peak_rss_mib: Math.max(...pairs.map(({ poisoned }) => poisoned.peak_rss_mib)),
  };
}

function found({ events, rejected_by_reason, epoch }: Found): Found {
  return { events, rejected_by_reason, epoch };
}

/** What was planted and is not found, or found and was not planted. */
export function misaccounted(
  events: number,
  planted: Planted,
  { events: counts, rejected_by_reason, epoch }: Found,
): string[] {
  const { lines, duplicates, by_reason } = planted;
  const expected: readonly (readonly [string, number, number])[] = [
    ['received', counts.received, events + lines],
    ['landed', counts.landed, events],
    ['duplicate', counts.duplicate, duplicates],
    ['rejected', counts.rejected, lines - duplicates],
    ['late', counts.late, 0],
    ['starts', epoch, 1],
    ...[...new Set([...Object.keys(by_reason), ...Object.keys(rejected_by_reason)])].map((reason) => {
      const key = reason as keyof typeof by_reason;
      return [reason, rejected_by_reason[key] ?? 0, by_reason[key] ?? 0] as const;
    }),
  ];
  return expected.filter(([, is, ought]) => is !== ought).map(([what, is, ought]) => `${what}: ${is} and not ${ought}`);
}
