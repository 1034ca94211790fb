import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configSchema, settingsOf } from '../../contracts/config.js';
import type { Episode } from '../../contracts/episode.js';
import { attributionAtDetection } from '../../pipelines/inspection/attribution.js';
import { storeSignals } from '../../pipelines/inspection/store-signals.js';
import { openStore } from '../../pipelines/open-store.js';
import { readSignalFiles } from '../../pipelines/signal-files.js';
import { newFolder } from './small-run.js';

test('what counts rows of a time of which some have left says so, and counts no part of them', async () => {
  const folder = newFolder();
  const config = configSchema.parse({ version: 1 });
  const store = await openStore(join(folder, 'data'), readSignalFiles(), config.operate);
  const drift = { signal: 'answer_rate', segment: 'all', direction: 'down', baseline_version: 'v' };
  const attributed = (day: string) => {
    const [began_us, detected_us] = [`${day}T10:00:00Z`, `${day}T11:00:00Z`].map((time) => Date.parse(time) * 1000);
    return attributionAtDetection(store, settingsOf(config), { ...drift, began_us, detected_us } as unknown as Episode);
  };
  try {
    // The newest baselines have learnt from two weeks; a later refresh has learnt nothing, and let rows of them go.
    await store.define(`
      insert into baseline_versions
      values ('v', '2025-09-15', '2025-09-01', '2025-09-15', 14, 1, 1000, 5, 10, 5)`);
    expect(await storeSignals(store)).toEqual([]);
    await store.define("insert into expiries values ('2025-09-20', 7, '2025-09-05')");
    await expect(storeSignals(store)).rejects.toMatchObject({
      code: 'COMMAND_ARGUMENT_INVALID',
      detail: expect.stringContaining('rows of before 2025-09-05T00:00:00.000Z have left the store'),
    });
    expect((await attributed('2025-09-04')).unavailable).toContain('rows of before 2025-09-05T00:00:00.000Z had left');
    expect((await attributed('2025-09-05')).unavailable ?? '').not.toContain('had left');
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
});
