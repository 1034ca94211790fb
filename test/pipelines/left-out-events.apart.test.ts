import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../contracts/clock.js';
import { detectors } from '../../detectors/index.js';
import { LeftOutNotes } from '../../pipelines/land/events-left-out.js';
import { framesBetween } from '../../pipelines/land/stored-frames.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { KeyRing } from '../../pipelines/privacy/key-ring.js';
import { statementFailed } from '../../pipelines/query-errors.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { listRejected, rejectedBytes } from '../../pipelines/rejected-lines.js';
import { Store } from '../../pipelines/store.js';
import { fromFile, newFolder, openSmall, SMALL_CONFIG_TEXT, smallConfig } from './small-run.js';

// A frame that is on disk and that the store cannot take. The fault is planted in the store: a statement is preceded by
// one that fails while certain events are there, as it would fail itself if DuckDB refused one of their values.

const folder = newFolder();
const small = smallConfig({ batch_rows_max: 4 });
const config = { ...small, observe: { ...small.observe, groupings: [[]] }, relationships: [] };
const START_MS = Date.parse('2025-10-07T14:00:00Z');
afterEach(() => faults.clear());
afterAll(() => rmSync(folder, { recursive: true }));

/** Of each call a frame: begun, answered, a turn, ended. It settles when the next one has come. */
const file = join(folder, 'calls.ndjson');
const lines = ['a', 'b', 'c', 'd'].flatMap((call_id, index) =>
  ['call.initiated', 'call.answered', 'turn.transcribed', 'call.ended'].map((type, step) =>
    JSON.stringify({
      specversion: '1.0',
      id: `${call_id}-${step}`,
      source: 's',
      type,
      time: new Date(START_MS + index * 600_000 + step * 10_000).toISOString(),
      data: {
        call_id,
        ...(type === 'call.initiated' ? { campaign: `of_${call_id}` } : {}),
        ...(type === 'turn.transcribed' ? { turn_id: 't', speaker: 'agent' } : {}),
        ...(type === 'call.ended' ? { disposition: 'completed' } : {}),
      },
    }),
  ),
);
writeFileSync(file, `${lines.join('\n')}\n`);

const open = (data_dir: string, told: string[] = [], operate: Partial<typeof config.operate> = {}) =>
  openSmall(data_dir, [fromFile(file)], {
    config: { ...config, operate: { ...config.operate, ...operate } },
    write: (line) => told.push(line),
  });

/** By statement: a query that fails while events are there that it cannot take, and what it fails with. */
type Fault = { readonly failing: string; asError(error: unknown, store: Store): unknown };
const faults = new Map<string, Fault>();
const run = Store.prototype.run;
vi.spyOn(Store.prototype, 'run').mockImplementation(async function (this: Store, name, parameters) {
  const fault = faults.get(name);
  if (fault !== undefined)
    await this.define(`create or replace temp table planted as ${fault.failing}`).catch(async (error: unknown) => {
      throw await fault.asError(statementFailed(name, error), this);
    });
  return await run.call(this, name, parameters);
});

function plant(statement: string, failing: string, asError: Fault['asError'] = (error) => error): void {
  faults.set(statement, { failing, asError });
}

/** Has DuckDB give its instance up, in earnest: nothing is answered by it any more. */
async function instanceLost(statement: string, store: Store): Promise<unknown> {
  const losing = "rollback; set debug_checkpoint_abort = 'before_header'; checkpoint";
  const error = await store.define(losing).catch((failed: unknown) => statementFailed(statement, failed));
  await expect(store.define('select 1')).rejects.toThrow('database has been invalidated');
  return error;
}

/** Runs until the store fails; the frame at which it does is on disk, and ends no later start. */
async function failed(data_dir: string): Promise<void> {
  const pipeline = await open(data_dir);
  await expect(pipeline.run()).rejects.toThrow();
  await pipeline.close().catch(() => undefined);
}

interface Note {
  readonly format: number;
  readonly frame: number;
  readonly events: readonly { readonly seq: number; readonly frame: number }[];
  readonly frame_mark?: string;
  readonly sum?: string;
}

const notesOf = (data_dir: string) => readdirSync(join(data_dir, 'log', 'left-out'));
const readNote = (data_dir: string, name: string): Note =>
  JSON.parse(readFileSync(join(data_dir, 'log', 'left-out', name), 'utf8'));
const writeNote = (data_dir: string, name: string, note: Note): void =>
  writeFileSync(join(data_dir, 'log', 'left-out', name), JSON.stringify(note));

const rebuildAnew = (data_dir: string) =>
  rebuild({ config, config_text: SMALL_CONFIG_TEXT, data_dir, detectors, clock: systemClock, write: () => {} });

const settling = "select error('planted') from working_events inner join settled_calls using (call_key)";
const TURN = "type = type_code('turn.transcribed')";

