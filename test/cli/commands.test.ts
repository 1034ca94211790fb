import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { CommandFile } from '../../cli/command.js';
import { commands } from '../../cli/commands/index.js';
import { Terminal } from '../../cli/terminal.js';
import { DOCUMENTS, type DocumentName } from '../../contracts/reports.js';
import { loadScenario, simulate } from '../../sources/simulate.js';

const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'plumbline-commands-'));
const EVENTS = 2_000;

/** Runs a command in this process; what it writes comes back. */
async function command(
  name: string,
  { options = {}, words = [], signal = new AbortController().signal, is_json = false }: Partial<Parameters> = {},
) {
  const file = commands.find((candidate) => candidate.name === name) as CommandFile | undefined;
  if (file === undefined) throw new Error(`no command ${name}`);
  const [out, err] = [new PassThrough(), new PassThrough()];
  const terminal = new Terminal(is_json, out as unknown as WriteStream, err as unknown as WriteStream);
  const exit_code = await file.run({ terminal, options, words, signal });
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { exit_code, out: text(out), err: text(err) };
}

interface Parameters {
  options: object;
  words: string[];
  signal: AbortSignal;
  is_json: boolean;
}

/** As `command` with `--json`: the one document on the standard output, judged by its schema. */
async function document<Name extends DocumentName>(name: Name, parameters: Partial<Parameters> = {}) {
  const { out, exit_code } = await command(name, { ...parameters, is_json: true });
  return { exit_code, document: DOCUMENTS[name].parse(JSON.parse(out)) as z.infer<(typeof DOCUMENTS)[Name]> };
}

