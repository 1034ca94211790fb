import type { DemoDocument, DirectiveReport, ReplayResult } from '../contracts/reports.js';
import { compareLabels, falseDirectives, type MinuteVolume } from './label-comparison.js';
import { localText } from './present/figures.js';
import type { SimulatedDay } from './simulated-day.js';

type Judgement = Pick<DemoDocument, 'labels' | 'false_directives' | 'quiet_day' | 'earlier_false_directives'>;

/** What a demo came to, against what was planted. `rows` are those of the query `minute-volumes`. */
export function judgeDemo(
  day: SimulatedDay,
  { episodes, directives }: ReplayResult,
  rows: readonly (readonly unknown[])[],
  time_zone: string,
): Judgement {
  const wrong = falseDirectives(day.labels, episodes, directives);
  const dateOf = ({ issued_at }: DirectiveReport) => localText(issued_at, time_zone).slice(0, 10);
  const count = (is_counted: (date: string) => boolean) =>
    wrong.filter((directive) => is_counted(dateOf(directive))).length;
  return {
    labels: compareLabels(day.labels, episodes, rows.map(minuteVolume)),
    false_directives: count((date) => date >= day.live_date),
    quiet_day: { date: day.quiet_date, false_directives: count((date) => date === day.quiet_date) },
    earlier_false_directives: count((date) => date < day.quiet_date),
  };
}

function minuteVolume([signal, segment, at_us, n, exposure_ms]: readonly unknown[]): MinuteVolume {
  return {
    signal: String(signal),
    segment: String(segment),
    at_us: Number(at_us),
    n: Number(n),
    exposure_ms: Number(exposure_ms),
  };
}
