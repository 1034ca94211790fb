import type { z } from 'zod';
import type { Config } from '../contracts/config.js';
import type { Dimension } from '../contracts/event.js';
import { didYouMean, type FieldPath, type Finding, valueText } from './configuration-problems.js';

/** What the registries and the signal files define; what a configuration may name. */
export interface KnownNames {
  readonly signals: readonly string[];
  readonly detectors: readonly string[];
  readonly sources: readonly string[];
  readonly sinks: readonly string[];
  /** Dimensions that a signal may be grouped by; a signal that is not here takes any. */
  readonly signal_dimensions?: Readonly<Record<string, readonly Dimension[]>>;
  /** Kinds of signals, and those that a detector watches; what is not here is not looked into. */
  readonly signal_kinds?: Readonly<Record<string, string>>;
  /** Units of signals, and those that count minutes rather than calls. */
  readonly signal_units?: Readonly<Record<string, string>>;
  readonly dense_signals?: readonly string[];
  /** Of signals that count calls, how long their windows wait. */
  readonly call_maturities?: Readonly<Record<string, string>>;
  /** Signals that only relationships look at. */
  readonly unwatched_signals?: readonly string[];
  readonly detector_kinds?: Readonly<Record<string, readonly string[]>>;
  /** Schemas of the options of components; a component without one is not looked into. */
  readonly options?: {
    readonly detectors?: Readonly<Record<string, z.ZodType>>;
    readonly sources?: Readonly<Record<string, z.ZodType>>;
    readonly sinks?: Readonly<Record<string, z.ZodType>>;
  };
}

export const FIELD = 'CONFIG_FIELD_INVALID';
export const REFERENCE = 'CONFIG_REFERENCE_UNDEFINED';

function undefinedName(kind: string, name: string, names: readonly string[], path: FieldPath): Finding {
  return {
    code: REFERENCE,
    message: `${kind} ${valueText(name)} is not defined`,
    path,
    allowed: `defined: ${names.length === 0 ? 'none' : names.join(', ')}`,
    ...didYouMean(name, names),
  };
}

export function named(kind: string, name: string, names: readonly string[], path: FieldPath): Finding[] {
  return names.includes(name) ? [] : [undefinedName(kind, name, names, path)];
}

const groupingText = (grouping: readonly string[]) => `[${grouping.join(', ')}]`;
export const groupingKey = (grouping: readonly string[]) => [...grouping].sort().join(',');

export function repeated(values: readonly string[], base: FieldPath, what: string): Finding[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) === index
      ? []
      : [{ code: FIELD, message: `${what} ${valueText(value)} stands twice`, path: [...base, index] } as const],
  );
}

export function unobserved(grouping: readonly string[], config: Config, path: FieldPath): Finding {
  return {
    code: REFERENCE,
    message: `nothing is observed by ${groupingText(grouping)}`,
    path,
    allowed: `observe.groupings are: ${config.observe.groupings.map(groupingText).join(' ')}`,
    hint: `Add ${groupingText(grouping)} to observe.groupings, or use one of those.`,
  };
}
