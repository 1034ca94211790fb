import type { Conservation } from '../contracts/batch.js';
import type { ComparisonReport, ComparisonRequest } from '../contracts/comparison-report.js';
import type { StoreSignal } from '../contracts/evaluation-report.js';
import type {
  DigestReport,
  DirectiveReport,
  EpisodeReport,
  Explanation,
  ReplayResult,
  SqlDocument,
  StatusReport,
} from '../contracts/reports.js';
import type { ReviewReport, ReviewRequest } from '../contracts/review-report.js';
import type { SeriesPoint } from '../contracts/series-point.js';
import type { BackupFigures } from '../pipelines/backup.js';
import type { ForgottenPerson } from '../pipelines/land/forget-in-log.js';
import type { ReplayedLine } from '../pipelines/rejected-lines.js';
import type { Instance, ReportMaterial } from './instance.js';

/** What is told of a store, and how it is learnt anew. */
export interface InstanceParts {
  readonly reports: Reporting;
  /** Whether this process runs the loop. */
  readonly is_running: boolean;
  readonly works: Operating;
  close(): Promise<void>;
}

/** What is added to the log when somebody asks for it. */
export interface Operating {
  refreshBaselines(): Promise<void>;
  replayRejected(lines: readonly ReplayedLine[]): Promise<Conservation>;
  forget(callee: string): Promise<ForgottenPerson>;
  rotateKeys(): Promise<number>;
  backup(folder: string): Promise<BackupFigures>;
}

/** What an instance asks of the store behind it. */
export interface Reporting {
  status(): Promise<StatusReport>;
  result(): Promise<ReplayResult>;
  query(sql: string, gone?: AbortSignal): Promise<{ columns: string[]; rows: unknown[][] }>;
  explain(directive_id: string): Promise<Explanation>;
  digest(gone?: AbortSignal): Promise<DigestReport>;
  compare(request: ComparisonRequest, gone?: AbortSignal): Promise<ComparisonReport>;
  review(request: ReviewRequest, gone?: AbortSignal): Promise<ReviewReport>;
  signals(): Promise<StoreSignal[]>;
  seriesFor(episode_id: string): Promise<readonly SeriesPoint[]>;
}

/** The instance of this very process. */
export function pipelineInstance({ reports, is_running, works, close }: InstanceParts): Instance {
  return {
    async status() {
      return { ...(await reports.status()), is_running };
    },
    explain: (directive_id) => reports.explain(directive_id),
    async sql(query, gone) {
      const { columns, rows } = await reports.query(query, gone);
      return { columns, rows: rows.map((row) => row.map(jsonValue)) };
    },
    async baseline() {
      const started_ms = performance.now();
      await works.refreshBaselines();
      const { baseline_version, baselines } = await reports.status();
      return { seconds: (performance.now() - started_ms) / 1000, baseline_version, baselines };
    },
    digest: (gone) => reports.digest(gone),
    replayRejected: (lines) => works.replayRejected(lines),
    async forget(callee) {
      const { events, calls, rejected, text_keys } = await works.forget(callee);
      return { events, calls: calls.size, rejected: rejected.size, text_keys };
    },
    backup: (folder) => works.backup(folder),
    rotateKeys: async () => ({ keys: await works.rotateKeys() }),
    compare: (request, gone) => reports.compare(request, gone),
    review: (request, gone) => reports.review(request, gone),
    signals: () => reports.signals(),
    async report(episodes_max) {
      const result = await reports.result();
      const { rows_from } = await reports.status();
      const series: Record<string, readonly SeriesPoint[]> = {};
      for (const { id } of worthPictures({ ...result, rows_from }, episodes_max))
        series[id] = await reports.seriesFor(id);
      return { result, series, rows_from };
    },
    close,
  };
}

/**
 * The episodes worth a picture: those that a directive answers, then those with the most evidence beyond the threshold;
 * in the order of detection. Those whose rows have left the store, or some of them, come after all others.
 */
export function worthPictures(
  {
    episodes,
    directives,
    rows_from,
  }: Pick<ReportMaterial, 'rows_from'> & {
    readonly episodes: readonly EpisodeReport[];
    readonly directives: readonly DirectiveReport[];
  },
  episodes_max: number,
): EpisodeReport[] {
  const answered = new Set(directives.map(({ episode_id }) => episode_id));
  const weight = ({ id, began_at, evidence }: EpisodeReport) =>
    (hasLeft(began_at, rows_from) ? -2e9 : 0) +
    (answered.has(id) ? 1e9 : 0) +
    evidence.log_evidence -
    evidence.log_threshold;
  const chosen = [...episodes].sort((left, right) => weight(right) - weight(left)).slice(0, episodes_max);
  return chosen.sort((left, right) => Date.parse(left.detected_at) - Date.parse(right.detected_at));
}

/** Whether rows of a time have left the store. @param rows_from from when on there are rows; null: all are there */
export function hasLeft(at: string, rows_from: string | null): boolean {
  return rows_from !== null && Date.parse(at) < Date.parse(rows_from);
}

/** A value of a query as JSON can hold it: what has no form there stands as text, bytes in hexadecimal. */
export function jsonValue(value: unknown): SqlDocument['rows'][number][number] {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonValue(inner)]));
  }
  return String(value);
}
