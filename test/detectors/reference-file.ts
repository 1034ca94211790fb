import { readFileSync } from 'node:fs';

/** The reference numbers of a detector, as its `generate.py` wrote them. */
export function referenceFile<Data>(detector: string): Data {
  const url = new URL(`../../fixtures/reference/${detector}/data.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Data;
}
