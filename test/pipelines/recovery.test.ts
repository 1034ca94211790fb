import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../contracts/clock.js';
import type { DigestReport } from '../../contracts/reports.js';
import { detectors } from '../../detectors/index.js';
import { segmentFiles } from '../../pipelines/land/segment-files.js';
import { findFrames } from '../../pipelines/land/stored-frames.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { storePath } from '../../pipelines/open-store.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { Store } from '../../pipelines/store.js';
import { fromFile, newFolder, openSmall, SMALL_CONFIG_TEXT, smallConfig, smallLines } from './small-run.js';

const LINES = 200;
const land = { batch_rows_max: 50, duplicate_entries_max: 4_096 };
const folder = newFolder();
const events = join(folder, 'events.ndjson');

interface Outcome {
  readonly digest: DigestReport;
  readonly landed: number;
  readonly told: readonly string[];
  readonly epoch: number;
}

/** Runs the file of events into a data directory, from where its log stands. */
async function run(data_dir: string): Promise<Outcome> {
  const told: string[] = [];
  const pipeline = await openSmall(data_dir, [fromFile(events)], { land, write: (line) => void told.push(line) });
  try {
    await pipeline.run();
    const { epoch } = await pipeline.status();
    return { digest: await pipeline.digest(), landed: pipeline.progress.events.landed, told, epoch };
  } finally {
    await pipeline.close();
  }
}

function rebuilding(data_dir: string) {
  return { config: smallConfig(land), config_text: SMALL_CONFIG_TEXT, data_dir, detectors, clock: systemClock };
}

/** Relations in which a second start leaves no trace of its own. */
function derivedOf({ digest }: Outcome) {
  return digest.relations.filter(({ relation }) => ['calls', 'turns', 'observations', 'verdicts'].includes(relation));
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 4;
  writeFileSync(file, bytes);
}

