import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../contracts/clock.js';
import type { DigestReport } from '../../contracts/reports.js';
import type { Source } from '../../contracts/source.js';
import { detectors } from '../../detectors/index.js';
import { restoreBackup } from '../../pipelines/backup.js';
import { archivedHeads } from '../../pipelines/land/archive-files.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { readFrames } from '../../pipelines/land.js';
import type { Pipeline } from '../../pipelines/pipeline.js';
import { ContactTokens } from '../../pipelines/privacy/contact-tokens.js';
import { KeyRing } from '../../pipelines/privacy/key-ring.js';
import { mentions } from '../../pipelines/privacy/mentions.js';
import { rejectedKeyOf } from '../../pipelines/privacy/rejected-keys.js';
import { unseal } from '../../pipelines/privacy/seal.js';
import { readTexts, textOwner } from '../../pipelines/privacy/text-records.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { listRejected } from '../../pipelines/rejected-lines.js';
import { archiveAll } from './land/archived-log.js';
import { fromFile, newFolder, openSmall, SMALL_CONFIG_TEXT, smallConfig, smallLines } from './small-run.js';

const LINES = 1_200;
/** Many small files, so that the person stands in several. */
const land = { batch_rows_max: 200, duplicate_entries_max: 8_192, segment_bytes_max: 40_000 };
const folder = newFolder();
const events = join(folder, 'events.ndjson');
afterAll(() => rmSync(folder, { recursive: true }));

const ring = new KeyRing(folder, 'test');
const keys = { token: ring.key('contact_token'), texts: ring.key('texts') };
const tokenOf = (callee: string) => new ContactTokens(keys.token).token(callee);

function bytesOf([low, high]: Uint32Array): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(low!, 0);
  bytes.writeUInt32LE(high!, 4);
  return bytes;
}

function ownerOf(callee: string): string {
  const [low, high] = tokenOf(callee);
  return textOwner('c', low!, high!);
}

/** The numbers that are called most often: who is forgotten, and somebody else. */
function busiest(lines: readonly string[]): [string, string] {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const callee = /"callee":"(\+\d+)"/.exec(line)?.[1];
    if (callee !== undefined) counts.set(callee, (counts.get(callee) ?? 0) + 1);
  }
  const [first, second] = [...counts].sort(([, left], [, right]) => right - left);
  return [first![0], second![0]];
}

function filesUnder(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inside = join(path, entry.name);
    return entry.isDirectory() ? filesUnder(inside) : [inside];
  });
}

/** Files of a data directory in which a person's token stands, as bytes or as the owner of texts. */
function filesNaming(data_dir: string, callee: string): string[] {
  const marks = [bytesOf(tokenOf(callee)), Buffer.from(ownerOf(callee)), Buffer.from(callee.slice(1))];
  return filesUnder(data_dir)
    .filter((file) => marks.some((mark) => readFileSync(file).includes(mark)))
    .map((file) => file.slice(data_dir.length + 1));
}

async function rejectedTexts(data_dir: string): Promise<(string | null)[]> {
  const texts: (string | null)[] = [];
  for await (const frame of readFrames(data_dir, { from_frame: 0 }))
    if (frame.kind === 'events')
      for (const { sealed_bytes, sealed_until } of frame.rejected)
        try {
          texts.push(unseal(rejectedKeyOf(ring, sealed_until!)!, sealed_bytes).toString());
        } catch {
          texts.push(null);
        }
  return texts;
}

let anna: string;
let bert: string;
let clean: DigestReport;

