import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { RecordBatchReader, type Table, tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { EVENT_COLUMNS } from '../../../contracts/event-columns.js';
import { segmentFiles } from '../../../pipelines/land/segment-files.js';
import { allFrames, dataDir, eventsOf, openLanding, rowsOf } from './opened-landing.js';
import { openEndedLog, sampleLog } from './sample-log.js';

const FORM = new Map(EVENT_COLUMNS.map(({ name, form }) => [name, form]));

/** Rows of an Arrow table as `rowsOf` has them: no nulls, words for codes, integers as the log holds them. */
function rowsOfTable(table: Table): Record<string, unknown>[] {
  return Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(
      EVENT_COLUMNS.flatMap(({ name }) => {
        const column = table.getChild(name)!;
        return column.isValid(row) ? [[name, plain(column.get(row), FORM.get(name)!)]] : [];
      }),
    ),
  );
}

/** arrow-js gives timestamps as milliseconds with a fraction. */
function plain(value: unknown, form: string): unknown {
  return form === 'timestamp' ? BigInt(Math.round((value as number) * 1000)) : value;
}

const PYTHON = 'python3';
const hasPyarrow = spawnSync(PYTHON, ['-c', 'import pyarrow']).status === 0;
if (!hasPyarrow) console.log(`skipped: what pyarrow reads of a closed segment (${PYTHON} has no pyarrow)`);

/** Reads every file whole, checks it as far as pyarrow can, and prints rows without nulls. */
const READ_WITH_PYARROW = `
import json, sys
import pyarrow as pa
import pyarrow.ipc as ipc
rows = []
for path in sys.argv[1:]:
    table = ipc.open_file(path).read_all()
    table.validate(full=True)
    for name, kind in zip(table.schema.names, table.schema.types):
        if pa.types.is_timestamp(kind):
            table = table.set_column(table.schema.names.index(name), name, table[name].cast(pa.int64()))
    rows += [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]
print(json.dumps(rows))
`;

describe('a closed segment', () => {
  test('is an Arrow file with every batch and every dictionary value, deltas included', async () => {
    const data_dir = dataDir();
    await sampleLog(data_dir, 10, { segment_bytes_max: 40_000 });
    const expected = rowsOf(eventsOf(await allFrames(data_dir)).map(({ batch }) => batch)).map(
      ({ seq, ...row }) => row,
    );
    const files = segmentFiles(data_dir);
    expect(files.length).toBeGreaterThan(1);
    expect(files.flatMap((file) => rowsOfTable(tableFromIPC(readFileSync(file))))).toEqual(expected);
    const batches = files.flatMap((file) => [...RecordBatchReader.from(readFileSync(file))]);
    expect(batches.length).toBe(10);
  });

  test('is one too when the process ended before it could close it', async () => {
    const data_dir = dataDir();
    await openEndedLog(data_dir, 4);
    await (await openLanding(data_dir)).close();
    const expected = rowsOf(eventsOf(await allFrames(data_dir)).map(({ batch }) => batch)).map(
      ({ seq, ...row }) => row,
    );
    expect(expected.length).toBeGreaterThan(30);
    expect(rowsOfTable(tableFromIPC(readFileSync(segmentFiles(data_dir)[0]!)))).toEqual(expected);
  });

  test.skipIf(!hasPyarrow)('is read by pyarrow with the same values and nulls', async () => {
    const data_dir = dataDir();
    await sampleLog(data_dir, 10, { segment_bytes_max: 40_000 });
    const { stdout, stderr } = spawnSync(PYTHON, ['-c', READ_WITH_PYARROW, ...segmentFiles(data_dir)]);
    expect(stderr.toString()).toBe('');
    // JSON of integers beyond 2^53 (keys) is compared as text.
    const read = JSON.parse(stdout.toString().replace(/: (-?\d+)/g, ': "$1"'));
    const rows = rowsOf(eventsOf(await allFrames(data_dir)).map(({ batch }) => batch));
    const asText = (value: unknown) => (typeof value === 'string' ? value : String(value));
    const expected = rows.map(({ seq, ...row }) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(value)])),
    );
    expect(read).toEqual(expected);
  });
});
