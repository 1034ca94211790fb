import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../contracts/clock.js';
import { detectors } from '../../detectors/index.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { statementFailed } from '../../pipelines/query-errors.js';
import { passOver, rebuild } from '../../pipelines/rebuild.js';
import { listRejected } from '../../pipelines/rejected-lines.js';
import { Store } from '../../pipelines/store.js';
import { fromFile, newFolder, openSmall, SMALL_CONFIG_TEXT, smallConfig } from './small-run.js';

// Frames that no start comes past, whichever events are left out: a detector fails, a baseline cannot be learnt, memory is
// not enough. Somebody decides to pass over them.

const folder = newFolder();
const data_dir = join(folder, 'data');
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

// Events of 28 calls: none goes on in the next frame.
const small = smallConfig({ batch_rows_max: 77 });
const config = {
  ...small,
  baseline: { ...small.baseline, guard: '1m', history_min: '1h' },
  observe: { ...small.observe, groupings: [[]] },
  relationships: [],
};
const options = { config, config_text: SMALL_CONFIG_TEXT, data_dir, detectors, clock: systemClock, write: () => {} };

/** An hour and a half of calls, one a minute, three of four answered. */
function callsFrom(start: string, campaign: string): string {
  const lines = Array.from({ length: 90 }, (_, index) => {
    const event = (type: string, second: number, data: object) => ({
      specversion: '1.0',
      id: `${start}-${index}-${type}`,
      source: 's',
      type,
      time: new Date(Date.parse(start) + index * 60_000 + second * 1000).toISOString(),
      data: { call_id: `${start}-${index}`, ...data },
    });
    const is_answered = index % 4 !== 0;
    return [
      event('call.initiated', 0, { campaign }),
      ...(is_answered ? [event('call.answered', 10, {})] : []),
      event('call.ended', 40, { disposition: is_answered ? 'completed' : 'no_answer' }),
    ];
  });
  const file = join(folder, `${campaign}.ndjson`);
  writeFileSync(
    file,
    `${lines
      .flat()
      .map((line) => JSON.stringify(line))
      .join('\n')}\n`,
  );
  return file;
}

const open = (file: string | null, told: string[] = []) =>
  openSmall(data_dir, file === null ? [] : [fromFile(file)], { config, write: (line) => told.push(line) });

/** Statements that fail while a query gives a row, with what DuckDB says then. */
const faults = new Map<string, { readonly rows: string; readonly said: string }>();
const run = Store.prototype.run;
vi.spyOn(Store.prototype, 'run').mockImplementation(async function (this: Store, name, parameters) {
  const fault = faults.get(name);
  if (fault !== undefined)
    await this.define(`create or replace temp table planted as select error('planted') ${fault.rows}`).catch(() => {
      throw statementFailed(name, new Error(fault.said));
    });
  return await run.call(this, name, parameters);
});

/** Runs until it fails; gives the frame at which it does. */
async function failedAt(file: string | null, work: 'run' | 'refreshBaselines'): Promise<number> {
  const pipeline = await open(file);
  await expect(pipeline[work]()).rejects.toThrow();
  const { frame } = pipeline.applier;
  await pipeline.close().catch(() => undefined);
  return frame + 1;
}