beforeAll(async () => {
  const lines = smallLines(folder, 3, LINES);
  [anna, bert] = busiest(lines);
  const calls = new Map(
    lines.map((line) => [/"callee":"(\+\d+)"/.exec(line)?.[1], /"call_id":"([^"]+)"/.exec(line)?.[1]]),
  );
  const time = /"time":"([^"]+)"/.exec(lines.at(-1)!)![1];
  const spoken = (callee: string, text: string) =>
    `{"specversion":"1.0","id":"said-${text.length}","source":"s","type":"turn.transcribed","time":"${time}","data":{"call_id":"${calls.get(callee)}","turn_id":"said","speaker":"callee","text":"${text}"}}`;
  lines.push(
    spoken(anna, 'this is Anna speaking'),
    spoken(bert, 'Bert here'),
    `{"number":"${anna}", broken`,
    `{"number":"${anna.slice(-8, -4)}-${anna.slice(-4)}", broken`,
    `{"number":"${bert}", broken`,
  );
  writeFileSync(events, lines.join('\n'));
  const pipeline = await openSmall(join(folder, 'clean'), [fromFile(events)], { land });
  await pipeline.run();
  clean = await pipeline.digest();
  await pipeline.close();
}, 120_000);

describe('to forget a person', () => {
  /** What the clean run left, once more. */
  function copied(name: string): Promise<Pipeline> {
    cpSync(join(folder, 'clean'), join(folder, name), { recursive: true });
    return openSmall(join(folder, name), [], { land });
  }

  test('blanks the token, destroys the keys of texts, empties rejected lines; no count, no verdict and no sum is wrong', async () => {
    const pipeline = await copied('live');
    const data_dir = join(folder, 'live');
    const before = { ...pipeline.progress.events };
    const mine = () => [...readTexts(data_dir, ownerOf(anna), keys.texts)].map(({ text }) => text);
    expect(mine()).toContain('this is Anna speaking');
    expect(filesNaming(data_dir, anna).filter((file) => file.endsWith('.arrow')).length).toBeGreaterThan(1);
    const blanked = await pipeline.operations.forget(anna);
    expect(blanked.events).toBeGreaterThan(1);
    expect(blanked.text_keys).toBeGreaterThan(0);
    expect(blanked.rejected.size).toBe(2);
    expect(pipeline.progress.events).toEqual(before);
    expect(await pipeline.digest()).toEqual(clean);
    expect(mine()).toEqual([]);
    expect([...readTexts(data_dir, ownerOf(bert), keys.texts)].map(({ text }) => text)).toContain('Bert here');
    expect((await rejectedTexts(data_dir)).map((text) => text?.slice(0, 9) ?? null)).toEqual([null, null, '{"number"']);
    expect(filesNaming(data_dir, anna).filter((file) => !file.startsWith('plumbline.duckdb'))).toEqual([]);
    const sql = `select count(*)::integer from contacts where contact_token = ${bytesOf(tokenOf(anna)).readBigUInt64LE()}`;
    expect((await pipeline.query(sql)).rows).toEqual([[0]]);
    // Their rows stay, and say where in the log the bytes lay.
    const ids = listRejected(data_dir, () => true, 10).lines.map(({ id }) => [id]);
    expect((await pipeline.query('select id from rejected order by "offset" desc')).rows).toEqual(ids);
    expect(ids).toHaveLength(3);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true });
    // A second time there is nothing left of her.
    expect(await pipeline.operations.forget(anna)).toMatchObject({ events: 0, rejected: new Set(), text_keys: 0 });
    await pipeline.close();
    // The next start copies the store into a new file, and with the old one goes the last place.
    const again = await openSmall(data_dir, [], { land });
    expect(await again.digest()).toEqual(clean);
    await again.close();
    expect(filesNaming(data_dir, anna)).toEqual([]);
    expect(filesNaming(data_dir, bert)).not.toEqual([]);
  }, 120_000);

  test('leaves a log from which the same store is derived, but for what is keyed', async () => {
    const data_dir = join(folder, 'live');
    const options = { config: smallConfig(land), config_text: SMALL_CONFIG_TEXT, data_dir, detectors };
    await rebuild({ ...options, clock: systemClock, write: () => undefined });
    const pipeline = await openSmall(data_dir, [], { land });
    expect(await pipeline.digest()).toEqual(clean);
    await pipeline.close();
  }, 120_000);

  test('is ended by the next start wherever a crash cuts it short', async () => {
    const pipeline = await copied('crashed');
    const data_dir = join(folder, 'crashed');
    // The keys of her texts cannot be destroyed: the log is blanked by then, and the store is not.
    const obstacle = join(data_dir, 'keys', 'texts', '2000-01-01.keys');
    mkdirSync(obstacle);
    await expect(pipeline.operations.forget(anna)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_INVALID' });
    await expect(pipeline.operations.forget(bert)).rejects.toMatchObject({ code: 'INSTANCE_BUSY' });
    await pipeline.close();
    rmSync(obstacle, { recursive: true });
    const left = filesNaming(data_dir, anna);
    expect(left.filter((file) => file.endsWith('.arrow'))).toEqual([]);
    expect(left.some((file) => file.startsWith('keys'))).toBe(true);
    // What a process has left of a copy that it made goes.
    const copy = `${segmentFiles(data_dir)[0]}.new`;
    writeFileSync(copy, bytesOf(tokenOf(anna)));
    const again = await openSmall(data_dir, [], { land });
    expect(await again.digest()).toEqual(clean);
    expect(existsSync(copy)).toBe(false);
    expect([...readTexts(data_dir, ownerOf(anna), keys.texts)]).toEqual([]);
    await again.close();
    expect(filesNaming(data_dir, anna)).toEqual([]);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true });
  }, 120_000);
});

