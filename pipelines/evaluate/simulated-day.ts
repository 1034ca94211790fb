import type { Scenario, ScenarioLabel } from '../../contracts/scenario.js';
import type { Segment } from '../../contracts/signal.js';
import { loadScenario, scenarioLabels } from '../../sources/simulate.js';

/** What a scenario under a seed says of itself before any event is made. */
export interface SimulatedDay {
  readonly scenario: Scenario;
  readonly labels: readonly ScenarioLabel[];
  /** First and last day, in event time. */
  readonly from_us: number;
  readonly until_us: number;
  /** Local dates: all of them, the last of the history, and the first of those with planted drifts. */
  readonly dates: readonly string[];
  readonly quiet_date: string;
  readonly live_date: string;
}

export function simulatedDay(name_or_path: string, seed: number): SimulatedDay {
  return simulatedDayOf(loadScenario(name_or_path, process.cwd()), seed);
}

export function simulatedDayOf(scenario: Scenario, seed: number): SimulatedDay {
  const { start_date, history_days, live_days } = scenario.calendar;
  const midnight = Date.parse(`${start_date}T00:00:00Z`);
  const dayAt = (days: number) => midnight + days * 86_400_000;
  const dateAt = (days: number) => new Date(dayAt(days)).toISOString().slice(0, 10);
  return {
    scenario,
    labels: scenarioLabels(scenario, seed),
    from_us: midnight * 1000,
    until_us: dayAt(history_days + live_days) * 1000,
    dates: Array.from({ length: history_days + live_days }, (_, day) => dateAt(day)),
    quiet_date: dateAt(history_days - 1),
    live_date: dateAt(history_days),
  };
}

/** A segment with all that it implies: the pools of a scenario belong to one campaign each. */
export function placed(scenario: Scenario, segment: Segment): Segment {
  const { number_pool } = segment;
  if (number_pool === undefined || segment.campaign !== undefined) return segment;
  const campaign = scenario.campaigns.find(({ pools }) => pools.some(({ name }) => name === number_pool));
  return campaign === undefined ? segment : { campaign: campaign.name, ...segment };
}

/** The local date of an instant, such as "2025-10-07". */
export function localDate(scenario: Scenario, at_us: number): string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: scenario.calendar.time_zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return format.format(at_us / 1000);
}
