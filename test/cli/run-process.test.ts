import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Conservation } from '../../contracts/batch.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { readFrames } from '../../pipelines/land.js';
import { loadScenario, simulate } from '../../sources/simulate.js';
import { build } from '../built.js';
import { boundedQueues } from '../house/bounded-queues.js';

// `plumbline run` as a process: how it is asked, how it ends, and what the next one finds.

const LINES = 3_000;
/** Enough for the journal of the store to be larger than any file of the log. */
const MANY_LINES = 8_000;
const folder = mkdtempSync(join(tmpdir(), 'plumbline-run-'));
const started: ChildProcess[] = [];
const hasTerminals = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;
const main = join(process.cwd(), 'dist', 'cli', 'main.js');

beforeAll(() => {
  build();
  const lines: string[] = [];
  for (const { bytes } of simulate(loadScenario('quiet'), 1)) {
    lines.push(...Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean));
    if (lines.length >= MANY_LINES) break;
  }
  for (const count of [LINES, MANY_LINES])
    writeFileSync(join(folder, `${count}.ndjson`), `${lines.slice(0, count).join('\n')}\n`);
}, 300_000);
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function configured(name: string, lines = LINES, sinks = '[]'): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(
    file,
    `version: 1
data_dir: ${name}
sinks: ${sinks}
sources: [{ use: file, path: ${lines}.ndjson, follow: true, poll: 20ms }]
land: { batch_rows_max: 1000, duplicate_entries_max: 16384, batch_bytes_max: 1048576, segment_bytes_max: 1048576 }
operate: { telemetry_port: 0 }
`,
  );
  return file;
}

interface Running {
  readonly process: ChildProcess;
  /** What it has logged so far. */
  readonly logged: Record<string, unknown>[];
  readonly ended: Promise<{ code: number | null; signal: string | null; ms: number }>;
}

function running(command: string, words: readonly string[]): Running {
  const child = spawn(command, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  const logged: Record<string, unknown>[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (line.startsWith('{')) logged.push(JSON.parse(line));
    });
  }
  const started_ms = performance.now();
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ms: performance.now() - started_ms }));
  return { process: child, logged, ended };
}

const runText = (config: string) => `"${process.execPath}" "${main}" run --config "${config}"`;

function start(config: string, shell_before = ''): Running {
  return running('bash', ['-c', `${shell_before} exec ${runText(config)} > /dev/null`]);
}

/** In a terminal of its own, which closes when the process that is given is killed: its shell passes that on, as shells do. */
function startInTerminal(config: string, code_file: string): Running {
  const file = `${config}.sh`;
  const lines = [
    `trap 'kill -HUP $run; sleep 0.05; kill -HUP $run' HUP`,
    `${runText(config)} &`,
    'run=$!; wait $run; wait $run',
    `echo $? > "${code_file}"`,
  ];
  writeFileSync(file, lines.join('\n'));
  return running('script', ['-qec', `bash "${file}"`, '/dev/null']);
}

const loggedBy = (running: Running, message: string) => running.logged.find(({ msg }) => msg === message);

async function conservation(data_dir: string): Promise<Conservation | undefined> {
  let last: Conservation | undefined;
  try {
    for await (const frame of readFrames(data_dir, { from_frame: 0 })) last = frame.conservation;
  } catch {
    // The folder is not there yet.
  }
  return last;
}

