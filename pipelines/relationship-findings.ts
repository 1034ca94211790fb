import { type Config, type Relationship, relationshipSignals } from '../contracts/config.js';
import { REST_PART } from '../contracts/verdict.js';
import { FIELD, groupingKey, type KnownNames, named, REFERENCE, repeated, unobserved } from './configuration-names.js';
import { type FieldPath, type Finding, valueText } from './configuration-problems.js';

/** What may be wrong with the relationships of a configuration. */
export function relationshipFindings(config: Config, known: KnownNames): Finding[] {
  const base = ['relationships'] as const;
  const names = config.relationships.map(({ name }) => name);
  const observed = config.observe.groupings.map(groupingKey);
  return [
    ...repeated(names, base, 'the relationship'),
    ...config.relationships.flatMap((relationship, index): Finding[] => {
      const { name, groupings } = relationship;
      const path = [...base, index];
      const findings =
        relationship.parts === undefined
          ? pairFindings(relationship, known, path)
          : mixFindings(relationship, known, path);
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
        for (const signal of relationshipSignals(relationship))
          findings.push(...dimensionFindings(signal, grouping, known, where));
      });
      return findings;
    }),
  ];
}

function pairFindings({ x, y, both }: Relationship, known: KnownNames, path: FieldPath): Finding[] {
  if (x === undefined || y === undefined) {
    return [
      {
        code: FIELD,
        message: `a relationship is between two signals; this one has ${x === undefined && y === undefined ? 'neither x nor y' : `no ${x === undefined ? 'x' : 'y'}`}`,
        path,
        allowed: 'it takes x and y, or in their place parts, such as [human_answer_share, voicemail_share]',
      },
    ];
  }
  const same: Finding = {
    code: FIELD,
    message: `a relationship is between two signals, not ${valueText(x)} and itself`,
    path: [...path, 'y'],
  };
  return [
    ...named('signal', x, known.signals, [...path, 'x']),
    ...named('signal', y, known.signals, [...path, 'y']),
    ...(both === undefined ? [] : associationFindings({ x, y, both }, known, path)),
    ...(x === y ? [same] : []),
  ];
}

/** An association within calls is between proportions: `both` counts calls of x and y. */
function associationFindings(
  { x, y, both }: Record<'x' | 'y' | 'both', string>,
  known: KnownNames,
  path: FieldPath,
): Finding[] {
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

/** The parts of a mix are proportions of the same calls; each call is of one of them at most. */
function mixFindings(relationship: Relationship, known: KnownNames, path: FieldPath): Finding[] {
  const parts = relationship.parts!;
  const beside = (['x', 'y', 'both'] as const).filter((key) => relationship[key] !== undefined);
  return [
    ...beside.map(
      (key): Finding => ({
        code: FIELD,
        message: `${valueText(relationship[key])} stands beside parts`,
        path: [...path, key],
        allowed: 'a relationship has x and y (and both), or parts',
        hint: 'Leave one of them out: how calls divide, and how two signals go together, are two relationships.',
      }),
    ),
    ...repeated(parts, [...path, 'parts'], 'the part'),
    ...parts.flatMap((signal, index) => {
      const where = [...path, 'parts', index];
      const missing = named('signal', signal, known.signals, where);
      return missing.length > 0 ? missing : partFindings(signal, parts[0]!, known, where);
    }),
  ];
}

function partFindings(signal: string, first: string, known: KnownNames, path: FieldPath): Finding[] {
  const refused = (reason: string): Finding[] => [
    {
      code: FIELD,
      message: `${valueText(signal)} ${reason}`,
      path,
      hint: 'Name signals of kind proportion that count the same calls, each call in one of them at most.',
    },
  ];
  const kind = known.signal_kinds?.[signal];
  if (kind !== undefined && kind !== 'proportion') return refused(`is a ${kind}; only proportions are parts of a mix`);
  if (known.dense_signals?.includes(signal) === true)
    return refused('counts minutes, and the parts of a mix are calls');
  const [unit, wanted] = [known.signal_units?.[signal], known.signal_units?.[first]];
  if (unit !== wanted) return refused(`is in ${unit}, and ${valueText(first)} in ${wanted}`);
  if (signal === REST_PART) return refused('is the name of what no part counts');
  return [];
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
