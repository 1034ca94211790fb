import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { throughPlumbline } from '../../bench/end-to-end/yardsticks.js';
import { misaccounted, poisonReport } from '../../bench/poison/account.js';
import { POISON_CLASSES } from '../../bench/poison/poison-classes.js';
import { eventBytes, plantedAmong } from '../../bench/poison/poisoned-events.js';
import { REJECTION_REASONS } from '../../contracts/event.js';

const EVENTS = POISON_CLASSES.length * 100 + 50;
const folder = mkdtempSync(join(tmpdir(), 'plumbline-poison-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the poison of the benchmark', () => {
  it('has a class for every reason but the failure of the decoder itself, and for events that come twice', () => {
    const reasons = POISON_CLASSES.map(({ reason }) => reason);
    expect(REJECTION_REASONS.filter((reason) => !reasons.includes(reason))).toEqual([
      'processing_failed',
      'apply_failed',
    ]);
    expect(reasons).toContain(null);
  });

  it('is found line by line, each under its reason, and the events around it land', async () => {
    const path = join(folder, 'events.ndjson');
    writeFileSync(path, Buffer.concat([...eventBytes(EVENTS, true)]));
    const found = await throughPlumbline(path, join(folder, 'data'));
    const planted = plantedAmong(EVENTS);
    expect(planted.lines).toBe(POISON_CLASSES.length);
    expect(misaccounted(EVENTS, planted, found)).toEqual([]);
  });

  it('stands beside the same events without it', () => {
    const clean = Buffer.concat([...eventBytes(450, false)]).toString();
    const poisoned = Buffer.concat([...eventBytes(450, true)]).toString();
    expect(clean.match(/\n/g)).toHaveLength(450);
    expect(poisoned.match(/\n/g)).toHaveLength(454);
    expect(poisoned.startsWith(clean.split('\n').slice(0, 100).join('\n'))).toBe(true);
    expect(poisoned.endsWith(clean.split('\n').slice(400).join('\n'))).toBe(true);
  });
});

describe('the account', () => {
  const cost = (cpu_seconds: number) => ({ rows: 1_000, cpu_seconds, wall_seconds: 1, peak_rss_mib: 100 });
  const planted = { lines: 10, duplicates: 1, by_reason: { json_syntax: 9 } };
  const events = { received: 1_010, landed: 1_000, rejected: 9, duplicate: 1, late: 0 };
  const found = { events, rejected_by_reason: { json_syntax: 9 }, epoch: 1 };

  it('compares within pairs', () => {
    const pairs = [2, 4, 20].map((clean) => ({ clean: cost(clean), poisoned: { ...cost(4), ...found } }));
    expect(poisonReport(1_000, planted, pairs)).toMatchObject({
      ratio: 1,
      ratios: [0.5, 1, 5],
      clean_rows_per_s: 250,
      poisoned_rows_per_s: 250,
      wrong: [],
    });
  });

  it('names what was planted and is not found, and what was found and not planted', () => {
    const other = { ...found, rejected_by_reason: { json_syntax: 8, json_keys: 1 }, epoch: 2 };
    expect(misaccounted(1_000, planted, other)).toEqual([
      'starts: 2 and not 1',
      'json_syntax: 8 and not 9',
      'json_keys: 1 and not 0',
    ]);
    const lost = { ...found, events: { ...events, landed: 999 } };
    expect(misaccounted(1_000, planted, lost)).toEqual(['landed: 999 and not 1000']);
  });
});
