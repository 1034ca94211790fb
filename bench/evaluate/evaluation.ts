import poissonQuantile from '@stdlib/stats-base-dists-poisson-quantile';
import { mean, sum } from 'simple-statistics';
import type { FalseDirective } from '../../pipelines/evaluate/judge-run.js';
import type { SeedResult } from './run-seed.js';

/** What many seeds come to together. */
export interface Evaluation {
  readonly seeds: number;
  readonly labels: readonly LabelEvaluation[];
  /** Days without any drift on which directives could be issued. */
  readonly quiet_days: number;
  /** Directives of the quiet days: one for each rule and episode. */
  readonly false_directives: number;
  /** False directives that the configuration allows a day. */
  readonly budget_per_day: number;
  /** As many false directives as `quiet_days` within the budget stay under in 99 of 100 such evaluations. */
  readonly false_directives_99: number;
  readonly is_within_budget: boolean;
  /** Episodes of the quiet days, whether or not a rule answers them. */
  readonly false_episodes: number;
  /** Days with planted drifts, and their directives that no drift explains. */
  readonly labelled_days: number;
  readonly labelled_days_false_directives: number;
  readonly runs: readonly RunEvaluation[];
}

/** One kind of drift over the seeds that have it; calls are means over the seeds that found it. */
export interface LabelEvaluation {
  readonly name: string;
  /** Exactly one of `signal` and `relationship` is set. */
  readonly signal: string | null;
  readonly relationship: string | null;
  readonly seeds: number;
  /** Share of the seeds. */
  readonly found: number;
  readonly delay_calls: number | null;
  readonly delay_minutes: number | null;
  /** Least mean delay of any method within the budget, times the overdispersion. */
  readonly d_star_calls: number | null;
  readonly ratio: number | null;
}

export interface RunEvaluation extends SeedResult {
  /** Those of its quiet dates that are counted. */
  readonly counted_dates: readonly string[];
}

export interface EvaluationOptions {
  readonly false_directives_per_week: number;
  /** Quiet days that are counted, in the order of seeds and dates; null counts all. */
  readonly quiet_days_max: number | null;
}

/** Confidence of the bound that false directives are held against. */
const CONFIDENCE = 0.99;

export function evaluate(results: readonly SeedResult[], options: EvaluationOptions): Evaluation {
  const runs = countDates(results, options.quiet_days_max ?? Number.POSITIVE_INFINITY);
  const quiet_days = sum(runs.map(({ counted_dates }) => counted_dates.length));
  const isCounted = (run: RunEvaluation) => (one: { readonly date: string }) => run.counted_dates.includes(one.date);
  const labelled = runs.filter(({ labels }) => labels.length > 0);
  const budget_per_day = options.false_directives_per_week / 7;
  const false_directives = sum(runs.map((run) => run.false_directives.filter(isCounted(run)).length));
  const false_directives_99 = poissonQuantile(CONFIDENCE, budget_per_day * quiet_days);
  return {
    seeds: new Set(labelled.map(({ seed }) => seed)).size,
    labels: labelEvaluations(labelled),
    quiet_days,
    false_directives,
    budget_per_day,
    false_directives_99,
    is_within_budget: false_directives <= false_directives_99,
    false_episodes: sum(runs.map((run) => run.false_episodes.filter(isCounted(run)).length)),
    labelled_days: labelled.length,
    labelled_days_false_directives: sum(labelled.map((run) => falseOnLabelledDay(run).length)),
    runs,
  };
}

/** Directives of the day with drifts that none of them explains. */
export function falseOnLabelledDay(run: SeedResult): FalseDirective[] {
  return run.labels.length === 0 ? [] : run.false_directives.filter(({ date }) => date >= run.live_date);
}

function countDates(results: readonly SeedResult[], quiet_days_max: number): RunEvaluation[] {
  let left = quiet_days_max;
  return results.map((result) => {
    const counted_dates = result.quiet_dates.slice(0, left);
    left -= counted_dates.length;
    return { ...result, counted_dates };
  });
}

function labelEvaluations(runs: readonly SeedResult[]): LabelEvaluation[] {
  const groups = new Map<string, SeedResult['labels'][number][]>();
  for (const { labels } of runs)
    for (const label of labels) {
      const key = JSON.stringify([label.name, label.signal, label.relationship]);
      groups.set(key, [...(groups.get(key) ?? []), label]);
    }
  return [...groups.values()].map((labels) => {
    const found = labels.filter((label) => label.found);
    // Where nothing was found, the limit still says what could have been.
    const limited = found.length > 0 ? found : labels;
    const delay_calls = meanOf(found.map((label) => label.delay_calls));
    const d_star_calls = meanOf(limited.map((label) => label.d_star_calls));
    const { name, signal, relationship } = labels[0];
    return {
      name,
      signal,
      relationship,
      seeds: labels.length,
      found: found.length / labels.length,
      delay_calls,
      delay_minutes: meanOf(found.map((label) => label.delay_minutes)),
      d_star_calls,
      ratio: delay_calls === null || d_star_calls === null ? null : delay_calls / d_star_calls,
    };
  });
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : mean(known);
}
