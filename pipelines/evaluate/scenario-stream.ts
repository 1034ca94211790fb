import type { DetectionWindow, ExpectedLevel } from '../../contracts/detector.js';
import { expit, logit } from '../../detectors/stats/logit.js';
import type { Random } from '../../sources/simulate/random.js';
import { dispersionOf, type EvaluationScenario } from './evaluation-scenario.js';
import { drawMix, MIXES } from './mix-stream.js';
import { ASSOCIATIONS, drawOutcomes, outcomeWindow } from './outcome-stream.js';
import { drawPair } from './pair-stream.js';
import type { WindowStream } from './run-length.js';
import { levelAfter, MINUTES_PER_CALL, type ShiftCase } from './shift-case.js';

const WINDOW_US = 10 * 60_000_000;
const WINDOWS_PER_DAY = 144;
/** Swings in log odds, log rate, or standard deviations of a value. */
const DAILY_SWING = 0.45;
const WEEKLY_SWING = 0.2;

/**
 * The windows of a case under a scenario: `quiet` ones, and `changed` ones, which go on where the quiet ones ended. One
 * object serves all runs; `begin` starts a run.
 */
export class ScenarioStream {
  readonly quiet: WindowStream<Random> = { next: (random) => this.#next(random, false) };
  readonly changed: WindowStream<Random> = { next: (random) => this.#next(random, true) };
  readonly #case: ShiftCase;
  readonly #scenario: EvaluationScenario;
  readonly #dispersion: number;
  #calls: number;
  #index = 0;
  /** What the windows move with together, standard normal. */
  #common = 0;
  /** Error of the baseline, in its standard errors. */
  #error = 0;
  #calls_since_change = 0;

  constructor(one: ShiftCase, scenario: EvaluationScenario) {
    this.#case = one;
    this.#scenario = scenario;
    this.#calls = scenario.window_calls ?? one.window_calls;
    this.#dispersion = Math.max(one.dispersion, dispersionOf(scenario, this.#calls));
  }

  get dispersion(): number {
    return this.#dispersion;
  }

  begin(random: Random): void {
    this.#index = random.index(7 * WINDOWS_PER_DAY);
    this.#common = random.normal();
    this.#error = this.#scenario.history_calls === null ? 0 : random.normal();
    this.#calls_since_change = 0;
  }

  /** Calls of the windows from here on. */
  size(calls: number): void {
    this.#calls = calls;
  }

  #next(random: Random, is_changed: boolean): DetectionWindow {
    const { ramp_calls } = this.#scenario;
    if (is_changed) this.#calls_since_change += this.#calls;
    const part = !is_changed ? 0 : ramp_calls === 0 ? 1 : Math.min(1, this.#calls_since_change / ramp_calls);
    const index = this.#index++;
    const one = this.#case;
    const after = levelAfter(one, part);
    if (one.shown === 'pair') return drawPair(random, index, after, one.before);
    if (one.shown === 'outcomes') {
      const drawn = { ...ASSOCIATIONS[0], calls: this.#calls };
      return outcomeWindow(index, drawOutcomes(random, drawn, after), one.before);
    }
    if (one.shown === 'mix') {
      return drawMix(random, index, { ...MIXES[0], calls: this.#calls, shift: one.shift * part }, part > 0);
    }
    return this.#level(random, index, one.shift * part);
  }

  #level(random: Random, index: number, shift: number): DetectionWindow {
    const { shown, before, value_sd } = this.#case;
    const { is_seasonal, lag1, correlation } = this.#scenario;
    const day = (2 * Math.PI * index) / WINDOWS_PER_DAY;
    const season = is_seasonal ? DAILY_SWING * Math.sin(day) + WEEKLY_SWING * Math.sin(day / 7) : 0;
    if (correlation > 0) this.#common = lag1 * this.#common + Math.sqrt(1 - lag1 * lag1) * random.normal();
    const usual = moved(shown, before, season, value_sd);
    const n = this.#calls;
    const unit_sd = unitSpread(shown, usual, value_sd);
    // What moves a whole window lies on the scale of the level, so that its share of the variance is `correlation`.
    const mean = moved(shown, usual, shift, value_sd);
    // A normal one cut off at 0 would raise the mean of a rare outcome; one that carries over has no other form here.
    const level =
      shown === 'proportion' && lag1 === 0
        ? random.beta(mean, correlation)
        : mean + this.#common * Math.sqrt(correlation) * unit_sd;
    const start_us = index * WINDOW_US;
    return {
      start_us,
      end_us: start_us + WINDOW_US,
      ...drawTotals(random, shown, n, level, value_sd),
      expected: this.#expected(usual, unit_sd, value_sd),
    };
  }

  #expected(usual: number, unit_sd: number, value_sd: number): ExpectedLevel {
    const { history_calls } = this.#scenario;
    const standard_error = history_calls === null ? 0 : unit_sd / Math.sqrt(history_calls);
    return {
      level: Math.max(1e-6, usual + this.#error * standard_error),
      standard_error,
      value_sd,
      dispersion: this.#dispersion,
      is_sufficient: true,
    };
  }
}

function moved(shown: ShiftCase['shown'], level: number, shift: number, value_sd: number): number {
  if (shown === 'proportion') return shift === 0 ? level : expit(logit(level) + shift);
  return shown === 'rate' ? level * Math.exp(shift) : level + shift * value_sd;
}

/** Standard deviation of one call's share in the level. */
function unitSpread(shown: ShiftCase['shown'], level: number, value_sd: number): number {
  if (shown === 'proportion') return Math.sqrt(level * (1 - level));
  return shown === 'rate' ? Math.sqrt(level / MINUTES_PER_CALL) : value_sd;
}

function drawTotals(random: Random, shown: ShiftCase['shown'], n: number, level: number, value_sd: number) {
  if (shown === 'proportion')
    return { n, total: drawBinomial(random, n, Math.min(1, Math.max(0, level))), exposure_ms: 0, total_squares: 0 };
  if (shown === 'rate') {
    const exposure_ms = n * MINUTES_PER_CALL * 60_000;
    const total = random.poisson(Math.max(0, level) * n * MINUTES_PER_CALL);
    return { n, total, exposure_ms, total_squares: 0 };
  }
  // The mean and the scatter of normal values are independent of each other.
  const mean = level + (value_sd / Math.sqrt(n)) * random.normal();
  const scatter = n > 1 ? 2 * random.gamma((n - 1) / 2) * value_sd * value_sd : 0;
  return { n, total: n * mean, exposure_ms: 0, total_squares: n * mean * mean + scatter };
}

/** By inversion; the work grows with the outcome. */
export function drawBinomial(random: Pick<Random, 'uniform'>, n: number, p: number): number {
  if (p > 0.5) return n - drawBinomial(random, n, 1 - p);
  let chance = (1 - p) ** n;
  let left = random.uniform() - chance;
  let total = 0;
  while (left >= 0 && total < n) {
    chance *= ((n - total) / (total + 1)) * (p / (1 - p));
    total++;
    left -= chance;
  }
  return total;
}
