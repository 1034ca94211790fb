import type { Scenario, ScenarioLabel } from '../contracts/scenario.js';
import { loadScenario, scenarioLabels } from '../sources/simulate.js';

/** What a scenario under a seed says of itself before any event is made. */
export interface SimulatedDay {
  readonly scenario: Scenario;
  readonly labels: readonly ScenarioLabel[];
  /** First and last day, in event time. */
  readonly from_us: number;
  readonly until_us: number;
  /** Local dates: the last day of the history, and the first of those with planted drifts. */
  readonly quiet_date: string;
  readonly live_date: string;
}

export function simulatedDay(name_or_path: string, seed: number): SimulatedDay {
  const scenario = loadScenario(name_or_path, process.cwd());
  const { start_date, history_days, live_days } = scenario.calendar;
  const midnight = Date.parse(`${start_date}T00:00:00Z`);
  const dayAt = (days: number) => midnight + days * 86_400_000;
  const dateAt = (days: number) => new Date(dayAt(days)).toISOString().slice(0, 10);
  return {
    scenario,
    labels: scenarioLabels(scenario, seed),
    from_us: midnight * 1000,
    until_us: dayAt(history_days + live_days) * 1000,
    quiet_date: dateAt(history_days - 1),
    live_date: dateAt(history_days),
  };
}
