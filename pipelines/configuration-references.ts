import { validate as isCron } from 'node-cron';
import type { z } from 'zod';
import type { Config, Relationship, Rule } from '../contracts/config.js';
import { parseDurationMs } from '../contracts/duration.js';
import type { Dimension } from '../contracts/event.js';
import { actionFindings } from './action-units.js';
import { didYouMean, type FieldPath, type Finding, schemaFindings, valueText } from './configuration-problems.js';

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

const FIELD = 'CONFIG_FIELD_INVALID';
const REFERENCE = 'CONFIG_REFERENCE_UNDEFINED';

/** Everything that a configuration of the right form may still have wrong: names, units, spans, references. */
export function referenceFindings(config: Config, known: KnownNames): Finding[] {
  return [
    ...componentFindings(config, known),
    ...groupingFindings(config),
    ...baselineFindings(config),
    ...relationshipFindings(config, known),
    ...detectFindings(config, known),
    ...config.policy.same_cause.flatMap((signals, set) =>
      signals.flatMap((signal, index) => named('signal', signal, known.signals, ['policy', 'same_cause', set, index])),
    ),
    ...config.policy.rules.flatMap((rule, index) => ruleFindings(rule, index, config, known)),
    ...landFindings(config),
  ];
}

function undefinedName(kind: string, name: string, names: readonly string[], path: FieldPath): Finding {
  return {
    code: REFERENCE,
    message: `${kind} ${valueText(name)} is not defined`,
    path,
    allowed: `defined: ${names.length === 0 ? 'none' : names.join(', ')}`,
    ...didYouMean(name, names),
  };
}

function named(kind: string, name: string, names: readonly string[], path: FieldPath): Finding[] {
  return names.includes(name) ? [] : [undefinedName(kind, name, names, path)];
}

function componentFindings(config: Config, known: KnownNames): Finding[] {
  const check = (kind: 'source' | 'sink') => {
    const list = `${kind}s` as const;
    return config[list].flatMap(({ use, ...options }, index): Finding[] => {
      if (!known[list].includes(use)) return named(kind, use, known[list], [list, index, 'use']);
      const schema = known.options?.[list]?.[use];
      return optionFindings(schema, options, [list, index]);
    });
  };
  return [...check('source'), ...check('sink')];
}

function optionFindings(schema: z.ZodType | undefined, options: unknown, base: FieldPath): Finding[] {
  if (schema === undefined) return [];
  const result = schema.safeParse(options);
  return result.success ? [] : schemaFindings(schema, result.error.issues, options, base);
}

const groupingText = (grouping: readonly string[]) => `[${grouping.join(', ')}]`;
const groupingKey = (grouping: readonly string[]) => [...grouping].sort().join(',');

function repeated(values: readonly string[], base: FieldPath, what: string): Finding[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) === index
      ? []
      : [{ code: FIELD, message: `${what} ${valueText(value)} stands twice`, path: [...base, index] } as const],
  );
}

function groupingFindings(config: Config): Finding[] {
  const base = ['observe', 'groupings'] as const;
  return [
    ...repeated(config.observe.groupings.map(groupingKey), base, 'the grouping'),
    ...config.observe.groupings.flatMap((grouping, index) => repeated(grouping, [...base, index], 'the dimension')),
  ];
}

function baselineFindings(config: Config): Finding[] {
  const { history, guard, history_min, schedule, exceptional_days } = config.baseline;
  const findings: Finding[] = [];
  const expect = (holds: boolean, field: string, value: string, allowed: string) => {
    if (holds) return;
    findings.push({
      code: FIELD,
      message: `${valueText(value)} is not allowed here`,
      path: ['baseline', field],
      allowed,
    });
  };
  expect(isCron(schedule), 'schedule', schedule, 'it takes a cron expression, such as "0 3 * * *" (03:00 every day)');
  expect(parseDurationMs(guard) < parseDurationMs(history), 'guard', guard, `it is less than history (${history})`);
  expect(
    parseDurationMs(history_min) <= parseDurationMs(history),
    'history_min',
    history_min,
    `it is at most history (${history})`,
  );
  exceptional_days.forEach((day, index) => {
    if (isCalendarDay(day)) return;
    const path = ['baseline', 'exceptional_days', index];
    findings.push({ code: FIELD, message: `${valueText(day)} is no day of the calendar`, path });
  });
  return findings;
}