beforeAll(() => {
  process.chdir(folder);
  const lines: string[] = [];
  for (const { bytes } of simulate(loadScenario('quiet'), 1)) {
    lines.push(...Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean));
    if (lines.length >= EVENTS) break;
  }
  writeFileSync('calls.ndjson', `${lines.slice(0, EVENTS).join('\n')}\n`);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

describe('init and lint', () => {
  it('write a configuration that is valid, and never over another', async () => {
    expect((await document('init')).document).toEqual({ config: 'plumbline.yaml' });
    const text = readFileSync('plumbline.yaml', 'utf8');
    const { exit_code, document: checked } = await document('lint');
    expect(exit_code).toBe(0);
    expect(checked).toMatchObject({ is_valid: true, relationships: 1, problems: [] });
    await expect(command('init')).rejects.toMatchObject({ code: 'COMMAND_ARGUMENT_INVALID' });
    expect(readFileSync('plumbline.yaml', 'utf8')).toBe(text);
  });

  it('fail where something is to be mended, and say where', async () => {
    writeFileSync('wrong.yaml', 'version: 1\ndetect: { detector: mixtur }\n');
    const { exit_code, document: checked } = await document('lint', { words: ['wrong.yaml'] });
    expect(exit_code).toBe(1);
    expect(checked.problems).toMatchObject([{ line: 2, column: 21, hint: 'Did you mean "mixture-e-sr"?' }]);
  });
});

describe('a replay', () => {
  it('accounts for every event, and leaves a store that can be asked', async () => {
    const { document: replayed } = await document('replay', { words: ['calls.ndjson'] });
    expect(replayed.events).toEqual({ received: EVENTS, landed: EVENTS, rejected: 0, duplicate: 0, late: 0 });
    expect(replayed.data_dir).toMatch(/^\.plumbline\/replay-/);
    expect(existsSync(replayed.store)).toBe(true);

    const options = { dataDir: replayed.data_dir };
    const { document: status } = await document('status', { options });
    expect(status).toMatchObject({ is_running: false, events: replayed.events, epoch: 1 });
    const { document: rows } = await document('sql', { options, words: ['select count(*)::integer as n from calls'] });
    expect(rows.columns).toEqual(['n']);
    expect(rows.rows[0][0]).toBeGreaterThan(100);
    for (const query of replayed.queries) await document('sql', { options, words: [query] });
    await expect(command('sql', { options, words: ['delete from calls'] })).rejects.toMatchObject({
      code: 'SQL_FAILED',
    });
    // A query may run for minutes, and has the directory meanwhile: who is told to end does.
    const stop = new AbortController();
    const long = 'select count(*) from range(1000000) one, range(1000000) other where one.range + other.range = 5';
    const asked = command('sql', { options, words: [long], signal: stop.signal });
    setTimeout(() => stop.abort(), 500);
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await expect(command('explain', { options, words: ['x'] })).rejects.toMatchObject({ code: 'DIRECTIVE_UNKNOWN' });
    expect((await document('report', { options })).document).toMatchObject({ episodes: 0, directives: 0 });
    // Asking adds nothing to the log, and is answered from all of it, also when the store is gone.
    expect((await document('status', { options })).document).toEqual(status);
    rmSync(replayed.store);
    expect((await document('status', { options })).document).toEqual(status);
  });

  it('again into the same folder brings nothing new', async () => {
    const parameters = { words: ['calls.ndjson'], options: { dataDir: 'twice' } };
    const first = (await document('replay', parameters)).document;
    const second = (await document('replay', parameters)).document;
    expect(second.events).toEqual(first.events);
  });

  it('of a file that is not there makes no folder', async () => {
    const options = { dataDir: 'never' };
    await expect(command('replay', { words: ['no.ndjson'], options })).rejects.toMatchObject({
      code: 'SOURCE_FILE_UNREADABLE',
    });
    expect(existsSync('never')).toBe(false);
  });
});

describe('a running instance', () => {
  it('answers over its socket, and ends in order', async () => {
    writeFileSync(
      'watch.yaml',
      'version: 1\ndata_dir: watched\nsinks: []\nsources: [{ use: file, path: calls.ndjson, follow: true, poll: 20ms }]\n',
    );
    const stop = new AbortController();
    const running = command('run', { options: { config: 'watch.yaml' }, signal: stop.signal });
    const options = { config: 'watch.yaml' };
    try {
      await expect
        .poll(
          async () => (existsSync('watched/plumbline.sock') ? (await document('status', { options })).document : null),
          {
            timeout: 20_000,
            interval: 50,
          },
        )
        .toMatchObject({ is_running: true, events: { landed: EVENTS } });
      expect((await document('baseline', { options })).document.baseline_version).toBeNull();
      const { document: copied } = await document('backup', { options, words: ['copy'] });
      expect(copied).toMatchObject({ folder: 'copy', events: EVENTS });
      const restored = { options: { dataDir: 'restored' }, words: ['copy'] };
      expect((await document('restore', restored)).document).toMatchObject({ data_dir: 'restored', events: EVENTS });
      expect((await document('keys', { options, words: ['rotate'] })).document.keys).toBeGreaterThan(2);
    } finally {
      stop.abort();
    }
    const { exit_code, out } = await running;
    expect(exit_code).toBe(0);
    expect(out).toContain('stopped after 2,000 events');
    expect(existsSync('watched/plumbline.sock')).toBe(false);
    expect((await document('status', { options })).document).toMatchObject({ is_running: false });
  });
});

describe('a command that asks', () => {
  it('says where data would come from when there is none', async () => {
    await expect(command('status', { options: { dataDir: 'nothing' } })).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_INVALID',
      message: expect.stringContaining('there is no data of Plumbline'),
    });
  });

  it('tells a configuration that is gone or damaged from data that is, and takes one that is named', async () => {
    const kept = 'twice/configuration.json';
    const text = readFileSync(kept, 'utf8');
    for (const [spoil, what] of [
      [() => writeFileSync(kept, text.slice(0, 100)), 'damaged'],
      [() => rmSync(kept), 'gone'],
    ] as const) {
      spoil();
      await expect(command('log', { options: { dataDir: 'twice' }, words: ['verify'] })).rejects.toMatchObject({
        code: 'DATA_DIRECTORY_INVALID',
        message: expect.stringContaining(`configuration.json" is ${what}`),
      });
      const options = { dataDir: 'twice', config: 'plumbline.yaml' };
      expect((await document('log', { options, words: ['verify'] })).document).toMatchObject({ is_whole: true });
    }
    writeFileSync('twice/restoring', '');
    await expect(command('status', { options: { dataDir: 'twice' } })).rejects.toMatchObject({
      message: expect.stringContaining('holds a part of a backup'),
    });
    rmSync('twice/restoring');
    writeFileSync(kept, text);
  });
});

