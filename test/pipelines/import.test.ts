import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PlumblineError } from '../../contracts/errors.js';
import { importInput, importSource } from '../../pipelines/import.js';
import { Store } from '../../pipelines/store.js';
import { importedEvents, importedLines } from './imported-events.js';
import { fromFile, newFolder, openSmall } from './small-run.js';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-import-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
/** Writes a file of its own; gives its path. */
function written(ending: string, text: string): string {
  const path = join(folder, `${++files}${ending}`);
  writeFileSync(path, text);
  return path;
}

const mappingOf = (select: string) => written('.sql', `-- mapping: test\n${select};\n`);
const CALLS = 'call,happened,phone\na,2025-10-07T14:00:02Z,+14155550123\nb,2025-10-07T14:00:01Z,+14155550124\n';
const STARTED = mappingOf(`
select 'call.ringing' as type, happened as time, call as call_id
from read_csv(getvariable('file'), all_varchar = true)
union all by name
select 'call.initiated' as type, happened as time, call as call_id, phone as callee
from read_csv(getvariable('file'), all_varchar = true)`);

async function failure(promise: Promise<unknown>): Promise<PlumblineError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PlumblineError);
  return error as PlumblineError;
}

/** Bytes of every file below a folder. */
function contents(path: string): Buffer {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name))));
}

