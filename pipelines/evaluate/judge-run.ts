import type { LabelReport } from '../../contracts/reports.js';
import { parseSegmentKey, type Segment } from '../../contracts/signal.js';
import type { Store } from '../store.js';
import {
  type CallStart,
  compareLabels,
  type JudgedDirective,
  type JudgedEpisode,
  streamOf,
  type UnitVolume,
  unexplained,
} from './label-comparison.js';
import { localDate, placed, type SimulatedDay } from './simulated-day.js';

/** What a run over a simulated fleet came to, against what was planted in it. */
export interface RunJudgement {
  readonly labels: readonly LabelReport[];
  /** Directives that no planted drift explains: one for each rule and episode, in the order of issue. */
  readonly false_directives: readonly FalseDirective[];
  /** Episodes that no planted drift explains, whether or not a rule answers them. */
  readonly false_episodes: readonly FalseEpisode[];
  /** Local dates without any drift on which directives could be issued: baselines were in force before the first call. */
  readonly quiet_dates: readonly string[];
  readonly live_date: string;
}

export interface FalseEpisode {
  readonly stream: string;
  /** Canonical key. */
  readonly segment: string;
  readonly direction: 'up' | 'down';
  /** Local date of the detection. */
  readonly date: string;
}

export interface FalseDirective {
  readonly id: string;
  readonly rule: string;
  readonly stream: string;
  /** Canonical key. */
  readonly segment: string;
  /** Local date of the issue. */
  readonly date: string;
}

/** Judges the store of a run over a simulated fleet: only reads. */
export async function judgeRun(store: Pick<Store, 'rows'>, day: SimulatedDay): Promise<RunJudgement> {
  const { scenario, labels, live_date } = day;
  const episodes = ((await store.rows('evaluate/judged_episodes')) as unknown as EpisodeRow[]).map(
    ({ segment, ...row }) => ({ ...row, segment: placed(scenario, parseSegmentKey(segment)), observed: segment }),
  );
  const directives = (await store.rows('evaluate/judged_directives')) as unknown as JudgedDirective[];
  const thresholds = (await store.rows('evaluate/thresholds_in_force'))[0] as unknown as ThresholdRow;
  const from_us = Math.min(...labels.map(({ onset_us }) => onset_us), day.until_us);
  const wrong = new Map(unexplained(labels, episodes).map((episode) => [episode.id, episode]));
  return {
    labels: compareLabels(labels, episodes, {
      calls: ((await store.rows('evaluate/call_starts', { from_us })) as unknown as CallRow[]).map(callStart),
      units: (await store.rows('evaluate/unit_volumes', { from_us })) as unknown as UnitVolume[],
      ...thresholds,
    }),
    false_directives: directives.flatMap(({ id, rule, episode_id, issued_us }) => {
      const episode = wrong.get(episode_id);
      if (episode === undefined) return [];
      return [{ id, rule, stream: streamOf(episode), segment: episode.observed, date: localDate(scenario, issued_us) }];
    }),
    false_episodes: [...wrong.values()].map((episode) => ({
      stream: streamOf(episode),
      segment: episode.observed,
      direction: episode.direction,
      date: localDate(scenario, episode.detected_us),
    })),
    quiet_dates: quietDates(day, thresholds.first_us),
    live_date,
  };
}

interface EpisodeRow extends Omit<JudgedEpisode, 'segment'> {
  readonly segment: string;
}

interface ThresholdRow {
  readonly first_us: number | null;
  readonly log_threshold: number | null;
  readonly relationship_log_threshold: number | null;
}

interface CallRow {
  readonly at_us: number;
  readonly campaign: string | null;
  readonly number_pool: string | null;
  readonly agent_version: string | null;
}

function callStart({ at_us, campaign, number_pool, agent_version }: CallRow): CallStart {
  const values = Object.entries({ campaign, number_pool, agent_version }).filter(([, value]) => value !== null);
  return { at_us, segment: Object.fromEntries(values) as Segment };
}

/** A day counts as a whole: baselines that come into force after its first call make the next one the first. */
function quietDates({ scenario, labels, dates, live_date }: SimulatedDay, first_us: number | null): string[] {
  if (first_us === null) return [];
  const first_date = localDate(scenario, first_us);
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone: scenario.calendar.time_zone,
    hour: '2-digit',
    minute: '2-digit',
  });
  const is_before_calling = time.format(first_us / 1000) <= scenario.calendar.calling_from;
  const is_active = (date: string) => date > first_date || (date === first_date && is_before_calling);
  return dates.filter((date) => is_active(date) && (labels.length === 0 || date < live_date));
}