describe('to forget a person of whom the log is archived', () => {
  const data_dir = join(folder, 'archived');
  const heads = () => archivedHeads(data_dir).map((file) => basename(file));
  const tokens = async (pipeline: Pipeline, callee: string) => {
    const token = bytesOf(tokenOf(callee)).readBigUInt64LE();
    const sql = `select count(*)::integer from landed_events where contact_token = ${token}`;
    return (await pipeline.query(sql)).rows[0]![0] as number;
  };

  test('blanks the token in every file of the archive, and is ended by the next start after a crash', async () => {
    cpSync(join(folder, 'clean'), data_dir, { recursive: true });
    await archiveAll(data_dir);
    const pipeline = await openSmall(data_dir, [], { land });
    const digest = await pipeline.digest();
    expect(await tokens(pipeline, anna)).toBeGreaterThan(1);
    const { rows } = await pipeline.query(
      `select distinct filename from read_parquet('${data_dir}/archive/*/*.parquet', filename = true)
      where contact_token = ${bytesOf(tokenOf(anna)).readBigUInt64LE()} order by filename`,
    );
    // Of the second segment that is written anew the sums cannot be put in place.
    const [, second] = rows.map(([file]) => basename(file as string).slice(0, 8));
    mkdirSync(join(data_dir, 'archive', `${second}.1.sums`, 'in the way'), { recursive: true });
    const detail = expect.stringContaining('.sums');
    await expect(pipeline.operations.forget(anna)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_INVALID', detail });
    await pipeline.close();
    expect(heads().filter((name) => name.endsWith('.1.frames'))).toHaveLength(1);
    rmSync(join(data_dir, 'archive', `${second}.1.sums`), { recursive: true });
    const again = await openSmall(data_dir, [], { land });
    // What is left of the archive is done beside the run.
    await expect.poll(() => existsSync(join(data_dir, 'keys', 'forgetting.note')), { timeout: 60_000 }).toBe(false);
    expect(await tokens(again, anna)).toBe(0);
    expect(await tokens(again, bert)).toBeGreaterThan(0);
    expect(await again.digest()).toEqual(digest);
    expect((await rejectedTexts(data_dir)).map((text) => text?.slice(0, 9) ?? null)).toEqual([null, null, '{"number"']);
    await again.close();
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, set_aside: { frames: 0 } });
    expect(heads().filter((name) => name.endsWith('.1.frames')).length).toBeGreaterThan(1);
    // Parquet is compressed: nothing of the files that held her may be left.
    const stems = heads().map((name) => name.replace('.frames', ''));
    const left = filesUnder(join(data_dir, 'archive')).map((file) => basename(file).replace(/\.[a-z]+$/, ''));
    expect(new Set(left)).toEqual(new Set(stems));
    expect(filesNaming(data_dir, anna)).toEqual([]);
  }, 120_000);

  test('leaves an archive from which the same store is derived', async () => {
    const options = { config: smallConfig(land), config_text: SMALL_CONFIG_TEXT, data_dir, detectors };
    await rebuild({ ...options, clock: systemClock, write: () => undefined });
    const pipeline = await openSmall(data_dir, [], { land });
    expect(await pipeline.digest()).toEqual(clean);
    await pipeline.close();
  }, 120_000);
});