test('the least of a frame that helps is passed over, noted, told, counted and journalled, and can be taken back', async () => {
  let pipeline = await open(callsFrom('2025-10-07T08:00:00Z', 'first'));
  await pipeline.run();
  await pipeline.refreshBaselines();
  await pipeline.close();

  // A detector that fails on one window: no event less would be right.
  let failing_end_us: number | null = null;
  const { step } = detectors['mixture-e-sr'];
  const watched = vi.spyOn(detectors['mixture-e-sr'], 'step').mockImplementation((state, window) => {
    failing_end_us ??= window.end_us;
    if (window.end_us === failing_end_us) throw new RangeError('planted');
    return step(state, window);
  });
  const second = callsFrom('2025-10-07T14:00:00Z', 'second');
  const decided = await failedAt(second, 'run');
  await expect(open(second)).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: `frame ${decided} of the log cannot be applied to the store`,
    detail: expect.stringContaining('a detector or the policy fails on it (RangeError)'),
    hint: expect.stringContaining(`plumbline pass-over ${decided}`),
  });
  expect(existsSync(join(data_dir, 'log', 'left-out'))).toBe(false);
  await expect(passOver(options, decided + 1, false)).rejects.toMatchObject({ code: 'STORE_FAILED' });
  expect(await passOver(options, decided, false)).toMatchObject({ frame: decided, passed_over: 'decisions' });
  await expect(passOver(options, decided, false)).rejects.toMatchObject({
    code: 'COMMAND_ARGUMENT_INVALID',
    detail: 'it is applied already',
  });
  const told: string[] = [];
  pipeline = await open(second, told);
  expect(told.join('\n')).toContain(`frame ${decided} of the log is passed over by detectors and policy`);
  await pipeline.run();
  await pipeline.close();

  // A baseline that cannot be learnt: the one before stays.
  faults.set('baselines/baseline_cells', { rows: '', said: 'Out of Range Error: planted' });
  const learnt = await failedAt(null, 'refreshBaselines');
  await expect(open(null)).rejects.toMatchObject({ code: 'STORE_FAILED' });
  expect(await passOver(options, learnt, false)).toMatchObject({ passed_over: 'frame', events: 0 });
  faults.clear();

  // Memory is not enough for a frame: its events stay in the log, and later frames know what it has named.
  const { landed } = pipeline.progress.events;
  const rows = `from batch_events where seq = ${landed}`;
  faults.set('staging/hot_events', { rows, said: 'Out of Memory Error: planted' });
  const third = callsFrom('2025-10-07T20:00:00Z', 'third');
  const whole = await failedAt(third, 'run');
  told.length = 0;
  await expect(open(third, told)).rejects.toMatchObject({ code: 'SQL_FAILED' });
  expect(told.join('\n')).toContain(`"plumbline pass-over ${whole}" goes on without it`);
  expect(await passOver(options, whole, true)).toMatchObject({ passed_over: 'frame', events: 77 });
  faults.clear();
  pipeline = await open(third);
  await pipeline.run();
  const byCampaign = async () =>
    (await pipeline.query('select campaign, count(*)::integer from calls group by all order by all')).rows;
  expect(await byCampaign()).toEqual([
    ['first', 90],
    ['second', 90],
    ['third', 62],
  ]);
  const frames = [decided, learnt, whole].map(String);
  const rejected = (await pipeline.query('select id, partition, reason, detail from rejected order by "offset"')).rows;
  expect(rejected.map(([, partition, reason]) => [partition, reason])).toEqual(
    frames.map((frame) => [frame, 'apply_failed']),
  );
  const listed = listRejected(data_dir, () => true, 10);
  expect(listed.lines.map(({ id, detail }) => [id, detail]).reverse()).toEqual(
    rejected.map(([id, , , detail]) => [id, detail]),
  );
  const journalled = "select subject from journal where kind = 'frame_passed_over' order by ordinal";
  expect((await pipeline.query(journalled)).rows).toEqual(frames.map((frame) => [frame]));
  expect(pipeline.operations.keeping.passed_over_frames).toBe(3);
  const digest = await pipeline.digest();
  await pipeline.close();

  // The log and its notes say what the store is; without them it is what it would have been.
  watched.mockRestore();
  await rebuild(options);
  pipeline = await open(null);
  expect(await pipeline.digest()).toEqual(digest);
  await pipeline.close();
  expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, passed_over: 3 });
  const notes = join(data_dir, 'log', 'passed-over');
  const [damaged, removed] = readdirSync(notes) as [string, string];
  const note = JSON.parse(readFileSync(join(notes, damaged), 'utf8'));
  writeFileSync(join(notes, damaged), JSON.stringify({ ...note, events: note.events + 1 }));
  rmSync(join(notes, removed));
  expect(verifyLog(data_dir)).toMatchObject({
    is_whole: false,
    passed_over: 1,
    damages: [{ file: `log/passed-over/${damaged}` }],
  });
  rmSync(join(data_dir, 'log', 'passed-over'), { recursive: true });
  await rebuild(options);
  pipeline = await open(null);
  expect(await byCampaign()).toEqual(['first', 'second', 'third'].map((campaign) => [campaign, 90]));
  expect((await pipeline.query('from rejected')).rows).toEqual([]);
  await pipeline.close();
  expect(readdirSync(join(data_dir, 'log'))).not.toContain('left-out');
}, 60_000);
