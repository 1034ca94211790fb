import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toldToPeople } from '../../pipelines/system-refusal.js';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

describe('what the operating system refuses', () => {
  test('is told with the file and what to see to, and is no error of ours', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-refused-'));
    const file = join(folder, 'none', 'there');
    expect(toldToPeople(thrownBy(() => readFileSync(file)))).toMatchObject({
      code: 'SYSTEM_FILE_REFUSED',
      message: `the system refuses open of "${file}"`,
      detail: expect.stringContaining('ENOENT'),
    });
    rmSync(folder, { recursive: true });
  });

  test('of a file that is open is told without it: a descriptor has no name', () => {
    const fd = openSync('/dev/full', 'w');
    const error = thrownBy(() => writeSync(fd, 'x'));
    closeSync(fd);
    expect(toldToPeople(error)).toMatchObject({ code: 'SYSTEM_FILE_REFUSED', message: 'the system refuses write' });
    // Nor has one that is read: a folder, say, or a file on a disk that fails.
    expect(toldToPeople(thrownBy(() => readFileSync(tmpdir())))).toMatchObject({
      code: 'SYSTEM_FILE_REFUSED',
      message: 'the system refuses read',
      detail: expect.stringContaining('EISDIR'),
    });
  });

  test('to the store is told as what it is', () => {
    const text = 'TransactionContext Error: Failed to commit: Could not write file "x.wal": No space left on device';
    expect(toldToPeople(new Error(text))).toMatchObject({ code: 'STORE_FAILED', detail: text });
  });

  test('of a network, and errors of our own, are left as they are', async () => {
    const refused = await new Promise<Error>((resolve) => connect(1, '127.0.0.1').once('error', resolve));
    for (const error of [refused, new TypeError('x is not a function'), new Error('INTERNAL Error: assertion'), 'text'])
      expect(toldToPeople(error)).toBe(error);
  });
});
