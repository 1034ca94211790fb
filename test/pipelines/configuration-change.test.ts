import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../contracts/clock.js';
import type { Config } from '../../contracts/config.js';
import type { DigestReport } from '../../contracts/reports.js';
import { detectors } from '../../detectors/index.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { vitalsOf } from '../../pipelines/vitals.js';
import { copyPrepared, GOING_ON } from './prepared-run.js';
import { newFolder, openSmall, SMALL_CONFIG_TEXT, smallConfig } from './small-run.js';

/** Less than a tenth of the signals in segments that the only version of the baselines knows. */
const STREAMS_MAX = 30;

/** Other segments, another detector for a signal, another rule, no relationship, and not room for all streams. */
function changed(): Config {
  const config = smallConfig();
  const calm = config.policy.rules[1]!;
  return {
    ...config,
    observe: { ...config.observe, groupings: [[], ['number_pool'], ['region']] },
    relationships: [],
    detect: {
      ...config.detect,
      streams_max: STREAMS_MAX,
      by_signal: { answer_rate: { detector: 'cusum', options: {} } },
    },
    budget: { ...config.budget, false_directives_per_week: 40 },
    policy: { ...config.policy, rules: [{ ...calm, directive: { ...calm.directive, value: 'no_questions' } }] },
  };
}

describe('a configuration that changes while a log is written', () => {
  const data_dir = newFolder();
  let lived: DigestReport;

  async function asked<Answer>(ask: (pipeline: Awaited<ReturnType<typeof openSmall>>) => Promise<Answer>) {
    const pipeline = await openSmall(data_dir, [], { config: changed() });
    try {
      return await ask(pipeline);
    } finally {
      await pipeline.close();
    }
  }

  beforeAll(async () => {
    // Five days and a half under the first configuration.
    await copyPrepared('stopped', data_dir);
    const config = changed();
    const pipeline = await openSmall(data_dir, [GOING_ON], {
      config: { ...config, land: { ...config.land, batch_rows_max: 5_000 } },
    });
    try {
      await pipeline.run();
      lived = await pipeline.digest();
    } finally {
      await pipeline.close();
    }
  }, 180_000);

  it('holds from its frame on, and not before', async () => {
    const { rows: spans } = await asked((pipeline) =>
      pipeline.query(
        "select split_part(segment, '=', 1) as grouping, epoch_ms(min(window_start)), epoch_ms(max(window_start)) from observations group by 1",
      ),
    );
    const of = (grouping: string) =>
      spans
        .find(([name]) => name === grouping)!
        .slice(1)
        .map(Number);
    const [, last_campaign] = of('campaign');
    const [first_region, last_region] = of('region');
    // Signals close at times of their own; a dropped grouping is not counted as silent.
    expect(last_campaign! - first_region!).toBeLessThan(15 * 60_000);
    expect(of('agent_version')[1]! - first_region!).toBeLessThan(15 * 60_000);
    for (const grouping of ['all', 'number_pool']) expect(of(grouping)[1]).toBeGreaterThanOrEqual(last_region!);
    // What served a relationship alone is not observed once no relationship names it.
    const { rows: related } = await asked((pipeline) =>
      pipeline.query(
        "select epoch_ms(max(window_start)) from observations where signal = 'interrupted_call_rate' group by all",
      ),
    );
    expect(Math.abs(Number(related[0]![0]) - first_region!)).toBeLessThan(15 * 60_000);
    const { rows: directives } = await asked((pipeline) =>
      pipeline.query('select distinct value::varchar from directives order by all'),
    );
    expect(directives).toEqual([['no_questions']]);
  });

  it('watches as many streams as it has room for, of each signal the largest, and tells the others', async () => {
    const { fills, unwatched_streams, counts } = await asked(async (pipeline) => ({
      fills: pipeline.fills,
      unwatched_streams: (await pipeline.status()).unwatched_streams,
      counts: (await vitalsOf(pipeline, 0)).counts,
    }));
    const of = (name: string) => fills.find(({ queue }) => queue === name)!;
    expect(of('expected_streams')).toMatchObject({ filled: STREAMS_MAX, max: STREAMS_MAX });
    expect(of('watched_streams').filled).toBeGreaterThan(10);
    const { rows } = await asked((pipeline) =>
      pipeline.query(`select count(distinct (signal, segment))::integer,
        (select count(distinct (signal, segment))::integer from verdicts),
        (select count(*)::integer from unwatched_streams where not has_level),
        (select count(*)::integer from unwatched_streams where segment = 'all'),
        (select count(*)::integer from verdicts inner join unwatched_streams using (signal, segment))
        from baselines`),
    );
    expect(rows).toEqual([[unwatched_streams + STREAMS_MAX, of('watched_streams').filled, unwatched_streams, 0, 0]]);
    expect(unwatched_streams).toBeGreaterThan(200);
    expect(counts).toContainEqual({ counted: 'unwatched_streams', label: null, state: null, n: unwatched_streams });
  });

  it('is found in the log by a rebuild that is given neither the first nor the last', async () => {
    const config = changed();
    await rebuild({
      config: { ...config, observe: { ...config.observe, groupings: [[], ['campaign'], ['region']] } },
      config_text: SMALL_CONFIG_TEXT,
      data_dir,
      detectors,
      clock: systemClock,
      write: () => undefined,
    });
    expect(await asked((pipeline) => pipeline.digest())).toEqual(lived);
  }, 180_000);
});
