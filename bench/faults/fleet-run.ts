import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { type Config, configSchema } from '../../contracts/config.js';
import { detectors } from '../../detectors/index.js';
import { readFrames } from '../../pipelines/land.js';
import type { Pipeline } from '../../pipelines/pipeline.js';
import { FLEET_CONFIGURATION } from './small-fleet.js';

/** What the small fleet is run with, and what is kept of a run to be compared with another. */

/** Relations in which a start leaves a trace of its own: it raises the epoch, and what it sends is noted anew. */
const OWN_TO_A_START = ['journal', 'directives', 'deliveries'];

export interface RunFacts {
  /** Ids of the events in the log, one for each time that an event stands there. */
  readonly event_ids: readonly string[];
  readonly directive_ids: readonly string[];
  /** Digests of the relations that follow from the events alone. */
  readonly relations: Readonly<Record<string, string>>;
  /** Of all relations, those of a start of its own among them. */
  readonly digest: string;
}

export interface Differences {
  readonly lost: number;
  readonly doubled: number;
  readonly id_differences: number;
  /** Relations that are not as without faults. */
  readonly relations: readonly string[];
}

/** Parsed once: runs are many, and none changes it. */
let parsed: Config | undefined;

export function fleetConfig(batch_rows_max: number): Config {
  parsed ??= configSchema.parse(parse(FLEET_CONFIGURATION));
  const config = parsed;
  return {
    ...config,
    sinks: [],
    land: {
      ...config.land,
      batch_rows_max,
      duplicate_entries_max: 32_768,
      batch_bytes_max: 1_048_576,
      segment_bytes_max: 1_048_576,
    },
  };
}

/** What every run over the fleet has in common. */
export function fleetOptions(batch_rows_max: number) {
  return { config: fleetConfig(batch_rows_max), config_text: FLEET_CONFIGURATION, key_seed: 'faults', detectors };
}

export async function factsOf(pipeline: Pipeline, data_dir: string): Promise<RunFacts> {
  const { relations, digest } = await pipeline.digest();
  const { directives } = await pipeline.result();
  return {
    event_ids: await landedIds(data_dir),
    directive_ids: directives.map(({ id }) => id).sort(),
    relations: Object.fromEntries(
      relations.filter(({ relation }) => !OWN_TO_A_START.includes(relation)).map((one) => [one.relation, one.digest]),
    ),
    digest,
  };
}

/** Read from the log itself, so that no count of ours has to be believed. */
async function landedIds(data_dir: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const frame of readFrames(data_dir, { from_frame: 0 })) {
    if (frame.kind !== 'events') continue;
    const { values, bytes } = frame.batch.columns.get('event_id')!;
    const text = Buffer.from(bytes!);
    for (let row = 0; row < frame.batch.rows; row++)
      ids.push(text.toString('utf8', values[row] as number, values[row + 1] as number));
  }
  return ids;
}

/** How a run under faults differs from one without. */
export function differences(facts: RunFacts, clean: RunFacts): Differences {
  const landed = new Set(facts.event_ids);
  const ids = new Set([...facts.directive_ids, ...clean.directive_ids]);
  const both = (id: string) => facts.directive_ids.includes(id) && clean.directive_ids.includes(id);
  return {
    lost: clean.event_ids.filter((id) => !landed.has(id)).length,
    doubled: facts.event_ids.length - landed.size,
    id_differences: [...ids].filter((id) => !both(id)).length,
    relations: Object.keys(clean.relations).filter(
      (relation) => !isDeepStrictEqual(facts.relations[relation], clean.relations[relation]),
    ),
  };
}

/** What is not as it has to be, in words; empty when all is. */
export function violationsOf({ lost, doubled, id_differences, relations }: Differences): string[] {
  return [
    ...(lost > 0 ? [`${lost} events are lost`] : []),
    ...(doubled > 0 ? [`${doubled} events are there twice`] : []),
    ...(id_differences > 0 ? [`${id_differences} directive ids differ`] : []),
    ...(relations.length > 0 ? [`other than without faults: ${relations.join(', ')}`] : []),
  ];
}
