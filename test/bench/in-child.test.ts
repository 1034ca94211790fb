import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inChild, severally } from '../../bench/in-child.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-in-child-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that does one thing with the task that it is sent. */
function child(name: string, body: string): URL {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `process.once('message', async (task) => { ${body} });`);
  return pathToFileURL(path);
}

describe('a task in a process of its own', () => {
  it('comes back with what the process answers', async () => {
    const double = child('double', 'process.send({ result: task.value * 2 }, () => process.exit())');
    expect(await inChild(double, { value: 21 })).toBe(42);
  });

  it('fails with what the process says, or with how it ended when it says nothing', async () => {
    const failing = child('failing', "process.send({ error: 'out of events' }, () => process.exit())");
    await expect(inChild(failing, {})).rejects.toThrow('out of events');
    await expect(inChild(child('dying', 'process.exit(3)'), {})).rejects.toThrow('exit code 3');
  });

  it('reads the pipe that it is given as its standard input', async () => {
    const counting = child(
      'counting',
      'let bytes = 0; for await (const part of process.stdin) bytes += part.length;' +
        'process.send({ result: bytes }, () => process.exit())',
    );
    const { stdout } = spawn(process.execPath, ['-e', "process.stdout.write('x'.repeat(300_000))"], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(await inChild(counting, {}, stdout)).toBe(300_000);
  });
});

describe('several tasks', () => {
  it('run so many at a time, and come back in their order', async () => {
    let running = 0;
    let running_most = 0;
    const results = await severally([5, 1, 3, 2, 4], 2, async (task) => {
      running_most = Math.max(running_most, ++running);
      for (let turn = 0; turn < task; turn++) await Promise.resolve();
      running--;
      return task * 10;
    });
    expect(results).toEqual([50, 10, 30, 20, 40]);
    expect(running_most).toBe(2);
  });
});
