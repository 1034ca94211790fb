import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../pipelines/package-root.js';

/** Rows at which River's detectors say drift, by detector and series, as `generate.py` beside the file has found them. */
export interface RiverResults {
  readonly nab: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  readonly tcpd: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

export function readRiverResults(): RiverResults {
  const file = join(packageRoot(), 'fixtures', 'reference', 'river-real-series', 'data.json');
  return JSON.parse(readFileSync(file, 'utf8')) as RiverResults;
}
