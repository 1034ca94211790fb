import type { EvaluationRow } from '../../contracts/evaluation-report.js';
import { countText } from './figures.js';
import { type Alignment, tableLines } from './text.js';

interface Column {
  readonly head: string;
  text(row: EvaluationRow): string;
}

const left = (head: string, text: Column['text']): Column & { readonly is_left: true } => ({
  head,
  text,
  is_left: true,
});
const column = (head: string, text: Column['text']): Column => ({ head, text });
const figure = (value: number | null, digits = 0) =>
  value === null ? '-' : digits === 0 ? countText(value) : value.toFixed(digits);
const within = (value: number | null, low: number | null, high: number | null) =>
  value === null
    ? '-'
    : low === null || high === null
      ? figure(value)
      : `${figure(value)} (${figure(low)} to ${figure(high)})`;

const SIMULATED: readonly Column[] = [
  left('detector', ({ detector }) => detector),
  column('target', ({ target }) => countText(target)),
  column('between false alarms', ({ arl, arl_low, arl_high }) => within(arl, arl_low, arl_high)),
  column('delay', ({ delay, delay_low, delay_high }) => within(delay, delay_low, delay_high)),
  column('over D*', ({ ratio }) => figure(ratio, 2)),
  column('missed', ({ missed_rate }) => (missed_rate === null ? '-' : `${(100 * missed_rate).toFixed(1)} %`)),
  column('false a week', ({ false_directives_per_week }) => figure(false_directives_per_week, 1)),
  column('start off by', ({ change_error }) => figure(change_error)),
  column('shift off by', ({ effect_bias }) => figure(effect_bias, 2)),
  column('time ratio', ({ mean_time_ratio }) => figure(mean_time_ratio, 1)),
];

const LOOP: readonly Column[] = [
  left('detector', ({ detector }) => detector),
  column('target', ({ target }) => countText(target)),
  column('delay', ({ delay }) => figure(delay)),
  column('until closed', ({ recovery_delay }) => figure(recovery_delay)),
  column('missed', ({ missed_rate }) => (missed_rate === null ? '-' : `${(100 * missed_rate).toFixed(1)} %`)),
  column('flaps an episode', ({ flaps_per_episode }) => figure(flaps_per_episode, 3)),
  column('false openings in 1,000 windows', ({ false_openings_per_1000 }) => figure(false_openings_per_1000, 2)),
];

const STORE: readonly Column[] = [
  left('signal', ({ stream }) => stream),
  column('false a week', ({ false_directives_per_week }) => figure(false_directives_per_week, 2)),
  column('level', ({ before }) => before.toPrecision(3)),
  column('to', ({ after }) => after.toPrecision(3)),
  column('dispersion', ({ dispersion }) => dispersion.toFixed(2)),
  column('delay in calls', ({ delay, delay_low, delay_high }) => within(delay, delay_low, delay_high)),
  column('over D*', ({ ratio }) => figure(ratio, 2)),
  column('hours', ({ delay_hours }) => figure(delay_hours, 1)),
  column('missed', ({ missed_rate }) => (missed_rate === null ? '-' : `${(100 * missed_rate).toFixed(1)} %`)),
];

/** What was measured, for people: a table for each scenario, or one for a store. */
export function evaluationLines(rows: readonly EvaluationRow[], is_from_store: boolean): string[] {
  if (is_from_store) return block(rows, STORE);
  const scenarios = [...new Set(rows.map(({ scenario }) => scenario))];
  return scenarios
    .flatMap((scenario) => {
      const own = rows.filter((row) => row.scenario === scenario);
      return [scenario, ...block(own, scenario === 'closed-loop' ? LOOP : SIMULATED), ''];
    })
    .slice(0, -1);
}

function block(rows: readonly EvaluationRow[], columns: readonly Column[]): string[] {
  const alignments = columns.map((one): Alignment => ('is_left' in one ? 'left' : 'right'));
  const body = rows.map((row) => [...columns.map(({ text }) => text(row)), row.reason ?? '']);
  return tableLines([[...columns.map(({ head }) => head), ''], ...body], [...alignments, 'left']).map(
    (line) => `  ${line}`,
  );
}
