import { relative } from 'node:path';
import type { ReplayDocument, ReplayResult } from '../contracts/reports.js';
import { suggestedQueries } from './shipped-files.js';

/** The document of a run over recorded events. Paths are relative to this folder where they lie in it. */
export function replayDocument(
  result: ReplayResult,
  facts: { readonly started_ms: number; readonly data_dir: string; readonly store: string },
): ReplayDocument {
  return {
    seconds: (performance.now() - facts.started_ms) / 1000,
    ...result,
    data_dir: shownPath(facts.data_dir),
    store: shownPath(facts.store),
    queries: suggestedQueries(),
  };
}

export function shownPath(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside === '' ? '.' : inside.startsWith('..') ? path : inside;
}
