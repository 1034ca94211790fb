import { systemClock } from '../contracts/clock.js';
import { backUp } from '../pipelines/backup.js';
import { lockDirectory } from '../pipelines/directory-lock.js';
import { openStore } from '../pipelines/open-store.js';
import type { Pipeline } from '../pipelines/pipeline.js';
import { KeyRing } from '../pipelines/privacy/key-ring.js';
import { readSignalFiles } from '../pipelines/signal-files.js';
import type { Store } from '../pipelines/store.js';
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
  const running = await connectInstance(workspace.data_dir);
  const instance = running ?? (await storeInstance(workspace, context));
  try {
    return await ask({ instance, workspace });
  } finally {
    await instance.close();
  }
}

/**
 * The store, opened by this process for as long as it asks. Nothing is added to the log by it, but for a refresh of the
 * baselines when that is what is asked for.
 */
async function storeInstance(workspace: Workspace, { terminal, signal }: AskContext): Promise<Instance> {
  const { config } = workspace.configuration;
  let held = await holdStore(workspace);
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
      held = await holdStore(workspace);
    }
  };
  return pipelineInstance({
    reports: storeReporting(() => held.store, config, workspace.data_dir),
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
          workspace.data_dir,
          folder,
          () => systemClock.nowUs(),
          (work) => work(),
        ),
      rotateKeys: async () => new KeyRing(workspace.data_dir, undefined, config.land.master_key_file).rotate(),
    },
    close: () => held.close(),
  });
}

interface HeldStore {
  readonly store: Store;
  close(): Promise<void>;
}

/** The store, with the directory taken for as long as it is open. */
async function holdStore({ configuration, data_dir }: Workspace): Promise<HeldStore> {
  const { config } = configuration;
  const lock = await lockDirectory(data_dir);
  try {
    const store = await openStore(data_dir, readSignalFiles(config.signals_dir));
    return {
      store,
      async close() {
        await store.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
