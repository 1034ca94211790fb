import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shippedConfiguration } from '../../bench/shipped-configuration.js';
import { detectors } from '../../detectors/index.js';
import { Pipeline } from '../../pipelines/pipeline.js';
import { readSignalFiles, registerSignals } from '../../pipelines/signal-files.js';
import { Store } from '../../pipelines/store.js';
import { sinks } from '../../sinks/index.js';
import { sources } from '../../sources/index.js';

/** What a signal view gives for every entity that counts. */
const COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['signal', 'VARCHAR'],
  ['happened_at', 'TIMESTAMP'],
  ['set_id', 'UBIGINT'],
  ['n', 'BIGINT'],
  ['total', 'BIGINT'],
  ['exposure_ms', 'BIGINT'],
  ['total_squares', 'BIGINT'],
];

const OWN_SIGNAL = `-- signal: long_call_rate
-- summary: answered calls that last longer than a minute
-- kind: proportion
-- unit: ratio
-- harmful: either
-- maturity: 90s
create or replace view long_call_rate as
select
  'long_call_rate' as signal,
  ended_at as happened_at,
  set_id,
  1::bigint as n,
  (duration_ms > 60000)::int::bigint as total,
  0::bigint as exposure_ms,
  0::bigint as total_squares
from calls
where answered_at is not null;
`;

const SCENARIO = `
extends: demo
name: one_hour
summary: One hour of calls
calendar: { start_date: '2025-09-09', history_days: 0, live_days: 1, time_zone: America/Chicago, calling_from: '09:00', calling_until: '10:00' }
calls_per_day: 600
drifts: []
`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-signals-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the view of every signal', () => {
  const signals = readSignalFiles();
  let store: Store;

  beforeAll(async () => {
    store = await Store.open({ path: ':memory:', threads: 1, memory_mib_max: 512, temp_dir: join(folder, 'spill') });
    await store.createSchema();
    await registerSignals(store, signals);
  });
  afterAll(() => store.close());

  it.each(signals.map(({ signal }) => signal.signal))(
    '%s has the columns of an observation, with their types',
    async (signal) => {
      const { rows } = await store.query(`select column_name, column_type from (describe ${signal})`);
      expect(rows).toEqual(COLUMNS);
    },
  );
});

describe("a file in the operator's folder", () => {
  it('is refused when its view lacks what observing takes, and the error says what', async () => {
    const signals_dir = join(folder, 'incomplete');
    mkdirSync(signals_dir);
    writeFileSync(join(signals_dir, 'long_call_rate.sql'), OWN_SIGNAL.replace('  set_id,\n', '  campaign,\n'));
    const store = await Store.open({ path: ':memory:', threads: 1, memory_mib_max: 512, temp_dir: folder });
    try {
      await store.createSchema();
      await expect(registerSignals(store, readSignalFiles(signals_dir))).rejects.toMatchObject({
        code: 'SIGNAL_RELATION_INVALID',
        detail: expect.stringMatching(/long_call_rate\.sql: .*set_id/s),
        hint: expect.stringContaining('set_id'),
      });
    } finally {
      await store.close();
    }
  });

  it('is a signal: observed in every grouping, without a line of TypeScript', async () => {
    const signals_dir = join(folder, 'signals');
    mkdirSync(signals_dir);
    writeFileSync(join(signals_dir, 'long_call_rate.sql'), OWN_SIGNAL);
    writeFileSync(join(folder, 'one-hour.yaml'), SCENARIO);
    const { config, config_text } = shippedConfiguration();
    const pipeline = await Pipeline.open({
      config: { ...config, signals_dir },
      config_text,
      base_dir: folder,
      data_dir: join(folder, 'data'),
      clock: { nowUs: () => Date.parse('2026-01-01T00:00:00Z') * 1000 },
      key_seed: 'signals',
      detectors,
      sinks,
      inputs: [{ source: sources.simulate, config: { scenario: join(folder, 'one-hour.yaml'), seed: 1 } }],
      live: false,
      signal: new AbortController().signal,
      write: () => undefined,
    });
    try {
      await pipeline.run();
      const { rows } = await pipeline.store.query(
        "select segment, sum(n), sum(total) from observations where signal = 'long_call_rate' group by segment order by segment",
      );
      const counts = new Map(
        rows.map(([segment, n, total]) => [segment as string, { n: Number(n), total: Number(total) }]),
      );
      const all = counts.get('all');
      expect(all?.n).toBeGreaterThan(200);
      expect(all?.total).toBeGreaterThan(0);
      expect(all?.total).toBeLessThan(all?.n ?? 0);
      const campaigns = [...counts].filter(([segment]) => segment.startsWith('campaign='));
      expect(campaigns).toHaveLength(3);
      expect(campaigns.reduce((sum, [, { n }]) => sum + n, 0)).toBe(all?.n);
    } finally {
      await pipeline.close();
    }
  });
});
