import type { ComparedValues } from '../../contracts/comparison.js';
import type { ComparedSide, ComparisonReport, ComparisonRequest } from '../../contracts/comparison-report.js';
import type { Config } from '../../contracts/config.js';
import { instantText } from '../../contracts/duration.js';
import { PlumblineError } from '../../contracts/errors.js';
import { DIMENSIONS } from '../../contracts/event.js';
import { parseSegmentKey, type Segment, type SignalKind, segmentKey, segmentsOverlap } from '../../contracts/signal.js';
import { comparisons } from '../../detectors/comparisons/index.js';
import { quantileBins } from '../../detectors/stats/quantile-bins.js';
import { countedQuantile } from '../../detectors/stats/value-distance.js';
import { Z95 } from '../../detectors/stats/z95.js';
import { Random } from '../../sources/simulate/random.js';
import { LocalHours } from '../local-hours.js';
import { nearestName } from '../nearest-name.js';
import type { Row, Store } from '../store.js';
import { spanOfPeriod } from './period.js';
import { rowsFromUs } from './rows-left.js';

/** Distinct values that are told apart; beyond, values fall into this many steps of equal width. */
const VALUES_MAX = 5_000;
/** Bins of about equal share for the comparisons of counts: what reports of stability are made with. */
const BINS_MAX = 10;
/** Bounds of a side without a period, microseconds: years 1970 and 2200. */
const NEVER_US = 0;
const EVER_US = 7_258_118_400_000_000;

interface Side {
  readonly segment: Segment;
  readonly key: string;
  readonly from_us: number;
  readonly to_us: number;
}

/**
 * Compares a signal between two periods or two segments: levels with intervals, and every comparison of the registry
 * that fits it. Proportions and means are compared by their entities, rates and dense signals by their minutes.
 * @throws PlumblineError COMMAND_ARGUMENT_INVALID for an unknown signal, segment or period, and for sides that may hold
 * the same calls
 */
export async function compareSides(
  store: Store,
  config: Config,
  request: ComparisonRequest,
): Promise<ComparisonReport> {
  const signal = await signalRow(store, request.signal);
  const first = await sideOf(store, config, request.first);
  const second = await sideOf(store, config, request.second);
  refuseOverlap(first, second);
  const kind = signal.kind as SignalKind;
  const by_minute = kind === 'rate' || signal.is_dense === true;
  const scale = signal.scale as number;
  const values = await comparedValues(store, { signal: request.signal, first, second, by_minute, scale });
  const sides = {
    first: describeSide(first, values.values, values.first),
    second: describeSide(second, values.values, values.second),
  };
  return {
    signal: request.signal,
    kind,
    unit: signal.unit as string,
    per: by_minute ? 'minute' : kind === 'proportion' ? 'trial' : 'entity',
    first: sides.first,
    second: sides.second,
    ...differenceOf(values),
    comparisons: applyComparisons(values),
  };
}

async function signalRow(store: Store, name: string): Promise<Row> {
  const rows = await store.rows('checks/registered_signals');
  const row = rows.find(({ signal }) => signal === name);
  if (row !== undefined) return row;
  const names = rows.map(({ signal }) => signal as string);
  const nearest = nearestName(name, names);
  throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `there is no signal "${name}"`, {
    detail: `signals are ${names.join(', ')}`,
    hint: nearest === undefined ? undefined : `Did you mean "${nearest}"?`,
  });
}

async function sideOf(
  store: Store,
  config: Config,
  { segment: text, period }: ComparisonRequest['first'],
): Promise<Side> {
  const segment = readSegment(text);
  const key = segmentKey(segment);
  if (period === null) return { segment, key, from_us: (await rowsFromUs(store)) ?? NEVER_US, to_us: EVER_US };
  return { segment, key, ...(await spanOfPeriod(store, period, new LocalHours(config).zoneOf(key))) };
}

function readSegment(text: string): Segment {
  const segment = parseSegmentKey(text);
  const unknown = Object.keys(segment).find((name) => !(DIMENSIONS as readonly string[]).includes(name));
  if (unknown === undefined && segmentKey(segment) !== 'all') return segment;
  if (text === 'all') return {};
  throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${text}" is no segment`, {
    detail: `dimensions are ${DIMENSIONS.join(', ')}`,
    hint: 'Write dimension=value, several with a comma between, or all.',
  });
}

