import { median } from 'simple-statistics';
import type { Cost } from './cost.js';
import type { YARDSTICKS } from './yardsticks.js';

/** What was measured of each yardstick, a cost a round. */
export type Rounds = Readonly<Record<keyof typeof YARDSTICKS, readonly Cost[]>>;

/** Rows per second of processor time (user and system, all threads), medians over the rounds. */
export interface Throughput {
  readonly rows: number;
  readonly rounds: number;
  readonly duckdb_read_json_rows_per_s: number;
  /** The same with three columns of the data instead of seventeen. */
  readonly duckdb_read_json_few_columns_rows_per_s: number;
  readonly json_parse_rows_per_s: number;
  readonly plumbline_rows_per_s: number;
  readonly ratio_to_duckdb: number;
  readonly ratio_to_json_parse: number;
  /** Wall time, on as many cores as there are. */
  readonly plumbline_wall_rows_per_s: number;
  /** The most that the process of Plumbline ever held. */
  readonly peak_rss_mib_1m: number;
  readonly peak_rss_mib_10m: number | null;
  readonly plumbline_10m_rows_per_s: number | null;
}

/** @param long the run over ten times as many events, when there was one */
export function throughput(rounds: Rounds, long: Cost | null): Throughput {
  const perSecond = (costs: readonly Cost[]) => median(costs.map(({ rows, cpu_seconds }) => rows / cpu_seconds));
  const { plumbline } = rounds;
  const duckdb = perSecond(rounds.duckdb_read_json);
  const parse = perSecond(rounds.json_parse);
  const own = perSecond(plumbline);
  return {
    rows: plumbline[0].rows,
    rounds: plumbline.length,
    duckdb_read_json_rows_per_s: duckdb,
    duckdb_read_json_few_columns_rows_per_s: perSecond(rounds.duckdb_read_json_few_columns),
    json_parse_rows_per_s: parse,
    plumbline_rows_per_s: own,
    ratio_to_duckdb: own / duckdb,
    ratio_to_json_parse: own / parse,
    plumbline_wall_rows_per_s: median(plumbline.map(({ rows, wall_seconds }) => rows / wall_seconds)),
    peak_rss_mib_1m: Math.max(...plumbline.map(({ peak_rss_mib }) => peak_rss_mib)),
    peak_rss_mib_10m: long?.peak_rss_mib ?? null,
    plumbline_10m_rows_per_s: long === null ? null : long.rows / long.cpu_seconds,
  };
}
