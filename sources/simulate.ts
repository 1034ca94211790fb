import { z } from 'zod';
import type { Source, SourceChunk, SourceContext } from '../contracts/source.js';
import { afterLines } from './simulate/after-lines.js';
import { simulate } from './simulate/fleet.js';
import { loadScenario } from './simulate/load-scenario.js';

export { simulate } from './simulate/fleet.js';
export { scenarioLabels } from './simulate/labels.js';
export { loadScenario } from './simulate/load-scenario.js';
export type { SimulatedChunk } from './simulate/timeline.js';

const configSchema = z.strictObject({
  use: z.literal('simulate').default('simulate'),
  scenario: z.string().min(1).default('demo').describe('a shipped scenario (demo, quiet) or the path of a file'),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1).describe('what chance makes of the scenario'),
});
export type SimulateConfig = z.infer<typeof configSchema>;

/**
 * A simulated fleet: the events of a scenario under a seed, in the order of their time. Resuming makes the events anew
 * and passes over those that have been taken.
 */
export const simulateSource: Source<SimulateConfig> = {
  name: 'simulate',
  summary: 'a simulated fleet of voice sales agents, with drifts that are known',
  config: configSchema,
  open: simulated,
};

async function* simulated(
  config: SimulateConfig,
  context: SourceContext,
): AsyncGenerator<SourceChunk, void, undefined> {
  const scenario = loadScenario(config.scenario, context.base_dir);
  const input = 'simulate';
  const partition = `${scenario.name}:${config.seed}`;
  const start = context.resume(input, partition) ?? 1;
  let offset = 1;
  for (const { bytes, events } of simulate(scenario, config.seed)) {
    const first_offset = offset;
    offset += events;
    if (offset > start) {
      const skip = Math.max(0, start - first_offset);
      yield { input, partition, first_offset: first_offset + skip, bytes: afterLines(bytes, skip) };
    }
    // Others get their turn, and an abort is seen, between two chunks.
    await new Promise((resolve) => setImmediate(resolve));
    if (context.signal.aborted) return;
  }
}
