import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyLog } from '../../../pipelines/land/verify-log.js';
import { allFrames, chunkOf, dataDir, eventsOf, landAll, openLanding, rowsOf } from './opened-landing.js';
import { sampleLine } from './sample-log.js';

const LOGS = 'fixtures/logs';

interface Expected {
  readonly frames: readonly Record<string, unknown>[];
  readonly rows: readonly Record<string, unknown>[];
}

/** As the fixture has them: 64-bit integers as text. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one)));
}

async function readAll(data_dir: string): Promise<Expected> {
  const frames = await allFrames(data_dir);
  const facts = frames.map((frame) => ({
    ordinal: frame.ordinal,
    kind: frame.kind,
    rows: frame.kind === 'events' ? frame.batch.rows : 0,
    rejected: frame.kind === 'events' ? frame.rejected.length : 0,
    watermark_us: frame.watermark_us,
    conservation: frame.conservation,
  }));
  return plain({ frames: facts, rows: rowsOf(eventsOf(frames).map(({ batch }) => batch)) }) as Expected;
}

describe.each(readdirSync(LOGS))('a log of %s', (format) => {
  const expected = JSON.parse(readFileSync(join(LOGS, format, 'expected.json'), 'utf8')) as Expected;

  test('is read as the version read it that wrote it, and is whole', async () => {
    const data_dir = join(LOGS, format);
    expect(await readAll(data_dir)).toEqual(expected);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, frames: expected.frames.length });
  });

  test('is gone on with: duplicates are known, dictionaries go on, and all of it is read', async () => {
    const data_dir = dataDir();
    cpSync(join(LOGS, format, 'log'), join(data_dir, 'log'), { recursive: true });
    const landing = await openLanding(data_dir);
    const known = expected.rows.length;
    const more = await landAll(landing, chunkOf([sampleLine(63), sampleLine(70)], { first_offset: 66 }));
    await landing.close();
    expect(more[0]).toMatchObject({ ordinal: expected.frames.length, conservation: { landed: known + 1 } });
    const { frames, rows } = await readAll(data_dir);
    expect(frames.slice(0, -1)).toEqual(expected.frames);
    expect(rows.slice(0, -1)).toEqual(expected.rows);
    expect(rows.at(-1)).toMatchObject({ event_id: 'e-70', source: 'fleet' });
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, torn_bytes: 0 });
  });
});
