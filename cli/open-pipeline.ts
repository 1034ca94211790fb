import { systemClock } from '../contracts/clock.js';
import { PlumblineError } from '../contracts/errors.js';
import { detectors } from '../detectors/index.js';
import type { Standby } from '../pipelines/directory-lock.js';
import { Pipeline, type PipelineInput, type PipelineProgress } from '../pipelines/pipeline.js';
import { sinks } from '../sinks/index.js';
import { sources } from '../sources/index.js';
import type { Terminal } from './terminal.js';
import { keepConfiguration, type Workspace } from './workspace.js';

export interface OpenOptions {
  readonly inputs: readonly PipelineInput[];
  readonly live: boolean;
  readonly signal: AbortSignal;
  readonly key_seed?: string;
  readonly standby?: Standby | undefined;
  onProgress?(progress: PipelineProgress): void;
  warn?(line: string): void;
  onApplied?(seconds: number): void;
  onOwned?(): Promise<void>;
  onCommitted?(seconds: number): void;
}

/** A pipeline over a workspace, with every component that is registered. */
export async function openPipeline(
  workspace: Workspace,
  terminal: Terminal,
  { onProgress, ...options }: OpenOptions,
): Promise<Pipeline> {
  const { configuration, data_dir } = workspace;
  const pipeline = await Pipeline.open({
    config: configuration.config,
    config_text: configuration.text,
    base_dir: configuration.base_dir,
    data_dir,
    clock: systemClock,
    detectors,
    sinks,
    write: (line) => terminal.deliver(line),
    warn: (line) => terminal.write(line),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...options,
  });
  keepConfiguration(workspace);
  return pipeline;
}

/** The inputs that a configuration names. @throws PlumblineError CONFIG_FIELD_INVALID when there are none */
export function configuredInputs({ configuration }: Workspace): PipelineInput[] {
  const { config, file } = configuration;
  if (config.sources.length === 0) {
    throw new PlumblineError('CONFIG_FIELD_INVALID', 'the configuration names no sources', {
      detail: `${file}: sources is empty; there is nothing to watch`,
      hint: 'Add one, such as { use: file, path: events/*.ndjson, follow: true }.',
    });
  }
  return config.sources.map(({ use, ...options }) => ({ source: sources[use], config: options }));
}

/** An input of NDJSON files, read once; `-` is the standard input. */
export function fileInput(paths: readonly string[]): PipelineInput {
  return { source: sources.file, config: { path: [...paths] } };
}