function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function relationshipFindings(config: Config, known: KnownNames): Finding[] {
  const base = ['relationships'] as const;
  const names = config.relationships.map(({ name }) => name);
  const observed = config.observe.groupings.map(groupingKey);
  return [
    ...repeated(names, base, 'the relationship'),
    ...config.relationships.flatMap((relationship, index): Finding[] => {
      const { name, x, y, both, groupings } = relationship;
      const path = [...base, index];
      const findings = [
        ...named('signal', x, known.signals, [...path, 'x']),
        ...named('signal', y, known.signals, [...path, 'y']),
        ...associationFindings(relationship, known, path),
      ];
      if (x === y) {
        findings.push({
          code: FIELD,
          message: `a relationship is between two signals, not ${valueText(x)} and itself`,
          path: [...path, 'y'],
        });
      }
      if (known.signals.includes(name)) {
        findings.push({
          code: FIELD,
          message: `${valueText(name)} is the name of a signal already`,
          path: [...path, 'name'],
        });
      }
      groupings.forEach((grouping, at) => {
        const where = [...path, 'groupings', at];
        if (!observed.includes(groupingKey(grouping))) findings.push(unobserved(grouping, config, where));
        for (const signal of [x, y, ...(both === undefined ? [] : [both])])
          findings.push(...dimensionFindings(signal, grouping, known, where));
      });
      return findings;
    }),
  ];
}

/** An association within calls is between proportions: `both` counts calls of x and y. */
function associationFindings({ x, y, both }: Relationship, known: KnownNames, path: FieldPath): Finding[] {
  if (both === undefined) return [];
  const findings = [...named('signal', both, known.signals, [...path, 'both'])];
  for (const [key, signal] of Object.entries({ x, y, both })) {
    const kind = known.signal_kinds?.[signal];
    if (kind === undefined || kind === 'proportion') continue;
    findings.push({
      code: FIELD,
      message: `${valueText(signal)} is a ${kind}; only proportions have an association within calls`,
      path: [...path, key],
      hint: 'Name signals of kind proportion, all of the same calls, or leave "both" out.',
    });
  }
  return findings;
}

function unobserved(grouping: readonly string[], config: Config, path: FieldPath): Finding {
  return {
    code: REFERENCE,
    message: `nothing is observed by ${groupingText(grouping)}`,
    path,
    allowed: `observe.groupings are: ${config.observe.groupings.map(groupingText).join(' ')}`,
    hint: `Add ${groupingText(grouping)} to observe.groupings, or use one of those.`,
  };
}

function dimensionFindings(signal: string, grouping: readonly string[], known: KnownNames, path: FieldPath): Finding[] {
  const dimensions: readonly string[] | undefined = known.signal_dimensions?.[signal];
  if (dimensions === undefined) return [];
  const foreign = grouping.filter((dimension) => !dimensions.includes(dimension));
  if (foreign.length === 0) return [];
  return [
    {
      code: REFERENCE,
      message: `signal ${valueText(signal)} has no dimension ${foreign.map(valueText).join(', ')}`,
      path,
      allowed: `it may be grouped by: ${dimensions.join(', ')}`,
    },
  ];
}

function detectFindings(config: Config, known: KnownNames): Finding[] {
  const { detector, relationship_detector, association_detector, signals, options } = config.detect;
  const { relationship_options, association_options } = config.detect;
  const schemas = known.options?.detectors;
  return [
    ...named('detector', detector, known.detectors, ['detect', 'detector']),
    ...unfitFindings(config, known),
    ...named('detector', relationship_detector, known.detectors, ['detect', 'relationship_detector']),
    ...named('detector', association_detector, known.detectors, ['detect', 'association_detector']),
    ...optionFindings(schemas?.[association_detector], association_options, ['detect', 'association_options']),
    ...optionFindings(schemas?.[detector], options, ['detect', 'options']),
    ...optionFindings(schemas?.[relationship_detector], relationship_options, ['detect', 'relationship_options']),
    ...(signals ?? []).flatMap((signal, index) => [
      ...named('signal', signal, known.signals, ['detect', 'signals', index]),
      ...unwatchedFindings(signal, known, ['detect', 'signals', index]),
    ]),
    ...Object.keys(config.detect.by_signal).flatMap((signal) => bySignalFindings(signal, config, known)),
  ];
}

/** Detectors that do not watch what they would be given. */
function unfitFindings(config: Config, known: KnownNames): Finding[] {
  const { detector, relationship_detector, association_detector, by_signal } = config.detect;
  const signals = (config.detect.signals ?? known.signals).filter(
    (signal) => by_signal[signal] === undefined && known.unwatched_signals?.includes(signal) !== true,
  );
  const unfit = signals.filter((signal) => {
    const kind = known.signal_kinds?.[signal];
    return kind !== undefined && known.detector_kinds?.[detector]?.includes(kind) === false;
  });
  const related = (key: string, named: string, kind: string, what: string): Finding[] => {
    const kinds = known.detector_kinds?.[named];
    if (kinds === undefined || kinds.includes(kind)) return [];
    const fitting = Object.entries(known.detector_kinds!).filter(([, watched]) => watched.includes(kind));
    return [
      {
        code: FIELD,
        message: `${valueText(named)} does not watch ${what}`,
        path: ['detect', key],
        allowed: fitting.map(([name]) => name).join(', '),
      },
    ];
  };
  return [
    ...unfit.slice(0, 1).map(
      (signal): Finding => ({
        code: FIELD,
        message: `${valueText(detector)} does not watch ${valueText(signal)}, which is a ${known.signal_kinds![signal]}`,
        path: ['detect', 'detector'],
        allowed: `it watches signals of kind ${known.detector_kinds![detector]!.join(', ')}`,
        hint: `Name another one for it in detect.by_signal${unfit.length > 1 ? `, and for ${unfit.length - 1} more` : ''}.`,
      }),
    ),
    ...related('relationship_detector', relationship_detector, 'relationship', 'how two signals go together'),
    ...related('association_detector', association_detector, 'association', 'two outcomes of the same calls'),
  ];
}