describe('an import', () => {
  it('brings events in the order of their time, whatever the order of the file and of the mapping', async () => {
    const events = await importedEvents({ mapping: STARTED, file: written('.csv', CALLS) });
    expect(events.map(({ type, data }) => [type, data.call_id])).toEqual([
      ['call.ringing', 'b'],
      ['call.initiated', 'b'],
      ['call.ringing', 'a'],
      ['call.initiated', 'a'],
    ]);
  });

  it('gives a row the same id whenever it is read, also when the file has grown', async () => {
    const path = written('.csv', CALLS);
    const before = await importedEvents({ mapping: STARTED, file: path });
    expect(await importedEvents({ mapping: STARTED, file: path })).toEqual(before);
    writeFileSync(path, `${CALLS}c,2025-10-07T13:59:00Z,+14155550125\n`);
    const after = await importedEvents({ mapping: STARTED, file: path });
    expect(after).toHaveLength(6);
    expect(after.slice(2)).toEqual(before);
    expect(new Set(after.map(({ id }) => id)).size).toBe(6);
  });

  it('gives two equal rows two ids, and another content another', async () => {
    const same = 'call,happened,phone\na,2025-10-07T14:00:00Z,\na,2025-10-07T14:00:00Z,\n';
    const ids = (await importedEvents({ mapping: STARTED, file: written('.csv', same) })).map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });

  it('makes ids of what may be known: never of the number that was called', async () => {
    const path = written('.csv', CALLS);
    const before = (await importedEvents({ mapping: STARTED, file: path })).map(({ id }) => id);
    writeFileSync(path, CALLS.replaceAll('415555', '415556'));
    expect((await importedEvents({ mapping: STARTED, file: path })).map(({ id }) => id)).toEqual(before);
  });

  it('takes what a mapping says of id and source, and leaves nulls out', async () => {
    const mapping = mappingOf(`
      select 'call.ended' as type, '2025-10-07T14:00:00Z' as time, 7 as id, 'crm' as source, 'a' as call_id,
        'completed' as disposition, null::varchar as campaign, 12::utinyint as talk_ms, 0.5::decimal(3, 2) as confidence
      from read_csv(getvariable('file'))
      limit 1`);
    expect(await importedLines({ mapping, file: written('.csv', CALLS) })).toEqual([
      '{"specversion":"1.0","id":"7","source":"crm","type":"call.ended","time":"2025-10-07T14:00:00Z","data":{"call_id":"a","disposition":"completed","talk_ms":12,"confidence":0.5}}',
    ]);
  });

  it('reads JSON and Parquet as it reads CSV, and many files under one pattern', async () => {
    const text = '{"call":"a","happened":"2025-10-07T14:00:00Z"}\n';
    const parquet = join(folder, 'calls.parquet');
    const store = await Store.open({ path: ':memory:', threads: 1, memory_mib_max: 64, temp_dir: folder });
    await store.define(`copy (select 'a' as call, '2025-10-07T14:00:00Z' as happened) to '${parquet}'`);
    await store.close();
    for (const [read, file] of [
      ['read_json', written('.json', text)],
      ['read_parquet', parquet],
    ] as const) {
      const mapping = mappingOf(
        `select 'call.initiated' as type, happened::timestamptz as time, call as call_id from ${read}(getvariable('file'))`,
      );
      const [event] = await importedEvents({ mapping, file });
      expect(event).toMatchObject({ time: '2025-10-07T14:00:00.000Z', data: { call_id: 'a' } });
    }
    const several = mkdtempSync(join(folder, 'several-'));
    for (const name of ['1', '2']) writeFileSync(join(several, `${name}.csv`), CALLS);
    const events = await importedEvents({ mapping: STARTED, file: join(several, '*.csv') });
    expect(events).toHaveLength(8);
    expect(events[0]!.source).toMatch(/^import\/\d+\/\*\.csv$/);
  });

  it('goes on where it stood', async () => {
    const path = written('.csv', CALLS);
    const lines = await importedLines({ mapping: STARTED, file: path });
    expect(await importedLines({ mapping: STARTED, file: path }, 4)).toEqual(lines.slice(3));
    expect(await importedLines({ mapping: STARTED, file: path }, 5)).toEqual([]);
  });

  it('sorts more than fits into its memory, writes no number in the clear meanwhile, and leaves no files behind', async () => {
    const rows = 75_000;
    const wide = ['campaign', 'region', 'channel', 'agent_id', 'agent_role', 'agent_version', 'provider', 'call_id']
      .map((name) => `md5('${name}' || range) || md5(range || '${name}') || md5(range::varchar) as ${name}`)
      .join(', ');
    const mapping = mappingOf(`
      select 'call.initiated' as type, make_timestamptz((1e15 + (hash(range) % 1000000) * 1000)::bigint) as time, ${wide},
        '+4930' || (70000000 + range) as callee
      from range(${rows})`);
    const config = importSource.config.parse({ mapping, file: written('.csv', CALLS), memory_mib_max: 128 });
    const spilt = () =>
      readdirSync(tmpdir())
        .filter((name) => name.startsWith('plumbline-import-') && readdirSync(join(tmpdir(), name)).length > 0)
        .filter((name) => !name.startsWith('plumbline-import-test-'));
    const before = spilt();
    const meanwhile = new Set<string>();
    let next = 1;
    let newest = '';
    const context = {
      signal: new AbortController().signal,
      base_dir: folder,
      resume: () => undefined,
      warn: () => undefined,
      filled: () => undefined,
    };
    for await (const { bytes, first_offset } of importSource.open(config, context)) {
      for (const name of spilt()) {
        if (before.includes(name) || meanwhile.has(name)) continue;
        meanwhile.add(name);
        const bytes = contents(join(tmpdir(), name));
        expect(bytes.length).toBeGreaterThan(1_000_000);
        expect(bytes.includes('+49307')).toBe(false);
      }
      const times = Buffer.from(bytes)
        .toString('latin1')
        .match(/"time":"[^"]+"/g)!;
      expect(first_offset).toBe(next);
      next += times.length;
      for (const time of times) {
        if (time < newest) throw new Error(`${time} comes after ${newest}`);
        newest = time;
      }
    }
    expect(next - 1).toBe(rows);
    expect(meanwhile.size).toBeGreaterThan(0);
    expect(spilt().filter((name) => meanwhile.has(name))).toEqual([]);
  });
});

