import { countText } from '../../cli/present/figures.js';
import { tableLines } from '../../cli/present/text.js';
import type { DetectorSpeed } from './measure-detector.js';
import type { ValueStream } from './value-streams.js';

/** A method that River has too: single values per second of processor time, on the same stream. */
export interface BesideRiver {
  readonly detector: string;
  readonly stream: ValueStream;
  readonly values_per_s: number;
  readonly river_values_per_s: number;
  readonly ratio: number;
  /** Each with the settings it comes with, which are not the same. */
  readonly fired_per_million: number;
  readonly river_fired_per_million: number;
}

export interface DetectorBench {
  readonly speeds: readonly DetectorSpeed[];
  /** The detector that decides, over many streams; null where it was not asked for. */
  readonly many: DetectorSpeed | null;
  readonly river:
    | { readonly river: string; readonly python: string; readonly rows: readonly BesideRiver[] }
    | { readonly reason: string };
}

/** The bench for people. */
export function detectorBenchLines({ speeds, many, river }: DetectorBench): string[] {
  const heads = ['detector', 'shown', 'windows/s', 'windows', 'state, bytes', 'long run, windows', 'drift of numerics'];
  const rows = speeds.map((speed) => [
    speed.detector,
    speed.shown,
    countText(speed.windows_per_s),
    countText(speed.windows),
    countText(speed.state_bytes),
    speed.long_run === null ? '' : countText(speed.long_run.windows),
    speed.long_run?.numeric_drift?.toExponential(1) ?? '',
  ]);
  return [
    ...tableLines([heads, ...rows], ['left', 'left', 'right', 'right', 'right', 'right', 'right']),
    ...(many === null ? [] : ['', manyLine(many)]),
    '',
    ...('reason' in river ? [`River: ${river.reason}`] : riverLines(river.river, river.python, river.rows)),
  ];
}

function manyLine({ detector, shown, streams, windows_per_s }: DetectorSpeed): string {
  return `${detector} over ${countText(streams)} streams (${shown}): ${countText(windows_per_s)} windows/s`;
}

function riverLines(version: string, python: string, rows: readonly BesideRiver[]): string[] {
  const heads = ['detector', 'stream', 'values/s', `River ${version}`, 'ratio', 'fired per million', 'River'];
  const body = rows.map((row) => [
    row.detector,
    row.stream,
    countText(row.values_per_s),
    countText(row.river_values_per_s),
    row.ratio.toFixed(1),
    row.fired_per_million.toFixed(1),
    row.river_fired_per_million.toFixed(1),
  ]);
  return [
    `Beside River ${version} (Python ${python}), value by value:`,
    ...tableLines([heads, ...body], ['left', 'left', 'right', 'right', 'right', 'right', 'right']),
  ];
}
