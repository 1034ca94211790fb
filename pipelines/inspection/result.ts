import type { Conservation } from '../../contracts/batch.js';
import type { Config } from '../../contracts/config.js';
import { instantText } from '../../contracts/duration.js';
import { directiveReport } from '../../contracts/episode-report.js';
import type { ReplayResult, StatusReport } from '../../contracts/reports.js';
import type { WatermarkState } from '../land/watermarks.js';
import type { Store } from '../store.js';
import { reportOf, storedDirectives, storedEpisodes } from './episode-rows.js';
import { rowsFromUs } from './rows-left.js';

const NOTHING: Conservation = { received: 0, landed: 0, rejected: 0, duplicate: 0, late: 0 };

/** What the store holds of a run. */
export async function resultOf(store: Store): Promise<ReplayResult> {
  const state = (await store.rows('staging/pipeline_state'))[0];
  const counts = (await store.rows('checks/counts'))[0]!;
  return {
    events: state === undefined ? NOTHING : (JSON.parse(state.conservation as string) as Conservation),
    observations: counts.observations as number,
    baselines: counts.baselines as number,
    episodes: (await storedEpisodes(store)).map(reportOf),
    directives: (await storedDirectives(store)).map(directiveReport),
  };
}

/** How a data directory stands. Inputs are told by the process that reads them. */
export async function statusOf(
  store: Store,
  facts: { readonly data_dir: string; readonly config: Config; readonly inputs: StatusReport['inputs'] },
): Promise<StatusReport> {
  const state = (await store.rows('staging/pipeline_state'))[0];
  const counts = (await store.rows('checks/counts'))[0]!;
  const result = await resultOf(store);
  const rows_from_us = await rowsFromUs(store);
  const unwatched = (await store.rows('checks/unwatched_counts'))[0]!;
  const reasons = await store.rows('checks/rejected_reasons');
  const watermark_us = (state?.watermark_us as number | null | undefined) ?? null;
  const stored =
    state === undefined
      ? null
      : (JSON.parse(state.state as string) as { policy: { epoch: number }; configuration_version: string | null });
  return {
    data_dir: facts.data_dir,
    configuration_version: stored?.configuration_version ?? '',
    epoch: stored?.policy.epoch ?? 0,
    watermark_at: watermark_us === null ? null : instantText(watermark_us),
    events: result.events,
    rejected_by_reason: Object.fromEntries(reasons.map(({ reason, n }) => [reason, n])),
    observations: result.observations,
    rows_from: rows_from_us === null ? null : instantText(rows_from_us),
    baselines: result.baselines,
    baseline_version: (counts.baseline_version as string | null) ?? null,
    unwatched_streams: unwatched.streams as number,
    inputs: facts.inputs,
    open_episodes: result.episodes.filter(({ closed_at }) => closed_at === null),
    directives_in_force: result.directives.filter(
      ({ expires_at }) => watermark_us !== null && Date.parse(expires_at) * 1000 > watermark_us,
    ),
  };
}

/** How each input stands: as far as its newest event or what it has promised. */
export function inputReports(inputs: WatermarkState): StatusReport['inputs'] {
  return Object.entries(inputs).map(([input, [newest_us, promised_us, is_idle, is_ended]]) => {
    const at_us = Math.max(newest_us ?? Number.NEGATIVE_INFINITY, promised_us ?? Number.NEGATIVE_INFINITY);
    return { input, watermark_at: Number.isFinite(at_us) ? instantText(at_us) : null, is_idle, is_ended };
  });
}
