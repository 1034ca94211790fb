import type { OpenSink } from '../contracts/sink.js';
import type { PipelineOptions } from './pipeline-options.js';

/** The configured sinks, by the names of their outboxes. */
export async function openSinks({
  config,
  base_dir,
  data_dir,
  write,
  sinks,
}: PipelineOptions): Promise<Map<string, OpenSink>> {
  const opened = new Map<string, OpenSink>();
  for (const { use, ...rest } of config.sinks) {
    const sink = sinks[use]!;
    // Two sinks of one kind are two outboxes.
    const name = opened.has(use) ? `${use}_${opened.size + 1}` : use;
    opened.set(name, await sink.open(sink.config.parse(rest), { base_dir, data_dir, write }));
  }
  return opened;
}