describe('a live run', () => {
  test('lands on while a person is forgotten in its archive; another has to wait, and a backup of meanwhile ends it', async () => {
    const data_dir = join(folder, 'beside');
    cpSync(join(folder, 'clean'), data_dir, { recursive: true });
    await archiveAll(data_dir);
    const lines = readFileSync(events, 'latin1').split('\n').slice(0, LINES);
    const ended = new AbortController();
    const trickle: Source = {
      name: 'trickle',
      summary: 'fifty lines at a time, for as long as it is asked',
      config: z.unknown(),
      async *open() {
        for (let at = 0; !ended.signal.aborted; at += 50) {
          const part = Array.from({ length: 50 }, (_, line) =>
            lines[(at + line) % LINES]!.replace('"id":"', `"id":"${at + line}-`).replace(
              /"callee":"[^"]+"/,
              `"callee":"${bert}"`,
            ),
          );
          yield { input: 'trickle', partition: 'p', first_offset: at + 1, bytes: Buffer.from(`${part.join('\n')}\n`) };
          await sleep(10);
        }
      },
    };
    let backup: Promise<unknown> | null = null;
    let blanked_frame = Number.POSITIVE_INFINITY;
    const pipeline = await openSmall(data_dir, [{ source: trickle, config: {} }], {
      land: { ...land, batch_rows_max: 50 },
      live: { now_us: Date.now() * 1000 },
      signal: ended.signal,
      write: (line) => {
        if (!/^a person is being forgotten: \d+ files of the archive/.test(line)) return;
        blanked_frame = pipeline.landing.last_frame;
        backup = pipeline.operations.backup(join(folder, 'beside-backup'));
      },
    });
    const run = pipeline.run();
    try {
      const forgotten = pipeline.operations.forget(anna);
      await expect(pipeline.operations.forget(bert)).rejects.toMatchObject({ code: 'INSTANCE_BUSY' });
      expect((await forgotten).events).toBeGreaterThan(1);
      expect(pipeline.landing.last_frame).toBeGreaterThan(blanked_frame);
      await backup;
    } finally {
      ended.abort();
      await run;
      await pipeline.close();
    }
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, events: pipeline.progress.events.landed });
    expect(filesNaming(data_dir, anna).filter((file) => !file.startsWith('plumbline.duckdb'))).toEqual([]);
    const restored = join(folder, 'beside-restored');
    await restoreBackup(join(folder, 'beside-backup'), restored);
    const again = await openSmall(restored, [], { land });
    await expect.poll(() => existsSync(join(restored, 'keys', 'forgetting.note')), { timeout: 60_000 }).toBe(false);
    await again.close();
    expect(filesNaming(restored, anna).filter((file) => !file.startsWith('plumbline.duckdb'))).toEqual([]);
    expect(verifyLog(restored)).toMatchObject({ is_whole: true });
  }, 120_000);
});

describe('a mention of a number', () => {
  test.each([
    ['+14155550123', '+14155550123', true],
    ['4155550123', '+14155550123', true],
    ['(415) 555-0123', '+14155550123', true],
    ['415.555.0123', '+14155550123', true],
    ['\\u0034155550123', '+14155550123', true],
    ['030 / 90182012', '+493090182012', true],
    ['4155550124', '+14155550123', false],
    ['"a":1415555,"b":"0123"', '+14155550123', false],
  ])('%s of %s: %s', (text, callee, expected) => {
    expect(mentions(Buffer.from(text), callee)).toBe(expected);
  });
});
