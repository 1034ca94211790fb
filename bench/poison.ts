import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import { countText } from '../cli/present/figures.js';
import { tableLines } from '../cli/present/text.js';
import type { Cost } from './end-to-end/cost.js';
import { inChild } from './in-child.js';
import { type Found, type Pair, type PoisonReport, poisonReport } from './poison/account.js';
import type { PoisonTask } from './poison/poison-process.js';
import { plantedAmong } from './poison/poisoned-events.js';
import { scratchFolder } from './scratch-folder.js';

/**
 * What bad input costs: the same events clean and with a line of poison after every hundredth, in pairs, each in a
 * process of its own; and whether each line of poison is found under its reason. It fails when one is not.
 */

const RUN_PROCESS = new URL('./poison/poison-process.js', import.meta.url);
const EVENTS_PROCESS = fileURLToPath(new URL('./end-to-end/events-process.js', import.meta.url));

const options = new Command('bench:poison')
  .description('events per second of processor time with one line of bad input for every hundred, and without')
  .option('--rows <n>', 'events', wholeNumber, 1_000_000)
  .option('--pairs <n>', 'how often each is measured', wholeNumber, 2)
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<{ readonly rows: number; readonly pairs: number; readonly json?: true }>();

const folder = scratchFolder('poison');

async function measured(name: 'clean' | 'poisoned'): Promise<Cost & Found> {
  const data_dir = join(folder, 'data');
  // Events are made as they are read: nothing of their size lies anywhere.
  const events = spawn(process.execPath, [EVENTS_PROCESS, String(options.rows), name], {
    stdio: ['ignore', 'pipe', 2],
  });
  try {
    const run = await inChild<PoisonTask, Cost & Found>(RUN_PROCESS, { data_dir }, events.stdout as Readable);
    const { cpu_seconds, wall_seconds, peak_rss_mib } = run;
    const speed = `${countText(run.rows / cpu_seconds)} events per CPU-second`;
    process.stderr.write(`${name}: ${speed}, ${countText(peak_rss_mib)} MiB, ${wall_seconds.toFixed(1)} s\n`);
    return run;
  } finally {
    rmSync(data_dir, { recursive: true, force: true });
  }
}

function lines(report: PoisonReport): string[] {
  const { events, planted, found, wrong } = report;
  const { received, landed, rejected, duplicate } = found.events;
  const reasons = Object.entries(planted.by_reason).map(([reason, n]) => [
    reason,
    countText(n!),
    countText(found.rejected_by_reason[reason as keyof typeof planted.by_reason] ?? 0),
  ]);
  return [
    `${countText(events)} events and ${countText(planted.lines)} lines of poison, median of ${report.pairs} pairs`,
    `  clean ${countText(report.clean_rows_per_s)}, poisoned ${countText(report.poisoned_rows_per_s)} events per CPU-second; ratio ${report.ratio.toFixed(3)} (${report.ratios.map((ratio) => ratio.toFixed(3)).join(', ')})`,
    `  ${countText(received)} received = ${countText(landed)} landed + ${countText(rejected)} rejected + ${countText(duplicate)} duplicate; ${countText(found.epoch)} start`,
    ...tableLines([['reason', 'planted', 'found'], ...reasons], ['left', 'right', 'right']).map((line) => `  ${line}`),
    wrong.length === 0 ? 'all accounted for' : `not accounted for: ${wrong.join('; ')}`,
  ];
}

const pairs: Pair[] = [];
for (let pair = 0; pair < Math.max(1, options.pairs); pair++) {
  // What comes second meets another machine: each is first in turn.
  const first = pair % 2 === 0 ? await measured('clean') : null;
  const poisoned = await measured('poisoned');
  pairs.push({ clean: first ?? (await measured('clean')), poisoned });
}
const report = poisonReport(options.rows, plantedAmong(options.rows), pairs);
process.stdout.write(`${options.json === true ? JSON.stringify(report, null, 2) : lines(report).join('\n')}\n`);
if (report.wrong.length > 0) process.exitCode = 1;
