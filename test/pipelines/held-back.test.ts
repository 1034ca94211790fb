import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Source } from '../../contracts/source.js';
import { vitalsOf } from '../../pipelines/vitals.js';
import { fromFile, newFolder, openSmall } from './small-run.js';

let folder: string;
beforeAll(() => {
  folder = newFolder();
});
afterAll(() => rmSync(folder, { recursive: true }));

const NOW_US = Date.parse('2025-09-15T20:00:00Z') * 1000;

function line(id: string, type: string, time: string, data: object): string {
  return `${JSON.stringify({ specversion: '1.0', id, source: 'control', type, time, data })}\n`;
}

/** Brings one event of days ago, and nothing more until it is stopped. */
const behind: Source = {
  name: 'behind',
  summary: '',
  config: z.looseObject({}),
  async *open(_config, { signal }) {
    const bytes = Buffer.from(line('b', 'source.watermark', '2025-09-08T14:00:00Z', {}));
    yield { input: 'behind', partition: 'behind', first_offset: 1, bytes };
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  },
};

it('an input that holds the watermark back makes nothing grow but the store', async () => {
  const file = join(folder, 'control.ndjson');
  const sizes: number[] = [];
  for (const count of [500, 4_000]) {
    const lines = Array.from({ length: count }, (_, index) =>
      line(`ack-${index}`, 'directive.acknowledged', '2025-09-15T19:00:00Z', {
        directive_id: `nobody-${index}`,
        target: 'all',
        status: 'applied',
      }),
    );
    writeFileSync(file, lines.join(''));
    const stop = new AbortController();
    const run = await openSmall(folder, [{ source: behind, config: {} }, fromFile(file)], {
      land: { batch_rows_max: 500 },
      live: { now_us: NOW_US },
      signal: stop.signal,
      onProgress: ({ events }) => {
        if (events.landed > count) stop.abort();
      },
    });
    try {
      await run.run();
      const { fills, counts } = await vitalsOf(run, NOW_US);
      expect(counts).toContainEqual({ counted: 'waiting_acknowledgements', label: null, state: null, n: count });
      for (const { queue, filled, max } of fills) expect(filled, queue).toBeLessThanOrEqual(max);
      const { rows } = await run.query('select length(state)::integer from pipeline_state');
      sizes.push(rows[0]![0] as number);
    } finally {
      await run.close();
    }
  }
  expect(Math.abs(sizes[1]! - sizes[0]!)).toBeLessThan(100);
});
