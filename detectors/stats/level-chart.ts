import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import type { DetectionWindow, StreamTraits } from '../../contracts/detector.js';
import type { SignalKind } from '../../contracts/signal.js';
import type { Verdict } from '../../contracts/verdict.js';
import { evidenceLevel, evidenceState, quietVerdict } from './evidence-state.js';
import { emptyFigures, type LevelFigures, levelDistance, readFigures } from './level-log-ratio.js';
import { pearsonResidual } from './pearson-residual.js';

/** A unit deviates by this many standard deviations at most: beyond, the level expected is next to nothing. */
const DEVIATION_MAX = 1e4;

/** What every chart of a level keeps beside its own sums: what it watches, and the last windows. */
export interface LevelChart {
  readonly kind: SignalKind;
  readonly harmful: StreamTraits['harmful'];
  /** Standard deviations of one unit. */
  readonly effect_min: number;
  readonly last: LevelFigures;
  /** Sums of deviations, and units, of the last window but one and of the last. */
  readonly deviations: number[];
  readonly units: number[];
  is_sufficient: boolean;
}

/** @throws Error when the stream is a relationship, which has no level */
export function initLevelChart(name: string, traits: StreamTraits, effectMin: number): LevelChart {
  if (traits.kind === 'relationship') throw new Error(`${name} watches levels; a relationship has none`);
  return {
    kind: traits.kind,
    harmful: traits.harmful,
    effect_min: effectMin,
    last: emptyFigures(),
    deviations: [0, 0],
    units: [0, 0],
    is_sufficient: true,
  };
}

/**
 * Takes a usable window in, in place, and gives its deviation from what is expected: the sum over its units, in standard
 * deviations of one unit (variance: units times dispersion).
 */
export function readLevelChart(chart: LevelChart, window: DetectionWindow): number {
  const most = DEVIATION_MAX * window.n;
  const sum = pearsonResidual(chart.kind, window, window.expected) * Math.sqrt(window.n);
  const deviation = Math.min(most, Math.max(-most, sum));
  chart.is_sufficient = window.expected.is_sufficient;
  readFigures(chart.last, window);
  chart.deviations[0] = chart.deviations[1];
  chart.deviations[1] = deviation;
  chart.units[0] = chart.units[1];
  chart.units[1] = window.n;
  return deviation;
}

/** What a chart has found, to be told from the warning level on. */
export interface ChartFinding {
  readonly is_up: boolean;
  /** Mean deviation per unit since the change, in standard deviations of one unit, counted towards the side found. */
  readonly deviation: number;
  /** Deviation per unit beyond which the last windows speak for the shift. */
  readonly slack: number;
  readonly units: number;
  readonly change_us: number | null;
  readonly details: Readonly<Record<string, number>>;
}

/** The verdict of a chart: what it has found where there is evidence at the warning level, else nothing. */
export function chartVerdict(
  chart: LevelChart,
  logEvidence: number,
  logThreshold: number,
  finding: () => ChartFinding,
): Verdict {
  const level = evidenceLevel(logEvidence, logThreshold);
  if (level === 0 || !(logEvidence > 0)) return quietVerdict(logEvidence, logThreshold, chart.is_sufficient);
  const { is_up, deviation, slack, units, change_us, details } = finding();
  const { dispersion } = chart.last;
  const direction = is_up ? 'up' : 'down';
  const towards = (is_up ? 1 : -1) * (chart.deviations[0] + chart.deviations[1]);
  return {
    state: evidenceState(level, chart.is_sufficient),
    log_evidence: logEvidence,
    log_threshold: logThreshold,
    direction,
    is_harmful: chart.harmful === 'either' || chart.harmful === direction,
    effect: deviationEffect(chart, is_up ? deviation : -deviation),
    effect_confidence: normalCdf((deviation - chart.effect_min) * Math.sqrt(units / dispersion), 0, 1),
    change_us,
    units_since_change: units,
    is_still_drifted: towards > slack * (chart.units[0] + chart.units[1]),
    details: { evidence_level: level, deviation, dispersion, ...details },
  };
}

/**
 * A mean deviation in standard deviations of one unit, on the scale of shifts (log odds, log rate, standard deviations);
 * a rate moves a hundredfold at most, and so do the successes or failures of a proportion.
 */
function deviationEffect({ kind, last }: LevelChart, deviation: number): number {
  if (kind === 'mean') return deviation;
  const minutesPerUnit = last.exposure_ms / 60_000 / last.n;
  const spread = kind === 'rate' ? Math.sqrt(last.level / minutesPerUnit) : Math.sqrt(last.level * (1 - last.level));
  if (!(last.n > 0 && Number.isFinite(spread))) return 0;
  const most = kind === 'rate' ? last.level * 100 : 1 - (1 - last.level) / 100;
  const moved = last.level + deviation * spread;
  return levelDistance(kind, last, last.level, Math.min(most, Math.max(last.level / 100, moved)));
}
