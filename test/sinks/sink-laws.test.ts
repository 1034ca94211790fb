import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SinkContext } from '../../contracts/sink.js';
import { sinks } from '../../sinks/index.js';
import { directive, PATIENT } from './directive.js';

/** What holds for every sink of the registry. */

let folder: string;
let written: string[];
let context: SinkContext;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-sinks-'));
  written = [];
  context = { base_dir: folder, data_dir: folder, write: (line) => written.push(line) };
});
afterEach(() => rm(folder, { recursive: true }));

/** All that a sink has put out: what it showed, and what it wrote into the data directory. */
async function output(): Promise<string> {
  const file = await readFile(join(folder, 'directives.ndjson'), 'utf8').catch(() => '');
  return written.join('\n') + file;
}

describe.each(Object.entries(sinks))('the %s sink', (name, sink) => {
  const open = () => sink.open(sink.config.parse({ use: name }), context);
  const batch = ['d1', 'd2', 'd3'].map((id, index) => directive({ id, seq: index + 1 }));

  it('is registered under its name, and says what it does', () => {
    expect(sink.name).toBe(name);
    expect(sink.summary).toMatch(/\.$/);
  });

  it('works without options, and refuses one that it does not know', () => {
    expect(sink.config.safeParse({ use: name }).success).toBe(true);
    expect(sink.config.safeParse({}).success).toBe(true);
    expect(sink.config.safeParse({ use: name, pth: 'x' }).success).toBe(false);
  });

  it('puts out every directive of a batch, in order', async () => {
    const opened = await open();
    await opened.deliver(batch, PATIENT);
    await opened.close();
    const places = batch.map(({ id }) => output().then((text) => text.indexOf(id)));
    const [first, second, third] = await Promise.all(places);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(second).toBeGreaterThan(first!);
    expect(third).toBeGreaterThan(second!);
  });

  it('puts out a directive once, though it is delivered again in the same batch, later, or at the same time', async () => {
    const opened = await open();
    await opened.deliver([...batch, ...batch], PATIENT);
    const once = await output();
    await Promise.all([opened.deliver(batch, PATIENT), opened.deliver(batch, PATIENT)]);
    await opened.close();
    expect(await output()).toBe(once);
  });
});
