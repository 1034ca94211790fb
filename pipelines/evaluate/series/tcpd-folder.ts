import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { malformed, textOf } from './series-file.js';

/** One series without its annotations: what a detector may see. */
export interface TcpdSeries {
  readonly name: string;
  /** Values of each dimension, in the order of time; null where one is missing. */
  readonly dimensions: readonly (readonly (number | null)[])[];
  /** Observations. */
  readonly n: number;
}

interface DatasetFile {
  readonly name: string;
  readonly n_obs: number;
  readonly series: readonly { readonly raw: readonly (number | null)[] }[];
}

/** Every series of `datasets/<name>.json`, in the order of their names. */
export function readTcpdSeries(folder: string): TcpdSeries[] {
  const datasets = join(folder, 'datasets');
  const files = existsSync(datasets) ? readdirSync(datasets).filter((file) => file.endsWith('.json')) : [];
  if (files.length === 0)
    throw malformed(datasets, 'a folder in the layout of TCPD has its series in datasets/<name>.json');
  return files.sort().map((file) => {
    const { name, n_obs, series } = JSON.parse(textOf(join(datasets, file))) as DatasetFile;
    const dimensions = series.map(({ raw }) => raw.map((value) => (Number.isFinite(value) ? value : null)));
    const wrong = dimensions.find(({ length }) => length !== n_obs);
    if (wrong !== undefined) throw malformed(join(datasets, file), `${wrong.length} values where n_obs is ${n_obs}`);
    return { name, dimensions, n: n_obs };
  });
}

/** Change points of each annotator. To be read after every series has been judged. */
export function readAnnotations(folder: string, all: readonly TcpdSeries[]): number[][][] {
  const file = join(folder, 'annotations.json');
  const annotations = JSON.parse(textOf(file)) as Readonly<Record<string, Readonly<Record<string, number[]>>>>;
  return all.map(({ name }) => {
    const marked = Object.values(annotations[name] ?? {});
    if (marked.length === 0) throw malformed(file, `nobody has annotated "${name}"`);
    return marked;
  });
}