describe('a mapping that does not fit', () => {
  const csv = written('.csv', CALLS);
  const refused = (select: string) => failure(importInput(mappingOf(select), csv));

  it('is told of a column that no event has, and which was meant', async () => {
    const error = await refused("select 'call.initiated' as type, now() as time, 'a' as call_id, 'x' as campain");
    expect(error.code).toBe('IMPORT_COLUMN_INVALID');
    expect(error.message).toContain('column "campain" is no field of an event; did you mean "campaign"?');
    expect(error.hint).toContain('call_id');
  });

  it('is told of a missing type or time', async () => {
    const error = await refused("select 'a' as call_id");
    expect(error.code).toBe('IMPORT_COLUMN_INVALID');
    expect(`${error.message} ${error.detail}`).toMatch(/"type".*"time"/s);
  });

  it('is told that a time without a zone may be any', async () => {
    const error = await refused("select 'call.initiated' as type, timestamp '2025-10-07' as time, 'a' as call_id");
    expect(error.message).toContain('column "time" is TIMESTAMP; it takes timestamptz');
    expect(error.hint).toContain("timezone('");
  });

  it('is told of a type that a field does not take, and how to cast', async () => {
    const error = await refused("select 'call.ended' as type, now() as time, '12' as talk_ms, [1] as call_id");
    expect(error.message).toContain('column "talk_ms" is VARCHAR; it takes bigint');
    expect(error.detail).toContain('column "call_id" is INTEGER[]');
    expect(error.hint).toContain('talk_ms::bigint as talk_ms');
  });

  it.each([
    ['is no SELECT', 'create table x (a integer)'],
    ['is two statements', 'select 1; select 2'],
    ['names a column that the file lacks', "select nope as type from read_csv(getvariable('file'))"],
    ['is no SQL', 'selec'],
  ])('is refused when it %s', async (_, select) => {
    expect((await refused(select)).code).toBe('IMPORT_MAPPING_INVALID');
  });

  it('is told the line that is wrong', async () => {
    const error = await refused("select 'call.initiated' as type,\n  now() as time,\n  nope as call_id");
    expect(error.detail).toContain('LINE 4:   nope as call_id');
  });

  it('is not found: the shipped ones are named', async () => {
    const error = await failure(importInput('asterisk', csv));
    expect(error.code).toBe('IMPORT_MAPPING_INVALID');
    expect(error.hint).toContain('Did you mean "asterisk-cdr"?');
  });
});

describe('a file that cannot be read', () => {
  it('is named, before anything is opened', async () => {
    const error = await failure(importInput('generic-dialler', join(folder, 'nowhere.csv')));
    expect(error.code).toBe('IMPORT_FILE_UNREADABLE');
    expect(error.message).toContain('nowhere.csv');
  });

  it('is told apart from a mapping that is wrong', async () => {
    const broken = written('.parquet', 'this is no parquet file');
    const mapping = mappingOf("select 'call.initiated' as type, now() as time from read_parquet(getvariable('file'))");
    expect((await failure(importInput(mapping, broken))).code).toBe('IMPORT_FILE_UNREADABLE');
  });
});

describe('an import into a data directory', () => {
  const dialler = join(process.cwd(), 'fixtures', 'imports', 'dialler.csv');

  it('lands as an input of its own, becomes calls, and brings nothing the second time', async () => {
    const data_dir = newFolder();
    const first = await openSmall(data_dir, [await importInput('generic-dialler', dialler)]);
    await first.run();
    expect(first.progress.events).toEqual({ received: 10, landed: 10, rejected: 0, duplicate: 0, late: 0 });
    expect(Object.keys(first.landing.inputs)).toEqual(['import:dialler.csv']);
    const { rows } = await first.store.query(
      'select call_id, campaign, answered_by, disposition from calls order by call_id',
    );
    expect(rows).toEqual([
      ['c-1', 'spring', 'human', 'completed'],
      ['c-2', 'spring', null, 'no_answer'],
    ]);
    await first.close();
    const again = await openSmall(data_dir, [await importInput('generic-dialler', dialler)]);
    await again.run();
    expect(again.progress.events.received).toBe(10);
    await again.close();
    rmSync(data_dir, { recursive: true });
  });

  it('rejects and counts rows without what an event needs, and lets the others in', async () => {
    const data_dir = newFolder();
    const mapping = mappingOf(`
      select if(call = 'a', 'call.initiated', null) as type, happened as time, call as call_id
      from read_csv(getvariable('file'), all_varchar = true)`);
    const pipeline = await openSmall(data_dir, [await importInput(mapping, written('.csv', CALLS))]);
    await pipeline.run();
    expect(pipeline.progress.events).toMatchObject({ received: 2, landed: 1, rejected: 1 });
    await pipeline.close();
    rmSync(data_dir, { recursive: true });
  });

  it('is late where the log has gone past it: kept, and counted', async () => {
    const data_dir = newFolder();
    const live = join(data_dir, 'live.ndjson');
    writeFileSync(
      live,
      `${JSON.stringify({ specversion: '1.0', id: '1', source: 'live', type: 'call.initiated', time: '2025-10-08T00:00:00Z', data: { call_id: 'x' } })}\n`,
    );
    const first = await openSmall(data_dir, [fromFile('live.ndjson')]);
    await first.run();
    await first.close();
    const then = await openSmall(data_dir, [await importInput('generic-dialler', dialler)]);
    await then.run();
    expect(then.progress.events).toMatchObject({ received: 11, landed: 11, late: 10 });
    await then.close();
    rmSync(data_dir, { recursive: true });
  });
});
