import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { Detector } from '../../../contracts/detector.js';
import { PlumblineError } from '../../../contracts/errors.js';
import type { LabelledSeriesRow, SeriesEvaluation, SeriesEvaluationRow } from '../../../contracts/evaluation-report.js';
import { detectors as registered } from '../../../detectors/index.js';
import { changePointF1, segmentationCover } from '../change-point-score.js';
import { EVALUATED } from '../methods.js';
import { NAB_PROFILE_NAMES, NAB_PROFILES, type NabProfileName, nabNormalised, nabSum } from '../nab-score.js';
import { withoutGaps } from './detection.js';
import { type NabSeries, readNabSeries, readNabWindows } from './nab-folder.js';
import { readAnnotations, readTcpdSeries, type TcpdSeries } from './tcpd-folder.js';
import { type SeriesWatch, type ToldChange, toldChanges, toldOfAny } from './told-changes.js';

export interface SeriesRequest {
  readonly folder: string;
  readonly detectors: readonly string[];
  /** Rows between false alarms that the threshold stands for, where a detector heeds it. */
  readonly target: number;
  /** Options of every detector named; what is not named is at its default. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface SeriesOptions {
  readonly signal: AbortSignal;
  /** Told of each detector when it has seen all series. */
  progress(detector: string, done: number, all: number): void;
}

/** What of the registry can watch labelled series: they are single values, which are means. */
export const SERIES_DETECTORS = EVALUATED.filter((name) => detectorOf(name).kinds.includes('mean'));

/**
 * Detectors on the labelled series of a folder, by the scoring rules of its benchmark, one setting for all series. Labels
 * are read when every detector has said all it has to say.
 *
 * @throws PlumblineError COMMAND_ARGUMENT_INVALID for a folder without labelled series, and for a detector or option that
 * cannot be; SOURCE_FILE_UNREADABLE for a file that cannot be read as such; the reason of the signal where it is aborted
 */
export async function evaluateSeries(request: SeriesRequest, options: SeriesOptions): Promise<SeriesEvaluation> {
  const layout = layoutOf(request.folder);
  const watches = request.detectors.map((name) => watchOf(name, request));
  return layout === 'nab' ? onNab(request, watches, options) : onTcpd(request, watches, options);
}

async function onNab(request: SeriesRequest, watches: readonly SeriesWatch[], options: SeriesOptions) {
  const all = readNabSeries(request.folder);
  const told = await tellAll(watches, all, ({ values, at_us }, watch) => toldChanges(watch, values, at_us), options);
  const windows = readNabWindows(request.folder, all);
  const count = windows.reduce((sum, one) => sum + one.length, 0);
  if (count === 0) throw withoutLabels(request.folder, 'combined_windows.json has no window of any of its series');
  const rows = watches.map((watch, index): SeriesEvaluationRow => {
    const per_series = all.map((series, at) => nabRow(series, told[index]![at]!, windows[at]!));
    const score = (profile: NabProfileName) => {
      const sum = per_series.reduce((total, one) => total + one[profile]!, 0);
      return nabNormalised(sum, count, NAB_PROFILES[profile]);
    };
    return { ...bareRow(watch, request, per_series), ...perProfile(score), f1: null, cover: null };
  });
  return { layout: 'nab' as const, folder: request.folder, series: all.length, labels: count, rows };
}

function nabRow(
  { name, values }: NabSeries,
  told: readonly ToldChange[],
  windows: Parameters<typeof nabSum>[0]['windows'],
) {
  const scores = new Uint8Array(values.length);
  for (const { known_at } of told) scores[known_at] = 1;
  const sums = perProfile((profile) => nabSum({ scores, windows }, 1, NAB_PROFILES[profile]));
  return { name, n: values.length, dimensions: 1, changes: [...told], ...sums, f1: null, cover: null };
}

async function onTcpd(request: SeriesRequest, watches: readonly SeriesWatch[], options: SeriesOptions) {
  const all = readTcpdSeries(request.folder);
  const told = await tellAll(watches, all, toldOfGaps, options);
  const annotations = readAnnotations(request.folder, all);
  const rows = watches.map((watch, index): SeriesEvaluationRow => {
    const per_series = all.map(({ name, n, dimensions }, at): LabelledSeriesRow => {
      const changes = told[index]![at]!;
      const points = changes.map((change) => change.at);
      const f1 = changePointF1(annotations[at]!, points);
      const cover = segmentationCover(annotations[at]!, points, n);
      return { name, n, dimensions: dimensions.length, changes, ...perProfile(() => null), f1, cover };
    });
    const mean = (figure: 'f1' | 'cover') => per_series.reduce((sum, one) => sum + one[figure]!, 0) / per_series.length;
    return { ...bareRow(watch, request, per_series), ...perProfile(() => null), f1: mean('f1'), cover: mean('cover') };
  });
  const labels = annotations.reduce((sum, one) => sum + one.length, 0);
  return { layout: 'tcpd' as const, folder: request.folder, series: all.length, labels, rows };
}

