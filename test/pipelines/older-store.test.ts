import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { newFolder, openSmall } from './small-run.js';

it('a store whose tables lack a column of this version is set aside and made again from the log', async () => {
  const data_dir = join(newFolder(), 'data');
  await (await openSmall(data_dir, [])).close();
  const path = join(data_dir, 'plumbline.duckdb');
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run('drop view excluded_spans; alter table episodes drop column folded');
  connection.closeSync();
  instance.closeSync();

  const said: string[] = [];
  const pipeline = await openSmall(data_dir, [], { write: (line) => said.push(line) });
  try {
    expect(said).toEqual(['the store was made by an earlier version: it is set aside, and made again from the log']);
    expect(existsSync(`${path}.before`)).toBe(true);
    expect((await pipeline.query('select folded from episodes')).rows).toEqual([]);
  } finally {
    await pipeline.close();
  }
});