function unwatchedFindings(signal: string, known: KnownNames, path: FieldPath): Finding[] {
  if (known.unwatched_signals?.includes(signal) !== true) return [];
  return [
    {
      code: REFERENCE,
      message: `${valueText(signal)} is not watched by itself`,
      path,
      hint: 'Leave it out here, and name it in a relationship; or replace it in signals_dir without "watched: false".',
    },
  ];
}

function bySignalFindings(signal: string, config: Config, known: KnownNames): Finding[] {
  const { detector, options } = config.detect.by_signal[signal];
  const path = ['detect', 'by_signal', signal];
  const findings = [
    ...named('signal', signal, known.signals, path),
    ...unwatchedFindings(signal, known, path),
    ...named('detector', detector, known.detectors, [...path, 'detector']),
    ...optionFindings(known.options?.detectors?.[detector], options, [...path, 'options']),
  ];
  const kind = known.signal_kinds?.[signal];
  const kinds = known.detector_kinds?.[detector];
  if (kind !== undefined && kinds !== undefined && !kinds.includes(kind)) {
    findings.push({
      code: FIELD,
      message: `${valueText(detector)} does not watch ${valueText(signal)}, which is a ${kind}`,
      path: [...path, 'detector'],
      allowed: `it watches signals of kind ${kinds.join(', ')}`,
    });
  }
  return findings;
}

function ruleFindings(rule: Rule, index: number, config: Config, known: KnownNames): Finding[] {
  const path = ['policy', 'rules', index];
  const { when, directive } = rule;
  const relationships = config.relationships.map(({ name }) => name);
  const findings = [
    ...listedNames('signal', when.signal, known.signals, [...path, 'when', 'signal']),
    ...[when.signal ?? []].flat().flatMap((signal) => unwatchedFindings(signal, known, [...path, 'when', 'signal'])),
    ...listedNames('relationship', when.relationship, relationships, [...path, 'when', 'relationship']),
  ];
  if (config.policy.rules.findIndex(({ name }) => name === rule.name) !== index) {
    findings.push({
      code: FIELD,
      message: `the rule name ${valueText(rule.name)} is used twice`,
      path: [...path, 'name'],
      hint: 'Give every rule its own name: a directive is known by it.',
    });
  }
  if (when.label !== undefined && when.signal !== undefined && when.relationship === undefined) {
    findings.push({
      code: FIELD,
      message: 'a label tells how a relationship changed; this rule names signals only and never matches',
      path: [...path, 'when', 'label'],
      hint: 'Use "direction" for signals, or name a relationship.',
    });
  }
  if (when.segment !== undefined) {
    const dimensions = Object.keys(when.segment);
    const observed = config.observe.groupings.map(groupingKey);
    if (!observed.includes(groupingKey(dimensions))) {
      findings.push(unobserved(dimensions, config, [...path, 'when', 'segment']));
    }
  }
  if (parseDurationMs(directive.lease) === 0) {
    findings.push({
      code: FIELD,
      message: `the lease ${valueText(directive.lease)} has no length`,
      path: [...path, 'directive', 'lease'],
      allowed: 'a directive is in force until its lease runs out, such as "2h"',
    });
  }
  return [...findings, ...actionFindings(directive, [...path, 'directive'])];
}

function listedNames(
  kind: string,
  given: string | readonly string[] | undefined,
  names: readonly string[],
  path: FieldPath,
): Finding[] {
  if (given === undefined) return [];
  if (typeof given === 'string') return named(kind, given, names, path);
  return given.flatMap((name, index) => named(kind, name, names, [...path, index]));
}

function landFindings({ land }: Config): Finding[] {
  if (land.batch_bytes_max <= land.segment_bytes_max) return [];
  return [
    {
      code: FIELD,
      message: `${land.batch_bytes_max} is not allowed here`,
      path: ['land', 'batch_bytes_max'],
      allowed: `it is at most segment_bytes_max (${land.segment_bytes_max})`,
    },
  ];
}