function toldOfGaps(series: TcpdSeries, watch: SeriesWatch): ToldChange[] {
  const { from, dimensions } = withoutGaps(series.dimensions);
  const told = toldOfAny(dimensions.map((values) => toldChanges(watch, values)));
  return told.map(({ at, known_at }) => ({ at: at + from, known_at: known_at + from }));
}

/** What every detector tells of every series; the user may stop it between two series. */
async function tellAll<Series>(
  watches: readonly SeriesWatch[],
  all: readonly Series[],
  tell: (series: Series, watch: SeriesWatch) => ToldChange[],
  { signal, progress }: SeriesOptions,
): Promise<ToldChange[][][]> {
  const told: ToldChange[][][] = [];
  for (const watch of watches) {
    const own: ToldChange[][] = [];
    for (const series of all) {
      await setImmediate();
      signal.throwIfAborted();
      own.push(tell(series, watch));
    }
    told.push(own);
    progress(watch.detector.name, told.length, watches.length);
  }
  return told;
}

function bareRow({ detector, options }: SeriesWatch, { target }: SeriesRequest, per_series: LabelledSeriesRow[]) {
  const told = per_series.reduce((sum, { changes }) => sum + changes.length, 0);
  return { detector: detector.name, options: options as Record<string, unknown>, target, told, per_series };
}

function perProfile<Value>(value: (profile: NabProfileName) => Value): Record<NabProfileName, Value> {
  const entries = NAB_PROFILE_NAMES.map((profile) => [profile, value(profile)]);
  return Object.fromEntries(entries) as Record<NabProfileName, Value>;
}

function watchOf(name: string, { target, options }: SeriesRequest): SeriesWatch {
  if (!SERIES_DETECTORS.includes(name)) {
    const kinds = EVALUATED.includes(name) ? detectorOf(name).kinds.join(', ') : null;
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${name}" cannot be evaluated on labelled series`, {
      detail:
        kinds === null ? 'there is no such detector to evaluate' : `their values are means, and it watches: ${kinds}`,
      hint: `Name some of: ${SERIES_DETECTORS.join(', ')}.`,
    });
  }
  const detector = detectorOf(name);
  const parsed = detector.config.safeParse(options);
  if (parsed.success) return { detector, options: parsed.data, log_threshold: Math.log(target) };
  throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `the options given do not fit "${name}"`, {
    detail: z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '),
    hint: 'docs/reference/detectors.md has the options of each detector; those given go to every detector named.',
  });
}

function detectorOf(name: string): Detector {
  return (registered as Readonly<Record<string, Detector>>)[name]!;
}

/** Each layout: where its series lie, and its labels. */
const LAYOUTS = {
  nab: { series: 'data', labels: 'combined_windows.json' },
  tcpd: { series: 'datasets', labels: 'annotations.json' },
} as const;

/** Whether labels are there is seen beforehand, so that nobody waits for nothing; what they say is read at the end. */
function layoutOf(folder: string): 'nab' | 'tcpd' {
  if (!existsSync(folder)) throw withoutLabels(folder, 'there is no such folder');
  for (const [name, { series, labels }] of Object.entries(LAYOUTS)) {
    if (!existsSync(join(folder, series))) continue;
    if (existsSync(join(folder, labels))) return name as 'nab' | 'tcpd';
    throw withoutLabels(folder, `it has ${series}/ but no ${labels}`);
  }
  throw withoutLabels(folder, 'it has neither data/ nor datasets/');
}

function withoutLabels(folder: string, detail: string): PlumblineError {
  return new PlumblineError('COMMAND_ARGUMENT_INVALID', `there are no labelled series in "${folder}"`, {
    detail,
    hint:
      'Name a folder with data/<category>/<file>.csv and combined_windows.json (as NAB has them), or with ' +
      'datasets/<name>.json and annotations.json (as TCPD has them).',
  });
}
