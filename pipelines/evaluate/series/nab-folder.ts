import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RowWindow } from '../nab-score.js';
import { instantUs, malformed, rowsOf, textOf } from './series-file.js';

/** One series without its labels: what a detector may see. */
export interface NabSeries {
  /** `<category>/<file>.csv`. */
  readonly name: string;
  readonly at_us: readonly number[];
  readonly values: readonly number[];
}

/** Every series of `data/<category>/<file>.csv`, packed or not, in the order of their names. */
export function readNabSeries(folder: string): NabSeries[] {
  const data = join(folder, 'data');
  if (!existsSync(data)) throw malformed(data, 'a folder in the layout of NAB has its series in data/<category>/');
  const files = readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(data, name)).map((file) => `${name}/${file}`))
    .filter((file) => /\.csv(\.gz)?$/.test(file));
  if (files.length === 0) throw malformed(data, 'it holds no <category>/<file>.csv.gz');
  return files.sort().map((path) => readSeries(join(data, path), path.replace(/\.gz$/, '')));
}

function readSeries(file: string, name: string): NabSeries {
  const rows = rowsOf(textOf(file)).slice(1);
  const values = rows.map(([, value]) => Number(value));
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw malformed(file, `row ${wrong + 2}: "${rows[wrong].join(',')}" has no value`);
  return { name, at_us: rows.map(([at]) => instantUs(at, file)), values };
}

/** Labelled windows of the series, as rows; a series that is not named has none. To be read after all scores are there. */
export function readNabWindows(folder: string, all: readonly NabSeries[]): RowWindow[][] {
  const file = join(folder, 'combined_windows.json');
  const labels = JSON.parse(textOf(file)) as Readonly<Record<string, readonly (readonly [string, string])[]>>;
  return all.map(({ name, at_us }) =>
    (labels[name] ?? []).flatMap(([from, to]) => {
      const [from_us, to_us] = [instantUs(from, file), instantUs(to, file)];
      const first = at_us.findIndex((at) => at >= from_us);
      const last = at_us.findLastIndex((at) => at <= to_us);
      return first >= 0 && last >= first ? [{ first, last }] : [];
    }),
  );
}