describe('a data directory', () => {
  it('forgets a number, and has its keys under a new master key', async () => {
    const options = { dataDir: 'twice' };
    const callee = /"callee":"([^"]+)"/.exec(readFileSync('calls.ndjson', 'utf8'))![1];
    await expect(command('forget', { options, words: [callee.slice(1)] })).rejects.toMatchObject({
      code: 'COMMAND_ARGUMENT_INVALID',
    });
    const before = (await document('digest', { options })).document;
    const { document: forgotten } = await document('forget', { options, words: [callee] });
    expect(forgotten.events).toBeGreaterThan(0);
    expect((await document('forget', { options, words: [callee] })).document.events).toBe(0);
    const master = readFileSync('twice/keys/master.key');
    expect((await document('keys', { options, words: ['rotate'] })).document.keys).toBeGreaterThan(2);
    expect(readFileSync('twice/keys/master.key')).not.toEqual(master);
    expect((await document('digest', { options })).document).toEqual(before);
    expect((await command('forget', { options, words: [callee] })).out).not.toContain(callee);
  });
});

describe('simulate', () => {
  it('does not mix events and a document on the standard output', async () => {
    const options = { seed: 1, scenario: 'quiet', events: '-', json: true };
    await expect(command('simulate', { options, is_json: true })).rejects.toMatchObject({
      code: 'COMMAND_ARGUMENT_INVALID',
    });
  });
});

describe('evaluate', () => {
  const options = {
    option: {},
    scenario: ['abrupt'],
    target: [500],
    windows: [100],
    nullRuns: 4,
    delayRuns: 4,
    episodes: 2,
    recoveryCalls: 1_000,
    unitsPerWeek: 10_000,
    seed: 1,
    workers: 0,
    budget: [1],
    shift: 0.4,
  };

  it('prints a row for each detector, writes the picture, and shows on the standard error how far it is', async () => {
    const words = ['mixture-e-sr', 'correlation-e-sr'];
    const { document: found } = await document('evaluate', { options: { ...options, picture: 'delay.svg' }, words });
    expect(found.rows.map(({ detector, unit }) => [detector, unit])).toEqual([
      ['mixture-e-sr', 'calls'],
      ['correlation-e-sr', 'windows'],
    ]);
    expect(readFileSync('delay.svg', 'utf8')).toContain('<svg');
    const { out, err } = await command('evaluate', { options, words });
    expect(out).toContain('between false alarms');
    expect(err).toContain('2 of 2: correlation-e-sr, abrupt');
  });

  it('prints scores on labelled series, with options for every detector named', async () => {
    mkdirSync('labelled/data/one', { recursive: true });
    const rows = Array.from({ length: 80 }, (_, row) => `2014-04-01 00:00:${String(row % 60).padStart(2, '0')},${row}`);
    writeFileSync('labelled/data/one/a.csv', `timestamp,value\n${rows.join('\n')}\n`);
    const windows = [['2014-04-01 00:00:30', '2014-04-01 00:00:40']];
    writeFileSync('labelled/combined_windows.json', JSON.stringify({ 'one/a.csv': windows }));
    const asked = { options: { ...options, series: 'labelled', option: { every_windows: 50 } }, words: ['periodic'] };
    const { series, rows: simulated } = (await document('evaluate', asked)).document;
    expect(simulated).toEqual([]);
    expect(series!.rows).toMatchObject([{ detector: 'periodic', told: 1, options: { every_windows: 50 } }]);
    expect((await command('evaluate', asked)).out).toContain('1 series with 1 labelled windows');
    const without = { ...asked.options, series: undefined };
    for (const wrong of [{ ...asked.options, fromStore: true }, without])
      await expect(command('evaluate', { options: wrong })).rejects.toMatchObject({ code: 'COMMAND_ARGUMENT_INVALID' });
  });

  it('names what can be evaluated where it does not know a word', async () => {
    for (const wrong of [{ options, words: ['adwni'] }, { options: { ...options, scenario: ['sudden'] } }])
      await expect(command('evaluate', wrong)).rejects.toMatchObject({
        code: 'COMMAND_ARGUMENT_INVALID',
        hint: expect.stringMatching(/Name some of: (adwin|abrupt), /),
      });
  });
});
