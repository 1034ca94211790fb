import type { Conservation } from '../contracts/batch.js';
import type { ComparisonReport, ComparisonRequest } from '../contracts/comparison-report.js';
import type { StoreSignal } from '../contracts/evaluation-report.js';
import type {
  BaselineDocument,
  DigestReport,
  Explanation,
  ForgetDocument,
  KeysDocument,
  ReplayResult,
  SqlDocument,
  StatusDocument,
} from '../contracts/reports.js';
import type { ReviewReport, ReviewRequest } from '../contracts/review-report.js';
import type { SeriesPoint } from '../contracts/series-point.js';
import type { BackupFigures } from '../pipelines/backup.js';
import type { ReplayedLine } from '../pipelines/rejected-lines.js';

/** What the picture report is drawn from. */
export interface ReportMaterial {
  readonly result: ReplayResult;
  /** By episode id; only as many episodes as the report shows. */
  readonly series: Readonly<Record<string, readonly SeriesPoint[]>>;
  /** Rows of an earlier time have left the store (`observe.rows_keep`); null when none has. */
  readonly rows_from: string | null;
}

/**
 * What can be asked of a data directory: of the process that runs on it, over the local socket, or of the store itself
 * when no process does. The answers are the same. `gone` aborts when nobody waits for the answer any more.
 */
export interface Instance {
  status(): Promise<StatusDocument>;
  /** @throws PlumblineError DIRECTIVE_UNKNOWN */
  explain(directive_id: string): Promise<Explanation>;
  /** One statement that only reads. @throws PlumblineError SQL_FAILED */
  sql(query: string, gone?: AbortSignal): Promise<SqlDocument>;
  /** Learns the baselines anew, as of now in event time. */
  baseline(): Promise<BaselineDocument>;
  digest(gone?: AbortSignal): Promise<DigestReport>;
  /** Lands lines that had been rejected, as they were or corrected; gives what became of them. */
  replayRejected(lines: readonly ReplayedLine[]): Promise<Conservation>;
  /** Takes a person (E.164) out of everything that is kept. */
  forget(callee: string): Promise<ForgetDocument>;
  /** Copies log, texts and keys into a new folder of the machine it runs on. */
  backup(folder: string): Promise<BackupFigures>;
  /** Seals all keys under a new master key. */
  rotateKeys(): Promise<KeysDocument>;
  /** @throws PlumblineError COMMAND_ARGUMENT_INVALID */
  compare(request: ComparisonRequest, gone?: AbortSignal): Promise<ComparisonReport>;
  /** @throws PlumblineError COMMAND_ARGUMENT_INVALID */
  review(request: ReviewRequest, gone?: AbortSignal): Promise<ReviewReport>;
  report(episodes_max: number): Promise<ReportMaterial>;
  /** Levels, volumes and dispersion of what is watched, for an evaluation. */
  signals(): Promise<StoreSignal[]>;
  close(): Promise<void>;
}
