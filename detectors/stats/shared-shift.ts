import type { SignalKind } from '../../contracts/signal.js';
import { clampProportion } from './bernoulli-log-ratio.js';
import { segmentRatio } from './segment-ratio.js';

/** What one part of a whole (a leaf) had over a span, beside what its own baseline expects of exactly that span. */
export interface LeafCounts {
  /** Trials, values, or minutes of exposure; at least 0. */
  readonly size: number;
  /** Successes, events, or the sum of the values. */
  readonly total: number;
  /** What the baseline expects `total` to be; above 0 for proportions and rates. */
  readonly expected: number;
  /** Of `total` about `expected` while nothing has changed, overdispersion and error of the baseline included. */
  readonly variance: number;
  /** Means only: standard deviation of one value. */
  readonly value_sd: number;
}

/** Shifts are held within this many log odds, log rates or standard deviations: e^-20 calls in all are none. */
const SHIFT_MAX = 20;
const STEPS_MAX = 100;

/** How many times the variance of independent units a leaf has: log-likelihood ratios are divided by it. */
function dispersionOf(kind: SignalKind, { size, expected, variance }: LeafCounts): number {
  const plain = kind === 'proportion' ? expected * (1 - clampProportion(expected / size)) : expected;
  return variance / plain;
}

/** What is shifted by one unit of the shift, for means: the sum of the values. */
function meanSlope({ size, value_sd }: LeafCounts): number {
  return size * value_sd;
}

/** Whether a leaf can give evidence at all. */
export function isWeighable({ size, variance }: LeafCounts): boolean {
  return size > 0 && variance > 0;
}

/**
 * Log-likelihood ratio of one leaf against its baseline, maximised over its own shift, in nats (`segmentRatio`), divided
 * by its dispersion; 0 for a leaf without units.
 */
export function leafEvidence(kind: SignalKind, leaf: LeafCounts): number {
  if (!isWeighable(leaf)) return 0;
  if (kind === 'mean') return (leaf.total - leaf.expected) ** 2 / (2 * leaf.variance);
  return segmentRatio(kind, leaf.size, leaf.total, leaf.expected) / dispersionOf(kind, leaf);
}

export interface SharedShift {
  /** Log odds, log rate, or standard deviations; within SHIFT_MAX. */
  readonly shift: number;
  /** Nats, at least 0. */
  readonly evidence: number;
}

/**
 * The shift that all leaves share which their counts support best, and its log-likelihood ratio against no shift. Each
 * leaf keeps its own baseline, so that a change of the leaves' shares alone is no evidence:
 *
 * | kind | maximised over d |
 * | --- | --- |
 * | proportion | sum [k d - n ln(1 + p (e^d - 1))] / phi |
 * | rate | sum [k d - mu (e^d - 1)] / phi |
 * | mean | sum [x u d - u^2 d^2 / 2] / v, x = total - expected, u = n sd |
 *
 * phi is each leaf's dispersion, v its variance. Rates and means in closed form; for proportions Newton's method, halving
 * where a step leaves the bracket (the sum is concave). O(leaves). Detection.md calls it the parent's evidence.
 */
export function sharedShift(kind: SignalKind, leaves: readonly LeafCounts[]): SharedShift {
  const weighed = leaves.filter(isWeighable);
  if (weighed.length === 0) return { shift: 0, evidence: 0 };
  if (kind === 'proportion') return commonLogOdds(weighed);
  let [first, second] = [0, 0];
  for (const leaf of weighed) {
    if (kind === 'mean') {
      const slope = meanSlope(leaf);
      first += ((leaf.total - leaf.expected) * slope) / leaf.variance;
      second += (slope * slope) / leaf.variance;
    } else {
      const dispersion = dispersionOf(kind, leaf);
      first += leaf.total / dispersion;
      second += leaf.expected / dispersion;
    }
  }
  if (!(second > 0)) return { shift: 0, evidence: 0 };
  if (kind === 'mean') return { shift: held(first / second), evidence: (first * first) / (2 * second) };
  const shift = first > 0 ? held(Math.log(first / second)) : -SHIFT_MAX;
  return { shift, evidence: Math.max(0, first * shift - second * Math.expm1(shift)) };
}

function commonLogOdds(leaves: readonly LeafCounts[]): SharedShift {
  const terms = leaves.map((leaf) => ({
    weight: 1 / dispersionOf('proportion', leaf),
    size: leaf.size,
    total: leaf.total,
    level: clampProportion(leaf.expected / leaf.size),
  }));
  let [low, high, shift] = [-SHIFT_MAX, SHIFT_MAX, 0];
  for (let step = 0; step < STEPS_MAX && high - low > 1e-12; step++) {
    let [slope, curvature] = [0, 0];
    for (const { weight, size, total, level } of terms) {
      const growth = level * Math.exp(shift);
      const shifted = growth / (1 - level + growth);
      slope += weight * (total - size * shifted);
      curvature += weight * size * shifted * (1 - shifted);
    }
    if (slope > 0) low = shift;
    else high = shift;
    const next = shift + slope / curvature;
    const taken = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(taken - shift) < 1e-12) break;
    shift = taken;
  }
  let evidence = 0;
  for (const { weight, size, total, level } of terms)
    evidence += weight * (total * shift - size * Math.log1p(level * Math.expm1(shift)));
  return { shift, evidence: Math.max(0, evidence) };
}

function held(shift: number): number {
  return Math.max(-SHIFT_MAX, Math.min(SHIFT_MAX, shift));
}