/** What of the table of bounds in docs/operating.md and of a page of telemetry is not in the other. */
function untold(page: string): { not_in_the_table: string[]; not_told: string[] } {
  const fills = boundedQueues().map(({ fill }) => fill);
  const queues = [...page.matchAll(/^plumbline_queue_fill_ratio\{queue="([^"]+)"\}/gm)].map(([, queue]) => queue!);
  const isOf = (fill: string, queue: string) => new RegExp(`^${fill.replace(/<[a-z]+>/, '[a-z_0-9]+')}$`).test(queue);
  return {
    not_in_the_table: queues.filter((queue) => !fills.some((fill) => isOf(fill, queue))),
    not_told: fills.filter((fill) =>
      fill.startsWith('plumbline_') ? !page.includes(`\n${fill} `) : !queues.some((queue) => isOf(fill, queue)),
    ),
  };
}

const wait = { timeout: 100_000, interval: 50 };

describe('plumbline run, as a process', () => {
  test('drains on SIGTERM, and when its terminal closes, in load within 10 s and ends with 0; the next one loses and doubles nothing', async () => {
    const config = configured('drained', MANY_LINES, '[{ use: console }, { use: file }]');
    const data_dir = join(folder, 'drained');
    mkdirSync(data_dir, { mode: 0o750 });
    const first = start(config);
    await expect.poll(async () => (await conservation(data_dir))?.landed ?? 0, wait).toBeGreaterThan(1_000);
    const asked_ms = performance.now();
    first.process.kill('SIGTERM');
    const { code } = await first.ended;
    expect(code).toBe(0);
    expect(performance.now() - asked_ms).toBeLessThan(10_000);
    expect(loggedBy(first, 'watching')).toMatchObject({ level: 'info', epoch: 1 });
    expect(loggedBy(first, 'others than its owner may look into the data directory: chmod 700')).toMatchObject({
      level: 'warn',
      rights: '750',
    });
    expect(loggedBy(first, 'starting')).toMatchObject({ telemetry: expect.stringMatching(/^http:/) });
    expect(loggedBy(first, 'stopped')).toMatchObject({
      level: 'info',
      rejected: 0,
      time: expect.stringMatching(/^20/),
    });
    expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, torn_bytes: 0 });
    if (hasTerminals) {
      const code_file = join(folder, 'closed.code');
      const closed = startInTerminal(config, code_file);
      await expect.poll(() => loggedBy(closed, 'watching'), wait).toBeDefined();
      closed.process.kill('SIGKILL');
      const code = () => existsSync(code_file) && readFileSync(code_file, 'utf8');
      await expect.poll(code, { timeout: 10_000, interval: 50 }).toBe('0\n');
      expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, torn_bytes: 0 });
    } else console.warn('not tried: a terminal that closes, for there is no "script" of util-linux');
    const second = start(config);
    // It can be asked before the store is up to the log.
    await expect.poll(() => loggedBy(second, 'starting'), wait).toBeDefined();
    expect((await fetch(`${loggedBy(second, 'starting')!.telemetry}/healthz`)).status).toBe(200);
    await expect.poll(async () => (await conservation(data_dir))?.received, wait).toBe(MANY_LINES);
    await expect.poll(() => loggedBy(second, 'watching'), wait).toBeDefined();
    const { telemetry } = loggedBy(second, 'watching')!;
    const page = await (await fetch(`${telemetry}/metrics`)).text();
    expect(page).toContain(`plumbline_events_total{outcome="landed"} ${MANY_LINES}`);
    expect(page).toMatch(/plumbline_apply_seconds_count [1-9]/);
    expect(page).toMatch(/plumbline_commit_seconds_count [1-9]/);
    expect(untold(page)).toEqual({ not_in_the_table: [], not_told: [] });
    expect((await fetch(`${telemetry}/readyz`)).status).toBe(200);
    // A query may run for hours: who asks ends when told to, and the instance does not go on with it.
    const long = 'select count(*) from range(1000000) one, range(10000000) other where one.range + other.range = 5';
    const asking = spawn(process.execPath, [main, 'sql', long, '--data-dir', data_dir], { stdio: 'ignore' });
    started.push(asking);
    const left = once(asking, 'close');
    const isAsked = async () =>
      !(await (await fetch(`${telemetry}/metrics`)).text()).includes('queue_fill_ratio{queue="requests"} 0\n');
    await expect.poll(isAsked, wait).toBe(true);
    asking.kill('SIGTERM');
    expect(await left).toEqual([130, null]);
    await expect.poll(isAsked, wait).toBe(false);
    second.process.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
    expect(await conservation(data_dir)).toMatchObject({ received: MANY_LINES, landed: MANY_LINES, duplicate: 0 });
  }, 300_000);

  // No file may be larger than the limit: the log reaches the lower one, the store the other.
  test.each([
    ['the log', LINES, 400, /landing log/],
    ['the store', MANY_LINES, 1_500, /duckdb|FATAL|sql\//i],
  ])(
    'ends with an error when %s cannot be written, and the next one goes on as if nothing had been',
    async (what, lines, limit_kib, reason) => {
      const name = what.replace(' ', '_');
      const config = configured(name, lines);
      const data_dir = join(folder, name);
      const first = start(config, `trap "" XFSZ; ulimit -f ${limit_kib};`);
      const { code } = await first.ended;
      expect(code).toBeGreaterThan(0);
      expect(loggedBy(first, 'failed')).toMatchObject({
        level: 'error',
        reason: expect.stringMatching(reason),
      });
      const second = start(config);
      // The one before may have landed all of it: this one is asked to end once it is there to be asked.
      await expect.poll(() => loggedBy(second, 'watching'), wait).toBeDefined();
      await expect.poll(async () => (await conservation(data_dir))?.received, wait).toBe(lines);
      second.process.kill('SIGTERM');
      expect((await second.ended).code).toBe(0);
      expect(await conservation(data_dir)).toMatchObject({ received: lines, landed: lines, duplicate: 0, rejected: 0 });
      expect(verifyLog(data_dir)).toMatchObject({ is_whole: true, set_aside: { frames: 0 } });
    },
    300_000,
  );
});