test('of frames that cannot be applied the events that it is are left out, noted and told, and all others are taken', async () => {
  const data_dir = join(folder, 'events');
  // Calls settle with a later frame than that of the turn that cannot be taken; of the last frame it is several events.
  const ofTurns = `${settling} where ${TURN} and call_id = 'b'`;
  const ofFrame = 'seq in (12, 14) or (seq = 13 and exists (from batch_events where seq = 15))';
  plant('staging/turns', ofTurns);
  plant(
    'staging/hot_events',
    `select error('planted') from batch_events where ${ofFrame}`,
    () => new RangeError('1.5 is no BigInt'),
  );
  const losing = 'staging/stray_events';
  plant(losing, `${settling} where ${TURN} and call_id = 'a'`, (_, store) => instanceLost(losing, store));
  // As a supervisor does: whatever has landed by then ends no later start.
  const told: string[] = [];
  let pipeline = await open(data_dir, told);
  for (let starts = 1; ; starts++) {
    const isDone = await pipeline.run().then(
      () => true,
      () => false,
    );
    if (isDone) break;
    expect(starts).toBeLessThan(5);
    await pipeline.close().catch(() => undefined);
    pipeline = await open(data_dir, told);
  }
  expect(told.join('\n')).toMatch(
    /event 2 of frame \d+ \(statement sql\/staging\/stray_events.sql failed \(FATAL Error\)\).* event 6 of frame \d+ \(statement sql\/staging\/turns.sql failed \(Invalid Input Error\)\).* event 14 of frame \d+, 13 of frame \d+, 12 of frame \d+ \(the program fails on it \(RangeError\)\)/s,
  );
  const { rows } = await pipeline.query(
    'select call_id, count(turn_key)::integer from calls left join turns using (call_key) group by all order by all',
  );
  expect(rows).toEqual([
    ['a', 0],
    ['b', 0],
    ['c', 1],
    ['d', 0],
  ]);
  const kept_out = (await pipeline.query('select partition, "offset", reason from rejected order by 2')).rows;
  expect(kept_out).toEqual([2, 6, 12, 13, 14].map((seq) => [expect.stringMatching(/^\d+$/), seq, 'apply_failed']));
  expect(pipeline.progress.events).toMatchObject({ received: 16, landed: 16, rejected: 0, duplicate: 0 });
  const digest = await pipeline.digest();
  await pipeline.close();
  const { by_reason, lines: listed } = listRejected(data_dir, () => true, 10);
  expect(by_reason).toEqual({ apply_failed: 5 });
  const bytes = rejectedBytes(data_dir, new KeyRing(data_dir, 'test'), [listed[0]!.id]);
  expect([...bytes.values()]).toEqual([null]);
  // The log and its notes alone say what the store is, whether the fault is there still or not; notes of before do too.
  faults.clear();
  const [of_before] = notesOf(data_dir);
  const { frame_mark: _, sum: __, ...rest } = readNote(data_dir, of_before!);
  writeNote(data_dir, of_before!, { ...rest, format: 1 });
  await rebuildAnew(data_dir);
  pipeline = await openSmall(data_dir, [], { config });
  expect(await pipeline.digest()).toEqual(digest);
  await pipeline.close();
}, 60_000);

test('a note of another log leaves nothing out of this one, is told with its file, and stays where this log needs one too', async () => {
  const data_dir = join(folder, 'other');
  let pipeline = await open(data_dir);
  await pipeline.run();
  const digest = await pipeline.digest();
  await pipeline.close();
  const notes = LeftOutNotes.of(data_dir);
  const found = { found_at: '2025-10-07T15:00:00.000Z', frame_mark: '0123456789abcdef', what: 'statement failed' };
  const { frame } = framesBetween(data_dir, 11, 11)[0]!;
  const { sum: _, frame_mark: __, ...note } = notes.add({ ...found, frame, events: [{ seq: 6, frame: frame - 1 }] });
  const [name] = notesOf(data_dir);
  writeNote(data_dir, '00009999.json', { ...note, format: 1, frame: 9999 });
  const foreign = readNote(data_dir, name!);
  const isDamaged = (file: string, what: string) => ({
    file: `log/left-out/${file}`,
    what: expect.stringContaining(what),
  });
  expect(verifyLog(data_dir)).toMatchObject({
    is_whole: false,
    left_out: { notes: 0, events: 0 },
    damages: [
      isDamaged(name!, `frame ${frame} of the log is another`),
      isDamaged('00009999.json', 'has no frame 9999'),
    ],
  });
  rmSync(join(data_dir, 'plumbline.duckdb'));
  const told: string[] = [];
  pipeline = await openSmall(data_dir, [], { config, write: (line) => told.push(line) });
  expect(await pipeline.digest()).toEqual(digest);
  await pipeline.close();
  const isTold = (file: string, why: string) =>
    expect.stringMatching(new RegExp(`/log/left-out/${file}" .* another log, and is not heeded: .*${why}.* remove it`));
  expect(told).toEqual(
    expect.arrayContaining([
      isTold(name!, `frame ${frame} of the log is another`),
      isTold('00009999.json', 'no frame 9999'),
    ]),
  );
  expect(listRejected(data_dir, () => true, 10).rejected).toBe(0);
  plant('staging/turns', `${settling} where ${TURN} and call_id = 'b'`);
  await rebuildAnew(data_dir);
  expect(readNote(data_dir, `${name}.other`)).toEqual(foreign);
  expect(listRejected(data_dir, () => true, 10).by_reason).toEqual({ apply_failed: 1 });
  rmSync(join(data_dir, 'log', 'left-out', '00009999.json'));
  expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, left_out: { notes: 1, events: 1 } });
  writeNote(data_dir, '00000001.json', { ...note, format: 1, frame: 1, events: [{ seq: 15, frame: frame }] });
  // A note of which a digit has changed is none.
  writeNote(data_dir, name!, { ...readNote(data_dir, name!), events: [{ seq: 7, frame: frame - 1 }] });
  await expect(rebuildAnew(data_dir)).rejects.toMatchObject({ code: 'LOG_FRAME_DAMAGED' });
  expect(verifyLog(data_dir)).toMatchObject({
    left_out: { notes: 0, events: 0 },
    damages_count: 2,
    damages: [isDamaged(name!, 'is no note'), isDamaged('00000001.json', `event 15 is not in frame ${frame}`)],
  });
}, 60_000);

