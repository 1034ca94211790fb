import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import { openRunLog } from '../../cli/run-log.js';
import { Terminal } from '../../cli/terminal.js';

test('a log that nobody reads takes no more memory than its bound, and tells later what was left out', async () => {
  const read: string[] = [];
  let goOn = () => {};
  let is_stalled = true;
  const err = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      read.push(line);
      if (is_stalled) goOn = done;
      else done();
    },
  });
  const terminal = new Terminal(false, err as unknown as WriteStream, err as unknown as WriteStream);
  const log = openRunLog(terminal, 'info', 65_536);
  for (let line = 0; line < 5_000; line++) log.info('progress', { line });
  expect(log.fill.filled).toBeLessThanOrEqual(log.fill.max);
  expect(log.fill.filled).toBeGreaterThan(60_000);
  is_stalled = false;
  goOn();
  await expect.poll(() => err.writableLength).toBe(0);
  log.info('stopped');
  const said = read.map((line) => JSON.parse(line));
  expect(said.slice(-2)).toMatchObject([
    { level: 'warn', msg: 'lines were left out while nobody read the log', lines: 5_000 - (said.length - 2) },
    { msg: 'stopped' },
  ]);
});
