import { rmSync } from 'node:fs';
import { Command } from 'commander';
import { wholeNumber } from '../cli/command.js';
import { tableLines } from '../cli/present/text.js';
import { systemClock } from '../contracts/clock.js';
import { configSchema } from '../contracts/config.js';
import { archiveDue } from '../pipelines/land/archive-due.js';
import { draftArchive, placeDraft, removeSegment } from '../pipelines/land/archive-segment.js';
import { type LogDisk, systemDisk } from '../pipelines/land/log-disk.js';
import { summaryFolder } from '../pipelines/land/segment-summary.js';
import { Landing } from '../pipelines/land.js';
import { simulatedEvents } from './end-to-end/simulated-events.js';
import { inChild } from './in-child.js';
import { memoryFolder, scratchFolder } from './scratch-folder.js';
import type { OpenFigures, OpenTask } from './starts/open-process.js';

/**
 * What of a start reads the log, by the number of frames that were ever landed: processor time of opening it, in turn
 * without the summaries of closed files, which that start makes, and with them.
 */

interface Options {
  readonly frames: number;
  readonly eventsPerFrame: number;
  readonly files: number;
  readonly live: number;
  readonly pairs: number;
  readonly horizon: string;
  readonly json?: true;
}

const options = new Command('bench:starts')
  .description('processor time of opening a log, by the number of its frames')
  .option('--frames <n>', 'frames with events', wholeNumber, 100_000)
  .option('--events-per-frame <n>', 'events of each', wholeNumber, 4)
  .option('--files <n>', 'closed files that they lie in', wholeNumber, 20)
  .option('--live <n>', 'of these, how many are not archived', wholeNumber, 2)
  .option('--pairs <n>', 'how often the log is opened, each way', wholeNumber, 3)
  .option('--horizon <duration>', 'land.duplicate_horizon', '1d')
  .option('--json', 'print one JSON document and nothing else on the standard output')
  .parse()
  .opts<Options>();

const OPEN_PROCESS = new URL('./starts/open-process.js', import.meta.url);
const LF = 10;
/** Nobody waits for a disk while the log is written: what is measured is how it is read. */
const disk: LogDisk = { ...systemDisk, sync: async () => undefined, syncAtOnce: () => undefined };
const land = { batch_rows_max: options.eventsPerFrame, duplicate_horizon: options.horizon, text_keep: '0d' };
const data_dir = scratchFolder('starts', memoryFolder());

/** Lines of events, as many together as a frame holds. */
function* frameLines(): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  for (const { bytes } of simulatedEvents(options.frames * options.eventsPerFrame))
    for (let from = 0; from < bytes.length; ) {
      const to = bytes.indexOf(LF, from) + 1;
      waiting.push(bytes.subarray(from, to));
      from = to;
      if (waiting.length < options.eventsPerFrame) continue;
      yield Buffer.concat(waiting);
      waiting = [];
    }
}

/** Gives the ordinal of its last frame. */
async function writeLog(): Promise<number> {
  const config = configSchema.parse({ version: 1, land }).land;
  const landing = await Landing.open({ data_dir, config, clock: systemClock, key_seed: 'starts', disk });
  const frames_per_file = Math.ceil(options.frames / options.files);
  let frames = 0;
  for (const bytes of frameLines()) {
    const first_offset = 1 + frames * options.eventsPerFrame;
    for await (const _ of landing.land({ input: 'starts', partition: 'starts', first_offset, bytes }));
    await landing.flush();
    if (++frames % frames_per_file === 0) landing.closeFile();
  }
  await landing.control({ kind: 'epoch', epoch: 1 });
  const { words, open_segment } = landing.log;
  for (let left = options.files - options.live; left > 0; left--) {
    const due = archiveDue(data_dir, open_segment)!;
    placeDraft(data_dir, await draftArchive(data_dir, due.file, words, new AbortController().signal));
    removeSegment(data_dir, due.file);
    process.stderr.write(`starts: ${left - 1} files are left to be archived\n`);
  }
  await landing.close();
  return landing.last_frame;
}

async function opened(): Promise<OpenFigures> {
  return await inChild<OpenTask, OpenFigures>(OPEN_PROCESS, { data_dir, last_frame, land });
}

const last_frame = await writeLog();
const figures: { readonly without: OpenFigures; readonly summarised: OpenFigures }[] = [];
for (let pair = 0; pair < options.pairs; pair++) {
  rmSync(summaryFolder(data_dir), { recursive: true });
  figures.push({ without: await opened(), summarised: await opened() });
}
if (options.json) process.stdout.write(`${JSON.stringify({ options, figures })}\n`);
else {
  const rows = figures.flatMap((pair) =>
    Object.entries(pair).map(([how, one]) => [how, ...Object.values(one).map((ms: number) => ms.toFixed(0))]),
  );
  const head = ['summaries', 'archive, ms', 'applier, ms', 'landing, ms', 'together, ms'];
  for (const line of tableLines([head, ...rows])) console.log(line);
}
