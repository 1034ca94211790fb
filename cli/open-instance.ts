import { systemClock } from '../contracts/clock.js';
import { detectors } from '../detectors/index.js';
import { backUp } from '../pipelines/backup.js';
import type { Pipeline } from '../pipelines/pipeline.js';
import { KeyRing } from '../pipelines/privacy/key-ring.js';
import { holdStore } from '../pipelines/rebuild.js';
import { connectInstance } from '../serving/client.js';
import type { Instance } from '../serving/instance.js';
import { pipelineInstance } from '../serving/pipeline-instance.js';
import { storeReporting } from '../serving/store-instance.js';
import { openPipeline } from './open-pipeline.js';
import type { Terminal } from './terminal.js';
import { existingWorkspace, type Workspace, type WorkspaceOptions } from './workspace.js';

/** What a command has that asks about a data directory. */
export interface AskContext {
  readonly options: WorkspaceOptions;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Somebody to ask about a data directory, with the configuration that it is run with. */
export interface OpenedInstance {
  readonly instance: Instance;
  readonly workspace: Workspace;
}

/** Asks the running instance where there is one, else the store itself; closes whatever happens. */
export async function askInstance<Answer>(
  context: AskContext,
  ask: (opened: OpenedInstance) => Promise<Answer>,
): Promise<Answer> {
  const workspace = existingWorkspace(context.options);
  const running = await connectInstance(workspace.data_dir, context.signal);
  const instance = running ?? (await storeInstance(workspace, context));
  try {
    return await ask({ instance, workspace });
  } catch (error) {
    // Who was told to end is not told what that has interrupted.
    context.signal.throwIfAborted();
    throw error;
  } finally {
    await instance.close();
  }
}

/**
 * The store, opened by this process for as long as it asks, and brought up to the log first. Nothing is added to the log
 * by it, but for a refresh of the baselines when that is what is asked for.
 */
async function storeInstance(workspace: Workspace, { terminal, signal }: AskContext): Promise<Instance> {
  const { config, text } = workspace.configuration;
  const { data_dir } = workspace;
  const write = (line: string) => terminal.write(line);
  const hold = () => holdStore({ config, config_text: text, data_dir, detectors, clock: systemClock, write });
  let held = await hold();
  // A query may run for minutes, and nobody else gets the directory meanwhile.
  signal.addEventListener('abort', () => void held.store.endQueries(), { once: true });
  /** What adds to the log takes the whole pipeline, without inputs; the store is opened again afterwards. */
  const inPipeline = async <Result>(work: (pipeline: Pipeline) => Promise<Result>): Promise<Result> => {
    await held.close();
    try {
      const pipeline = await openPipeline(workspace, terminal, { inputs: [], live: false, signal });
      try {
        return await work(pipeline);
      } finally {
        await pipeline.close();
      }
    } finally {
      held = await hold();
    }
  };
  return pipelineInstance({
    reports: storeReporting(() => held.store, config, data_dir),
    is_running: false,
    works: {
      refreshBaselines: () =>
        inPipeline(async (pipeline) => {
          await pipeline.refreshBaselines();
          await pipeline.run();
        }),
      replayRejected: (lines) => inPipeline(({ operations }) => operations.replayRejected(lines)),
      forget: (callee) => inPipeline(({ operations }) => operations.forget(callee)),
      backup: (folder) =>
        backUp(
          data_dir,
          folder,
          () => systemClock.nowUs(),
          (work) => work(),
        ),
      rotateKeys: async () => new KeyRing(data_dir, undefined, config.land.master_key_file).rotate(),
    },
    close: () => held.close(),
  });
}
