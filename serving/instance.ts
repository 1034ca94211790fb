import type { ComparisonReport, ComparisonRequest } from '../contracts/comparison-report.js';
import type {
  BaselineDocument,
  DigestReport,
  Explanation,
  ReplayResult,
  SeriesPoint,
  SqlDocument,
  StatusDocument,
} from '../contracts/reports.js';

/** What the picture report is drawn from. */
export interface ReportMaterial {
  readonly result: ReplayResult;
  /** By episode id; only as many episodes as the report shows. */
  readonly series: Readonly<Record<string, readonly SeriesPoint[]>>;
}

/**
 * What can be asked of a data directory: of the process that runs on it, over the local socket, or of the store itself
 * when no process does. The answers are the same.
 */
export interface Instance {
  status(): Promise<StatusDocument>;
  /** @throws PlumblineError DIRECTIVE_UNKNOWN */
  explain(directive_id: string): Promise<Explanation>;
  /** One statement that only reads. @throws PlumblineError SQL_FAILED */
  sql(query: string): Promise<SqlDocument>;
  /** Learns the baselines anew, as of now in event time. */
  baseline(): Promise<BaselineDocument>;
  digest(): Promise<DigestReport>;
  /** @throws PlumblineError COMMAND_ARGUMENT_INVALID */
  compare(request: ComparisonRequest): Promise<ComparisonReport>;
  report(episodes_max: number): Promise<ReportMaterial>;
  close(): Promise<void>;
}
