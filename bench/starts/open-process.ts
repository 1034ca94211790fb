import { systemClock } from '../../contracts/clock.js';
import { configSchema } from '../../contracts/config.js';
import { finishArchiving } from '../../pipelines/land/finish-archiving.js';
import { Landing, readFrames } from '../../pipelines/land.js';
import { answer } from '../in-child.js';

/** What of a start reads the log, in a process of its own. */

export interface OpenTask {
  readonly data_dir: string;
  /** The last frame, which the store has applied. */
  readonly last_frame: number;
  readonly land: Record<string, unknown>;
}

/** Processor time, ms. */
export interface OpenFigures {
  readonly archive_ms: number;
  readonly applier_ms: number;
  readonly landing_ms: number;
  readonly total_ms: number;
}

answer(async ({ data_dir, last_frame, land }: OpenTask): Promise<OpenFigures> => {
  const config = configSchema.parse({ version: 1, land }).land;
  const begun = process.cpuUsage();
  let before_ms = 0;
  const since = () => {
    const { user, system } = process.cpuUsage(begun);
    const total_ms = (user + system) / 1_000;
    const part_ms = total_ms - before_ms;
    before_ms = total_ms;
    return part_ms;
  };
  await finishArchiving(data_dir);
  const archive_ms = since();
  for await (const _ of readFrames(data_dir, { from_frame: last_frame }));
  const applier_ms = since();
  const landing = await Landing.open({ data_dir, config, clock: systemClock, key_seed: 'starts' });
  const landing_ms = since();
  await landing.close();
  return { archive_ms, applier_ms, landing_ms, total_ms: archive_ms + applier_ms + landing_ms };
});