/** A call on both sides would make them more alike than chance does. */
function refuseOverlap(first: Side, second: Side): void {
  if (first.to_us <= second.from_us || second.to_us <= first.from_us) return;
  if (!segmentsOverlap(first.segment, second.segment)) return;
  throw new PlumblineError('COMMAND_ARGUMENT_INVALID', 'the two sides may hold the same calls', {
    detail: `"${first.key}" and "${second.key}" overlap, and so do their periods`,
    hint: 'Name two values of one dimension, or two periods apart from each other.',
  });
}

interface Wanted {
  readonly signal: string;
  readonly first: Side;
  readonly second: Side;
  readonly by_minute: boolean;
  readonly scale: number;
}

async function comparedValues(
  store: Store,
  { signal, first, second, by_minute, scale }: Wanted,
): Promise<ComparedValues> {
  const parameters = {
    signal,
    first_segment: first.key,
    first_from_us: first.from_us,
    first_to_us: first.to_us,
    second_segment: second.key,
    second_from_us: second.from_us,
    second_to_us: second.to_us,
    bins_max: VALUES_MAX,
  };
  const dimensions = (side: Side) => Object.keys(side.segment).join(',');
  const rows = by_minute
    ? await store.rows('checks/compared_minutes', parameters)
    : await store.rows('checks/compared_entities', {
        ...parameters,
        first_dimensions: dimensions(first),
        second_dimensions: dimensions(second),
      });
  return {
    values: rows.map(({ value }) => (value as number) / scale),
    first: rows.map(({ first_count }) => first_count as number),
    second: rows.map(({ second_count }) => second_count as number),
  };
}

interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Of the mean. */
  readonly variance: number;
}

function momentsOf(values: readonly number[], counts: readonly number[]): Moments {
  let [n, sum] = [0, 0];
  for (const [at, count] of counts.entries()) {
    n += count;
    sum += count * values[at]!;
  }
  const mean = sum / n;
  let squares = 0;
  for (const [at, count] of counts.entries()) squares += count * (values[at]! - mean) ** 2;
  return { n, mean, variance: n > 1 ? squares / (n - 1) / n : 0 };
}

function describeSide(
  { segment, from_us, to_us }: Side,
  values: readonly number[],
  counts: readonly number[],
): ComparedSide {
  const { n, mean, variance } = momentsOf(values, counts);
  const half = Z95 * Math.sqrt(variance);
  const quartile = (share: number) => countedQuantile(values, counts, share);
  return {
    segment: { ...segment } as Record<string, string>,
    from_at: from_us === NEVER_US ? null : instantText(from_us),
    to_at: to_us === EVER_US ? null : instantText(to_us),
    n,
    level: n === 0 ? null : mean,
    level_low: n === 0 ? null : mean - half,
    level_high: n === 0 ? null : mean + half,
    quartiles: n === 0 ? null : [quartile(0.25), quartile(0.5), quartile(0.75)],
  };
}

/** Interval of Welch, at the normal quantile: both sides have their own variance. */
function differenceOf({
  values,
  first,
  second,
}: ComparedValues): Pick<ComparisonReport, 'difference' | 'difference_low' | 'difference_high'> {
  const [before, after] = [momentsOf(values, first), momentsOf(values, second)];
  if (before.n === 0 || after.n === 0) return { difference: null, difference_low: null, difference_high: null };
  const difference = after.mean - before.mean;
  const half = Z95 * Math.sqrt(before.variance + after.variance);
  return { difference, difference_low: difference - half, difference_high: difference + half };
}

/** The same question gives the same answer: divisions are drawn from a fixed seed. */
function applyComparisons(values: ComparedValues): ComparisonReport['comparisons'] {
  const binned = quantileBins(values, BINS_MAX);
  const random = Random.of(1, 'compare');
  const is_on_scale = values.values.length > 2;
  return Object.values(comparisons).flatMap((comparison) => {
    if (comparison.of === 'counts') return [comparison.compare(binned)];
    return is_on_scale ? [comparison.compare(values, () => random.uniform())] : [];
  });
}