describe('what is damaged between two runs', () => {
  let clean: Outcome;

  beforeAll(async () => {
    writeFileSync(events, smallLines(folder, 3, LINES).join('\n'));
    // As many frames as the others have, and not one event that they have.
    const other = readFileSync(events, 'latin1').replaceAll('"id":"', '"id":"other ').split('\n').slice(7);
    writeFileSync(join(folder, 'other.ndjson'), other.join('\n'));
    clean = await run(join(folder, 'clean'));
  }, 180_000);

  function ran(name: string): string {
    const data_dir = join(folder, name);
    cpSync(join(folder, 'clean'), data_dir, { recursive: true });
    return data_dir;
  }

  test('a store that is gone, damaged, or has the journal of another is made again from the log', async () => {
    const data_dir = ran('store');
    const path = storePath(data_dir);
    const spoil: (() => void)[] = [
      () => rmSync(path),
      () => flip(path, 4_096 + 100),
      () => writeFileSync(`${path}.wal`, 'no journal of a database'),
    ];
    for (const damage of spoil) {
      damage();
      expect(derivedOf(await run(data_dir))).toEqual(derivedOf(clean));
      expect(existsSync(`${path}.damage-found`)).toBe(false);
    }
  }, 180_000);

  test('the store of another log, which has as many frames, is set aside and made again', async () => {
    const [data_dir, other] = [ran('own'), join(folder, 'other')];
    const pipeline = await openSmall(other, [fromFile(join(folder, 'other.ndjson'))], { land });
    await pipeline.run();
    await pipeline.close();
    copyFileSync(storePath(other), storePath(data_dir));
    const outcome = await run(data_dir);
    expect(outcome.told.join('\n')).toContain('is another than that of the log');
    expect(derivedOf(outcome)).toEqual(derivedOf(clean));
  }, 180_000);

  test('a start that is asked to end while it makes the store again does so at once, and the next one goes on', async () => {
    const data_dir = ran('asked_to_end');
    rmSync(storePath(data_dir));
    const open = openSmall(data_dir, [], { land, signal: AbortSignal.abort() });
    await expect(open).rejects.toMatchObject({ name: 'AbortError' });
    // A rebuild that is ended and repeated keeps the store that was whole, and the last that was half made.
    const path = storePath(data_dir);
    cpSync(storePath(join(folder, 'clean')), path);
    const { ino } = statSync(path);
    const told: string[] = [];
    const options = rebuilding(data_dir);
    for (let times = 0; times < 3; times++) {
      const ended = rebuild({ ...options, signal: AbortSignal.abort(), write: (line) => told.push(line) });
      await expect(ended).rejects.toMatchObject({ name: 'AbortError' });
    }
    expect(statSync(`${path}.before`).ino).toBe(ino);
    expect(readdirSync(data_dir).filter((name) => /\.duckdb\.before/.test(name))).toHaveLength(2);
    expect(told).toEqual([
      'an earlier store is kept as plumbline.duckdb.before, this one as plumbline.duckdb.before.2: 2 are kept at the most',
      expect.stringContaining('; the one that was plumbline.duckdb.before.2 is removed'),
    ]);
    expect(derivedOf(await run(data_dir))).toEqual(derivedOf(clean));
  }, 180_000);

  test('a store of another format is set aside and made again from the log', async () => {
    const data_dir = ran('format');
    const options = { path: storePath(data_dir), threads: 1, memory_mib_max: 256, temp_dir: join(data_dir, 'spill') };
    const before = await Store.open(options);
    await before.define('drop table store_format; create table store_format as select 1 as version');
    await before.close();
    const outcome = await run(data_dir);
    expect(outcome.told.join()).toContain('the store is of another version and is set aside');
    expect(existsSync(`${storePath(data_dir)}.before`)).toBe(true);
    expect(derivedOf(outcome)).toEqual(derivedOf(clean));
  });

  test('damage that a run comes upon is noted, and the next start makes the store anew', async () => {
    const data_dir = ran('noted');
    const pipeline = await openSmall(data_dir, []);
    const damage = new Error('Corrupt database file: computed checksum 1 does not match stored checksum 2');
    pipeline.applier.apply = () => Promise.reject(damage);
    await expect(pipeline.refreshBaselines()).rejects.toThrow('checksum');
    await pipeline.close();
    const again = await run(data_dir);
    expect(again.told).toEqual([expect.stringContaining('set aside: Corrupt database file')]);
    expect(derivedOf(again)).toEqual(derivedOf(clean));
  }, 180_000);

  test('a log that was cut at the border of two frames is known to be short, and what it lacks is read again', async () => {
    const data_dir = ran('cut');
    const frames = [...findFrames(data_dir)];
    truncateSync(segmentFiles(data_dir)[0]!, frames[4]!.at);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: false });
    const again = await run(data_dir);
    expect(again.told.join('\n')).toContain(`frames 4 to ${frames.length - 1} of the log`);
    expect(again.landed).toBe(clean.landed);
    expect(derivedOf(again)).toEqual(derivedOf(clean));
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, set_aside: { frames: frames.length - 4 } });
  }, 180_000);

  test('a damaged frame is set aside, named and counted; the store that has applied it keeps what it held', async () => {
    const data_dir = ran('frame');
    const [first, second] = [...findFrames(data_dir)].filter(({ rows }) => rows > 0).slice(1);
    const file = first!.file;
    const bytes = readFileSync(file);
    flip(file, first!.payload_at + 10);
    flip(file, second!.at + 70);
    expect(verifyLog(data_dir).damages.map(({ byte, frame }) => ({ byte, frame }))).toEqual([
      { byte: first!.at, frame: first!.metadata.ordinal },
      { byte: second!.at, frame: second!.metadata.ordinal },
    ]);
    const kept = await run(data_dir);
    expect(derivedOf(kept)).toEqual(derivedOf(clean));
    expect(kept.told).toHaveLength(2);
    const set_aside = { frames: 2, events: first!.rows + second!.rows };
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, set_aside });
    for (const frame of [first!, second!]) {
      const name = String(frame.metadata.ordinal).padStart(8, '0');
      const copied = readFileSync(join(data_dir, 'log', 'damaged', `${name}.bytes`));
      expect(copied.length).toBe(frame.end - frame.at);
    }
    // The file comes back from a copy: nothing is set aside any more once its note is removed.
    writeFileSync(file, bytes);
    rmSync(join(data_dir, 'log', 'damaged'), { recursive: true });
    rmSync(storePath(data_dir));
    expect(derivedOf(await run(data_dir))).toEqual(derivedOf(clean));
  }, 180_000);

  test('a log that is away is begun anew nowhere: a start refuses, changes nothing, and finds it when it is back', async () => {
    const data_dir = ran('away');
    const [log, elsewhere] = [join(data_dir, 'log'), join(folder, 'log elsewhere')];
    const held = readdirSync(data_dir);
    renameSync(log, elsewhere);
    const starts = [() => run(data_dir), () => rebuild({ ...rebuilding(data_dir), write: () => {} })];
    for (const start of starts)
      await expect(start()).rejects.toMatchObject({
        code: 'DATA_DIRECTORY_INVALID',
        message: `there is no log in "${log}"`,
      });
    expect(existsSync(log)).toBe(false);
    // Where its disk would be mounted.
    mkdirSync(log);
    await expect(run(data_dir)).rejects.toMatchObject({ detail: expect.stringContaining(`${clean.landed} events`) });
    expect(readdirSync(log)).toEqual([]);
    rmSync(log, { recursive: true });
    renameSync(elsewhere, log);
    expect(readdirSync(data_dir).filter((name) => !held.includes(name))).toEqual([]);
    expect(await run(data_dir)).toMatchObject({ landed: clean.landed, told: [] });
  }, 180_000);

  test('a log that is gone is known by the store: what it lacks is told, counted and read again, under a higher epoch, whatever a crash leaves', async () => {
    const data_dir = ran('gone');
    const { epoch } = await run(data_dir);
    expect(epoch).toBe(2);
    const frames = [...findFrames(data_dir)].length;
    const [log, elsewhere] = [join(data_dir, 'log'), join(folder, 'log gone')];
    renameSync(log, elsewhere);
    mkdirSync(join(log, 'damaged'), { recursive: true });
    const told: string[] = [];
    // Each start ends with what it is about to tell; the last one comes through.
    for (const lines of [1, 1, 1]) {
      const ended = new Error('crashed');
      const write = (line: string) => {
        if (told.push(line) >= lines) throw ended;
      };
      await expect(openSmall(data_dir, [], { land, write })).rejects.toBe(ended);
    }
    const again = await run(data_dir);
    expect(told).toEqual([
      expect.stringMatching(`frames 0 to ${frames - 1} of the log, which held ${clean.landed} events, cannot be read`),
      ...Array.from({ length: 2 }, () => expect.stringContaining('the store is ahead of the log and is set aside')),
    ]);
    expect(again.told).toEqual([expect.stringContaining(`it has applied frame ${frames - 1}`)]);
    expect(again.landed).toBe(clean.landed);
    expect(again.epoch).toBeGreaterThan(epoch);
    expect(derivedOf(again)).toEqual(derivedOf(clean));
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, set_aside: { frames, events: clean.landed } });
    const next = await run(data_dir);
    expect([next.told, next.epoch > again.epoch]).toEqual([[], true]);

    // What was lost turns up too late: no file of it takes the place of a newer one, and it is not read beside them.
    const note = join(log, 'damaged', '00000000.json');
    const text = readFileSync(note);
    rmSync(note);
    const late = readdirSync(elsewhere).filter((name) => name.endsWith('.arrow'));
    for (const name of late) copyFileSync(join(elsewhere, name), join(log, name), constants.COPYFILE_EXCL);
    await expect(run(data_dir)).rejects.toMatchObject({
      message: expect.stringContaining('and the log before it has it'),
    });
    for (const name of late) rmSync(join(log, name));
    writeFileSync(note, text);
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, set_aside: { frames } });
  }, 180_000);

  test('a log that was put back from an older copy goes on behind what the store tells of, under a higher epoch', async () => {
    const data_dir = ran('older');
    const older = join(folder, 'older log');
    cpSync(join(data_dir, 'log'), older, { recursive: true });
    const frames = [...findFrames(data_dir)].length;
    const { epoch } = await run(data_dir);
    rmSync(join(data_dir, 'log'), { recursive: true });
    cpSync(older, join(data_dir, 'log'), { recursive: true });
    const again = await run(data_dir);
    expect(again.told[0]).toMatch(`frames ${frames} to `);
    expect(again.told[0]).toContain('which held 0 events');
    expect(again).toMatchObject({ landed: clean.landed });
    expect(again.epoch).toBeGreaterThan(epoch);
    await rebuild({ ...rebuilding(data_dir), write: () => {} });
    expect(derivedOf(await run(data_dir))).toEqual(derivedOf(clean));
  }, 180_000);

  test('a frame that is found damaged while the store is brought up to the log does not cost the store', async () => {
    const data_dir = ran('behind');
    const ending = new AbortController();
    const frames = [...findFrames(data_dir)].filter(({ rows }) => rows > 0);
    const options = rebuilding(data_dir);
    const halfway = rebuild({ ...options, signal: ending.signal, write: () => {}, onFrame: () => ending.abort() });
    await expect(halfway).rejects.toMatchObject({ name: 'AbortError' });
    flip(frames[3]!.file, frames[3]!.payload_at + 10);
    expect((await run(data_dir)).told).toEqual([
      expect.stringContaining(`frame ${frames[3]!.metadata.ordinal} of the log`),
    ]);
  }, 180_000);

  test('values of dictionaries that went with a frame are told as lost, and no other value takes their place', async () => {
    const data_dir = ran('words');
    const held = [...findFrames(data_dir)].find(({ rows, metadata }) => rows > 0 && 'agent_id' in metadata.additions)!;
    flip(held.file, held.at + 70);
    rmSync(storePath(data_dir));
    await run(data_dir);
    const pipeline = await openSmall(data_dir, []);
    const { rows } = await pipeline.query('select column_name, id, value from dictionary_values order by all');
    await pipeline.close();
    const lost = rows.filter(([, , value]) => String(value).startsWith('(lost value '));
    const expected = Object.values(held.metadata.additions).reduce((total, { values }) => total + values.length, 0);
    expect(lost).toHaveLength(expected);
    const ids = rows.map(([column, id]) => `${column} ${id}`);
    expect(new Set(ids).size).toBe(ids.length);
  }, 180_000);
});
