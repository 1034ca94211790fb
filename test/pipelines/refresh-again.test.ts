import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fromFile, newFolder, openSmall, smallConfig, smallLines } from './small-run.js';

const LINES = 1_500;

test('a refresh that is asked for twice while no event comes makes one version, with every level once', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'events.ndjson'), smallLines(folder, 3, LINES).join('\n'));
  const config = smallConfig();
  const baseline = { ...config.baseline, history: '2d', guard: '0s', history_min: '1m' };
  const pipeline = await openSmall(join(folder, 'data'), [fromFile(join(folder, 'events.ndjson'))], {
    config: { ...config, baseline },
  });
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
  } finally {
    await pipeline.close();
    rmSync(folder, { recursive: true });
  }
});
