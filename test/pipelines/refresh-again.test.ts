import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../contracts/clock.js';
import type { Config } from '../../contracts/config.js';
import { detectors } from '../../detectors/index.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { fromFile, newFolder, openSmall, SMALL_CONFIG_TEXT, smallConfig, smallLines } from './small-run.js';

const LINES = 1_500;

test('a refresh that is asked for twice while no event comes makes one version, with every level once, and the last is in force', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'events.ndjson'), smallLines(folder, 3, LINES).join('\n'));
  const config = smallConfig();
  const baseline = { ...config.baseline, history: '2d', guard: '0s', history_min: '1m' };
  const configOf = (false_directives_per_week: number): Config => ({
    ...config,
    baseline,
    budget: { ...config.budget, false_directives_per_week },
  });
  const open = (false_directives_per_week: number, inputs: Parameters<typeof openSmall>[1] = []) =>
    openSmall(join(folder, 'data'), inputs, { config: configOf(false_directives_per_week) });
  const { false_directives_per_week: usual } = config.budget;
  let pipeline = await open(usual, [fromFile(join(folder, 'events.ndjson'))]);
  const levels = async () => {
    await pipeline.refreshBaselines();
    const { rows } = await pipeline.query(`
      select 'version', count(*)::integer, sum(streams)::integer from baseline_versions union all
      select 'level', count(*)::integer, count(distinct (version, signal, segment, hour_of_week))::integer from baselines union all
      select 'mix', count(*)::integer, sum(windows)::integer from mix_baselines union all
      select 'pair', count(*)::integer, sum(windows)::integer from relationship_baselines`);
    return rows;
  };
  try {
    await pipeline.run();
    const once = await levels();
    expect(once[1]![1]).toBeGreaterThan(10);
    expect(await levels()).toEqual(once);

    // Under another configuration it is another version, of the same time: the one in force, also in a store that is made again.
    const inForce = async () => (await pipeline.store.rows('baselines/newest_version'))[0]!.log_threshold as number;
    const first = await inForce();
    await pipeline.close();
    pipeline = await open(usual * 4);
    await pipeline.refreshBaselines();
    expect(await inForce()).toBeCloseTo(first - Math.log(4), 9);
    await pipeline.close();
    await rebuild({
      config: configOf(usual),
      config_text: SMALL_CONFIG_TEXT,
      data_dir: join(folder, 'data'),
      detectors,
      clock: systemClock,
      write: () => undefined,
    });
    pipeline = await open(usual * 4);
    expect(await inForce()).toBeCloseTo(first - Math.log(4), 9);
  } finally {
    await pipeline.close();
    rmSync(folder, { recursive: true });
  }
});