test('what cannot come from what events say is never taken for it: nothing is left out, and the start fails', async () => {
  const data_dir = join(folder, 'system');
  const always = `${settling} where ${TURN} and call_id = 'b'`;
  plant('staging/turns', always);
  await failed(data_dir);
  for (const text of [
    'IO Error: Could not write file: No space left on device',
    'Out of Memory Error: failed to allocate data of size 16.0 MiB',
    'FATAL Error: fsync failed!',
    'INTERNAL Error: failed to allocate',
    'FATAL Error: Corrupt database file',
    'Invalid Input Error: EIO: i/o error, read',
  ]) {
    faults.clear();
    plant('staging/turns', always, () => statementFailed('staging/turns', new Error(text)));
    await expect(open(data_dir)).rejects.toMatchObject({ code: 'SQL_FAILED', detail: text });
  }
  // Not one event less would help.
  faults.clear();
  plant('staging/pipeline_state_emptied', "select error('planted')");
  const told: string[] = [];
  await expect(open(data_dir, told)).rejects.toMatchObject({
    code: 'STORE_FAILED',
    detail: expect.stringContaining('without any of its events too'),
  });
  expect(readdirSync(join(data_dir, 'log'))).not.toContain('left-out');
  // What has passed is no fault of events either.
  faults.clear();
  const pipeline = await open(data_dir);
  await pipeline.run();
  expect((await pipeline.query('select count(*)::integer from rejected')).rows).toEqual([[0]]);
  await pipeline.close();
}, 60_000);

test('more of them than the configuration lets are no accident: the start ends, until more are let', async () => {
  const data_dir = join(folder, 'many');
  plant('staging/hot_events', "select error('planted') from batch_events where seq in (1, 2, 3)");
  await failed(data_dir);
  await expect(open(data_dir, [], { events_left_out_max: 2 })).rejects.toMatchObject({
    code: 'STORE_FAILED',
    detail: expect.stringContaining('2 events are left out already, as many as operate.events_left_out_max lets'),
  });
  expect(readdirSync(join(data_dir, 'log'))).not.toContain('left-out');
  const pipeline = await open(data_dir, [], { events_left_out_max: 3 });
  expect(pipeline.fills).toContainEqual({ queue: 'events_left_out', filled: 3, max: 3 });
  await pipeline.close();
}, 60_000);

test('rows that were appended before one that cannot be are not written later, when the appender is collected', async () => {
  const store = await Store.open({ path: ':memory:', threads: 1, memory_mib_max: 64, temp_dir: '' });
  await store.define('create table appended (n bigint)');
  await expect(store.append('appended', [{ type: 'integer', values: [1, 1.5] }])).rejects.toThrow(RangeError);
  // A row that the table refuses is found when all of them are written.
  await store.define('create table appended_once (n bigint primary key)');
  const failed = await store
    .transaction(async () => {
      await store.define('insert into appended_once values (1)');
      await store.append('appended_once', [{ type: 'integer', values: [1, 2] }]);
    })
    .catch(String);
  expect(failed).toContain('constraint violation');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let times = 0; times < 3; times++) {
    collect();
    await turn();
  }
  for (const table of ['appended', 'appended_once'])
    expect((await store.query(`select count(*)::integer from ${table}`)).rows).toEqual([[0]]);
  await store.close();
});
