import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { ContactTokens } from '../../pipelines/privacy/contact-tokens.js';
import { KeyRing } from '../../pipelines/privacy/key-ring.js';
import { KEY_RECORD_BYTES, textKeyFolder, textOwner } from '../../pipelines/privacy/text-records.js';
import { archiveAll } from './land/archived-log.js';
import { fromFile, newFolder, openSmall, smallLines } from './small-run.js';

/** A process that ends before one of its steps on disk: that step and all after it are not done. */
const disk = vi.hoisted(() => ({ is_counted: false, steps: [] as string[], ends_at: Number.POSITIVE_INFINITY }));
vi.mock('node:fs', async (original) => {
  const fs = await original<Record<string, (...args: unknown[]) => unknown>>();
  const step =
    (name: string) =>
    (...args: unknown[]) => {
      if (disk.is_counted && disk.steps.push(`${name} ${String(args[0])}`) > disk.ends_at)
        throw new Error('the process ended');
      return fs[name]!(...args);
    };
  const names = ['renameSync', 'rmSync', 'fsyncSync', 'writeSync', 'writevSync', 'copyFileSync', 'mkdirSync'];
  return { ...fs, ...Object.fromEntries(names.map((name) => [name, step(name)])) };
});

/** At how many of the steps the process ends, spread over all of them. */
const ENDS = 3;
const land = { batch_rows_max: 60, duplicate_entries_max: 4_096, segment_bytes_max: 20_000 };
const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const token_key = new KeyRing(folder, 'test').key('contact_token');

function tokenBytes(callee: string): Buffer {
  const [low, high] = new ContactTokens(token_key).token(callee);
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(low!, 0);
  bytes.writeUInt32LE(high!, 4);
  return bytes;
}

function filesUnder(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)],
  );
}

/** Owners of the texts that can still be read. */
function keyOwners(data_dir: string): Set<string> {
  const owners = new Set<string>();
  for (const file of filesUnder(textKeyFolder(data_dir))) {
    const bytes = readFileSync(file, 'latin1');
    for (let at = 0; at < bytes.length; at += KEY_RECORD_BYTES) owners.add(bytes.slice(at, at + 17));
  }
  return owners;
}

const [anna, bert] = ['+14155550123', '+14155550199'];

/** Some hundred events: every seventh call is hers, every seventh his, and each has a text from before its number was known. */
function eventLines(): string[] {
  const lines = smallLines(folder, 5, 700);
  const texts: string[] = [];
  let calls = 0;
  const called = lines.map((line) => {
    const callee = line.includes('"callee":"+') ? [anna, bert][calls++ % 7] : undefined;
    if (callee === undefined) return line;
    const [, call_id] = /"call_id":"([^"]+)"/.exec(line)!;
    const [, time] = /"time":"([^"]+)"/.exec(lines[0]!)!;
    const data = { call_id, turn_id: 't', speaker: 'callee', text: `words to ${callee}` };
    texts.push(
      JSON.stringify({ specversion: '1.0', id: `of-${call_id}`, source: 's', type: 'turn.transcribed', time, data }),
    );
    return line.replace(/"callee":"\+\d+"/, `"callee":"${callee}"`);
  });
  return [...texts, ...called, `{"number":"${anna}", broken`];
}

test('a person who is being forgotten when the process ends is forgotten by the next start, texts of every call included', async () => {
  writeFileSync(join(folder, 'events.ndjson'), eventLines().join('\n'));
  const base = join(folder, 'base');
  const first = await openSmall(base, [fromFile(join(folder, 'events.ndjson'))], { land });
  await first.run();
  const digest = await first.digest();
  const ownersOf = async (callee: string) => {
    const token = tokenBytes(callee).readBigUInt64LE();
    const sql = `select distinct call_key::varchar from landed_events where contact_token = ${token}`;
    const { rows } = await first.query(sql);
    const [low, high] = new ContactTokens(token_key).token(callee);
    const calls = rows.map(([key]) => BigInt(key as string));
    return {
      calls: calls.map((key) => textOwner('k', Number(key & 0xffff_ffffn), Number(key >> 32n))),
      contact: textOwner('c', low!, high!),
    };
  };
  const [hers, his] = [await ownersOf(anna), await ownersOf(bert)];
  await first.close();
  await archiveAll(base, 4);
  const { frames, events } = verifyLog(base);
  expect(hers.calls.length).toBeGreaterThan(2);
  expect([...keyOwners(base)]).toEqual(expect.arrayContaining([...hers.calls, ...his.calls]));

  /** Forgets her by a process that ends before a step, and leaves a directory as it was then; gives the steps there were. */
  const forgetUntil = async (data_dir: string, ends_at: number): Promise<string[]> => {
    const working = `${data_dir}-working`;
    cpSync(base, working, { recursive: true });
    const pipeline = await openSmall(working, [], { land });
    Object.assign(disk, { is_counted: true, steps: [], ends_at });
    const forgotten = pipeline.operations.forget(anna).then(
      () => true,
      () => false,
    );
    expect(await forgotten).toBe(ends_at === Number.POSITIVE_INFINITY);
    disk.is_counted = false;
    cpSync(working, data_dir, { recursive: true });
    await pipeline.close();
    rmSync(working, { recursive: true });
    return disk.steps;
  };

  const steps = await forgetUntil(join(folder, 'whole'), Number.POSITIVE_INFINITY);
  const renamed = steps.filter((step) => /^renameSync .*(frames|arrow\.new)$/.test(step)).map((step) => basename(step));
  // She stands in several files of the archive, and of the log.
  expect(renamed.filter((name) => name.endsWith('.frames')).length).toBeGreaterThan(1);
  expect(renamed.filter((name) => name.endsWith('.arrow.new')).length).toBeGreaterThan(1);
  const noted_at = steps.findIndex((step) => /^renameSync .*forgetting\.note\.new$/.test(step));
  const stride = (steps.length - noted_at) / ENDS;
  for (let end = 0; end < ENDS; end++) {
    const ends_at = noted_at + 1 + Math.floor(end * stride);
    const data_dir = join(folder, `ends-${ends_at}`);
    const what = `before step ${ends_at}: ${steps[ends_at]}`;
    await forgetUntil(data_dir, ends_at);
    const again = await openSmall(data_dir, [], { land });
    await expect
      .poll(() => existsSync(join(data_dir, 'keys', 'forgetting.note')), { timeout: 60_000, message: what })
      .toBe(false);
    expect(await again.digest(), what).toEqual(digest);
    await again.close();
    // The store is copied into a new file by one more start, where it was blanked and not made anew.
    await (await openSmall(data_dir, [], { land })).close();
    const owners = keyOwners(data_dir);
    expect(
      [...hers.calls, hers.contact].filter((owner) => owners.has(owner)),
      what,
    ).toEqual([]);
    expect([...owners], what).toEqual(expect.arrayContaining(his.calls));
    const marks = [tokenBytes(anna), Buffer.from(hers.contact), Buffer.from(anna.slice(1))];
    const naming = filesUnder(data_dir).filter((file) => marks.some((mark) => readFileSync(file).includes(mark)));
    expect(naming, what).toEqual([]);
    expect(verifyLog(data_dir), what).toMatchObject({ is_whole: true, events });
    expect(verifyLog(data_dir).frames, what).toBeGreaterThan(frames);
    rmSync(data_dir, { recursive: true });
  }
}, 240_000);
