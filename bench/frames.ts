import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { wholeNumber } from '../cli/command.js';
import type { Source } from '../contracts/source.js';
import { Pipeline } from '../pipelines/pipeline.js';
import { INPUT, PARTITION } from './faults/faulty-life.js';
import { fleetOptions } from './faults/fleet-run.js';
import { preparedFleet } from './faults/simulated-run.js';
import { smallFleet } from './faults/small-fleet.js';
import { memoryFolder, scratchFolder } from './scratch-folder.js';

/**
 * What a frame of few events costs: processor time of landing and applying the small fleet's twenty minutes in frames of so
 * many events, by the frame, and the digest of what comes out.
 */

interface Options {
  readonly rows: number;
  readonly runs: number;
}

const options = new Command('bench:frames')
  .description('processor time of a frame with few events')
  .option('--rows <n>', 'events of a frame', wholeNumber, 40)
  .option('--runs <n>', 'how often it is measured', wholeNumber, 3)
  .parse()
  .opts<Options>();

const FLEET_SEED = 1;
const folder = scratchFolder('frames', memoryFolder());
const fleet = smallFleet(folder, FLEET_SEED);
const prepared = await preparedFleet(folder, fleet);
const lines = fleet.lines.slice(fleet.prepared_lines);
const source: Source = {
  name: 'live',
  summary: 'what follows the history',
  config: z.unknown(),
  async *open() {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    yield { input: INPUT, partition: PARTITION, first_offset: fleet.prepared_lines + 1, bytes };
  },
};

/** Milliseconds of processor time a frame, and the digest of the store. */
async function measured(data_dir: string): Promise<{ readonly ms: number; readonly digest: string }> {
  cpSync(prepared.prepared_dir, data_dir, { recursive: true });
  const pipeline = await Pipeline.open({
    ...fleetOptions(options.rows),
    data_dir,
    base_dir: folder,
    clock: { nowUs: () => Date.parse('2025-12-01T00:00:00Z') * 1000 },
    sinks: {},
    inputs: [{ source, config: {} }],
    live: false,
    signal: new AbortController().signal,
    write: () => undefined,
  });
  try {
    const before = process.cpuUsage();
    await pipeline.run();
    const { user, system } = process.cpuUsage(before);
    return {
      ms: (user + system) / 1000 / Math.ceil(lines.length / options.rows),
      digest: (await pipeline.digest()).digest,
    };
  } finally {
    await pipeline.close();
  }
}

for (let run = 1; run <= options.runs; run++) {
  const { ms, digest } = await measured(join(folder, String(run)));
  process.stdout.write(`${ms.toFixed(1)} ms of processor time a frame of ${options.rows} events; digest ${digest}\n`);
}
rmSync(folder, { recursive: true, force: true });
