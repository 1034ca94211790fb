import { z } from 'zod';
import { DIMENSIONS } from './event.js';

/**
 * A signal: a named measured quantity. A signal is one SQL file in `sql/signals/` (or the operator's own folder) whose
 * header is this record; the file creates the view of the same name.
 */

export const SIGNAL_KINDS = ['proportion', 'rate', 'mean'] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

export const signalSchema = z.strictObject({
  signal: z.string().regex(/^[a-z][a-z0-9_]*$/),
  summary: z.string().min(1),
  /** proportion: total of n trials; rate: total events over exposure; mean: total of n values. */
  kind: z.enum(SIGNAL_KINDS),
  /** Unit of the quantity that people read: ratio, per minute, ms, EUR ... */
  unit: z.string().min(1),
  /** Divide the integer statistics by this to come to `unit` (a mean in ms read as s: 1000). */
  scale: z.coerce.number().positive().default(1),
  /** Which way is harm. `either` gives both sides the same weight. */
  harmful: z.enum(['up', 'down', 'either']),
  /** How long after the end of a window its outcomes may still come in: `90s`, `10m`. */
  maturity: z.string().regex(/^\d+(ms|s|m|h|d)$/),
  /** Means only: every value lies between 0 and this (same unit as the integer statistics). */
  upper: z.coerce.number().positive().optional(),
  /** Windows without any entity count as an observation of zero (volumes, silence). */
  dense: z.stringbool().default(false),
  /** False: counted for the relationships that name it, with no detector and no part of the budget of its own. */
  watched: z.stringbool().default(true),
  /** Dimensions by which the signal may be grouped. */
  dimensions: z.array(z.enum(DIMENSIONS)).default([...DIMENSIONS]),
});
export type Signal = z.infer<typeof signalSchema>;

/** A segment: values of some dimensions. `{}` is everything. Its key is canonical: `campaign=spring,number_pool=p1`. */
export type Segment = Readonly<Partial<Record<(typeof DIMENSIONS)[number], string>>>;

/** The canonical text of a segment: dimensions in the order of the contract; `all` for everything. */
export function segmentKey(segment: Segment): string {
  const parts: string[] = [];
  for (const dimension of DIMENSIONS) {
    const value = segment[dimension];
    if (value !== undefined) parts.push(`${dimension}=${escapeSegmentValue(value)}`);
  }
  return parts.length === 0 ? 'all' : parts.join(',');
}

/** The segment behind a canonical key. */
export function parseSegmentKey(key: string): Segment {
  if (key === 'all') return {};
  const segment: Partial<Record<(typeof DIMENSIONS)[number], string>> = {};
  for (const part of key.split(',')) {
    const at = part.indexOf('=');
    segment[part.slice(0, at) as (typeof DIMENSIONS)[number]] = unescapeSegmentValue(part.slice(at + 1));
  }
  return segment;
}

function escapeSegmentValue(value: string): string {
  return value.replaceAll('%', '%25').replaceAll(',', '%2C').replaceAll('=', '%3D');
}

function unescapeSegmentValue(value: string): string {
  return value.replaceAll('%3D', '=').replaceAll('%2C', ',').replaceAll('%25', '%');
}

/** Whether some call may belong to both segments: no dimension has two different values. */
export function segmentsOverlap(left: Segment, right: Segment): boolean {
  return DIMENSIONS.every(
    (dimension) =>
      left[dimension] === undefined || right[dimension] === undefined || left[dimension] === right[dimension],
  );
}
