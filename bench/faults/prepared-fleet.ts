import { z } from 'zod';
import type { Clock } from '../../contracts/clock.js';
import type { Source, SourceChunk } from '../../contracts/source.js';
import { Pipeline, type PipelineOptions } from '../../pipelines/pipeline.js';

/** What most runs begin with: a data directory that holds the history, with baselines learnt, stopped in order. */

export interface Prepared {
  /** New folder, which becomes the data directory. */
  readonly data_dir: string;
  /** Lines that are landed: the history, and as much of what follows as makes baselines due. */
  readonly lines: readonly string[];
  /** As the source will name what it goes on with. */
  readonly input: string;
  readonly partition: string;
  readonly clock: Clock;
  readonly options: Pick<PipelineOptions, 'config' | 'config_text' | 'key_seed' | 'detectors'>;
}

/** Lands the lines in one process, which is told to stop before its source has ended: nothing is drained. */
export async function prepareFleet({ data_dir, lines, input, partition, clock, options }: Prepared): Promise<void> {
  const stop = new AbortController();
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const history: Source = {
    name: 'history',
    summary: 'the lines of the history, then an order to stop',
    config: z.unknown(),
    async *open(): AsyncGenerator<SourceChunk> {
      stop.abort();
      yield { input, partition, first_offset: 1, bytes };
    },
  };
  const pipeline = await Pipeline.open({
    ...options,
    data_dir,
    base_dir: data_dir,
    clock,
    sinks: {},
    inputs: [{ source: history, config: {} }],
    live: false,
    signal: stop.signal,
    write: () => undefined,
  });
  try {
    await pipeline.run();
  } finally {
    await pipeline.close();
  }
}
