import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { prepareFleet } from '../../bench/faults/prepared-fleet.js';
import { systemClock } from '../../contracts/clock.js';
import { detectors } from '../../detectors/index.js';
import { fromFile, openSmall, SMALL_CONFIG_TEXT, smallConfig, smallEvents } from './small-run.js';

/** Data directories that several test files begin with. Whichever asks first has one made; each works on a copy. */

const EVENTS = 'events.ndjson';
/** What a run over a copy goes on with: the events of the fleet lie in the directory, those that have landed among them. */
export const GOING_ON = fromFile(EVENTS);

/** On the sixth of eight days: no baseline is learnt yet. */
const STOPPED_LINES = 55_000;

const MAKERS = {
  /** The small fleet under seed 7 and `smallConfig`, stopped after 55,000 of its 91,000 events. */
  stopped: async (data_dir: string): Promise<void> => {
    const events = smallEvents(data_dir, 7);
    writeFileSync(join(data_dir, EVENTS), events);
    await prepareFleet({
      data_dir,
      lines: events.toString('latin1').split('\n').slice(0, STOPPED_LINES),
      input: `file:${EVENTS}`,
      partition: EVENTS,
      clock: systemClock,
      options: {
        config: smallConfig({ batch_rows_max: 5_000 }),
        config_text: SMALL_CONFIG_TEXT,
        key_seed: 'test',
        detectors,
      },
    });
  },
  /** The same, gone on to its end: with baselines, and the episodes and directives of the drifts on the last day. */
  finished: async (data_dir: string): Promise<void> => {
    await copyPrepared('stopped', data_dir);
    const pipeline = await openSmall(data_dir, [GOING_ON]);
    await pipeline.run();
    await pipeline.close();
  },
};

/** @param data_dir where the copy goes */
export async function copyPrepared(name: keyof typeof MAKERS, data_dir: string): Promise<void> {
  const prepared = join(inject('prepared_folder'), name);
  const making = `${prepared}-making`;
  while (!existsSync(prepared)) {
    if (isTaken(making)) await sleep(50);
    else
      try {
        await MAKERS[name](making);
        renameSync(making, prepared);
      } catch (error) {
        rmSync(making, { recursive: true });
        throw error;
      }
  }
  cpSync(prepared, data_dir, { recursive: true });
}

/** Takes a folder by making it; another process that has made it works in it, and is to be waited for. */
function isTaken(folder: string): boolean {
  try {
    mkdirSync(folder);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return true;
    throw error;
  }
}
