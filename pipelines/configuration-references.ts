import { validate as isCron } from 'node-cron';
import type { z } from 'zod';
import { type Config, type Relationship, type Rule, relationshipSignals } from '../contracts/config.js';
import { parseDurationMs } from '../contracts/duration.js';
import { REST_PART } from '../contracts/verdict.js';
import { actionFindings } from './action-units.js';
import { FIELD, groupingKey, type KnownNames, named, REFERENCE, repeated, unobserved } from './configuration-names.js';
import { type FieldPath, type Finding, schemaFindings, valueText } from './configuration-problems.js';
import { relationshipFindings } from './relationship-findings.js';

export type { KnownNames } from './configuration-names.js';

/** Everything that a configuration of the right form may still have wrong: names, units, spans, references. */
export function referenceFindings(config: Config, known: KnownNames): Finding[] {
  return [
    ...componentFindings(config, known),
    ...groupingFindings(config),
    ...baselineFindings(config),
    ...rowsKeepFindings(config),
    ...settleFindings(config, known),
    ...relationshipFindings(config, known),
    ...detectFindings(config, known),
    ...config.policy.same_cause.flatMap((signals, set) =>
      signals.flatMap((signal, index) => named('signal', signal, known.signals, ['policy', 'same_cause', set, index])),
    ),
    ...config.policy.rules.flatMap((rule, index) => ruleFindings(rule, index, config, known)),
    ...landFindings(config),
  ];
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

/** What a baseline is learnt from has to be there. */
function rowsKeepFindings({ observe: { rows_keep }, baseline: { history, guard } }: Config): Finding[] {
  if (parseDurationMs(rows_keep) >= parseDurationMs(history) + parseDurationMs(guard)) return [];
  return [
    {
      code: FIELD,
      message: `${valueText(rows_keep)} is not allowed here`,
      path: ['observe', 'rows_keep'],
      allowed: `it is at least baseline.history and baseline.guard together (${history} and ${guard})`,
    },
  ];
}

/** A call has to be there when the window closes in which it counts: else it would count or not as the log is cut. */
function settleFindings({ observe: { settle } }: Config, { call_maturities = {} }: KnownNames): Finding[] {
  const closing = Object.entries(call_maturities).sort(
    ([, left], [, right]) => parseDurationMs(left) - parseDurationMs(right),
  );
  const [first] = closing;
  if (first === undefined || parseDurationMs(settle) <= parseDurationMs(first[1])) return [];
  return [
    {
      code: FIELD,
      message: `${valueText(settle)} is not allowed here`,
      path: ['observe', 'settle'],
      allowed: `it is at most the maturity of each signal that counts calls (${first[0]}: ${first[1]}), whose windows close without later ones`,
      hint: 'Shorten it, or give a signal of your own a longer maturity.',
    },
  ];
}

function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function detectFindings(config: Config, known: KnownNames): Finding[] {
  const { detector, relationship_detector, association_detector, mix_detector, signals, options } = config.detect;
  const { relationship_options, association_options, mix_options } = config.detect;
  const schemas = known.options?.detectors;
  return [
    ...named('detector', detector, known.detectors, ['detect', 'detector']),
    ...unfitFindings(config, known),
    ...named('detector', relationship_detector, known.detectors, ['detect', 'relationship_detector']),
    ...named('detector', association_detector, known.detectors, ['detect', 'association_detector']),
    ...named('detector', mix_detector, known.detectors, ['detect', 'mix_detector']),
    ...optionFindings(schemas?.[mix_detector], mix_options, ['detect', 'mix_options']),
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
  const { detector, relationship_detector, association_detector, mix_detector, by_signal } = config.detect;
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
    ...related('mix_detector', mix_detector, 'mix', 'how calls divide into parts'),
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
  findings.push(...partNames(when, config.relationships, [...path, 'when', 'part']));
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

/** A rule may name parts of the mixes that it speaks of. */
function partNames(when: Rule['when'], relationships: readonly Relationship[], path: FieldPath): Finding[] {
  if (when.part === undefined) return [];
  const named = when.relationship === undefined ? null : [when.relationship].flat();
  const mixes = relationships.filter(({ name, parts }) => parts !== undefined && (named?.includes(name) ?? true));
  const parts = [...new Set(mixes.flatMap(relationshipSignals)), ...(mixes.length > 0 ? [REST_PART] : [])];
  return listedNames('part', when.part, parts, path);
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
