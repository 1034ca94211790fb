import { connectInstance } from '../serving/client.js';
import type { Instance } from '../serving/instance.js';
import { pipelineInstance } from '../serving/pipeline-instance.js';
import { openPipeline } from './open-pipeline.js';
import type { Terminal } from './terminal.js';
import { existingWorkspace, type Workspace, type WorkspaceOptions } from './workspace.js';

/** Somebody to ask about a data directory, with the configuration that it is run with. */
export interface OpenedInstance {
  readonly instance: Instance;
  readonly workspace: Workspace;
}

/** The running instance where there is one; else the data directory is opened by this process for as long as it asks. */
export async function openInstance(
  options: WorkspaceOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<OpenedInstance> {
  const workspace = existingWorkspace(options);
  const running = await connectInstance(workspace.data_dir);
  if (running !== null) return { instance: running, workspace };
  const pipeline = await openPipeline(workspace, terminal, { inputs: [], live: false, signal });
  return { instance: pipelineInstance(pipeline, { is_running: false }), workspace };
}

/** Asks, and closes whatever happens. */
export async function askInstance<Answer>(
  context: { options: WorkspaceOptions; terminal: Terminal; signal: AbortSignal },
  ask: (opened: OpenedInstance) => Promise<Answer>,
): Promise<Answer> {
  const opened = await openInstance(context.options, context.terminal, context.signal);
  try {
    return await ask(opened);
  } finally {
    await opened.instance.close();
  }
}
