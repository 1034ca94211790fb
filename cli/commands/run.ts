import { type CommandFile, withConfig, withDataDir } from '../command.js';
import { countText, localText } from '../present/figures.js';
import { shownPath } from '../replayed.js';
import { configuredWorkspace, type WorkspaceOptions } from '../workspace.js';

const LINE_SECONDS = 60;

interface RunOptions extends WorkspaceOptions {
  readonly standby?: true;
}

export const runCommand: CommandFile<RunOptions> = {
  name: 'run',
  summary: 'watch the configured sources until stopped, and send directives to the sinks',
  group: 'Run it:',
  drains_on_interrupt: true,
  define: (command) => {
    withDataDir(
      withConfig(command),
      'folder of the log and the DuckDB file (default: data_dir of the configuration)',
    ).option('--standby', 'when another process runs on the data directory, wait until it ends, and take over');
  },
  async run({ terminal, options, signal }) {
    const { configuredInputs, openPipeline } = await import('../open-pipeline.js');
    const { serveLocalSocket } = await import('../../serving/local-socket.js');
    const { pipelineInstance } = await import('../../serving/pipeline-instance.js');
    const { progressView } = await import('../progress.js');

    const workspace = configuredWorkspace(options);
    const { config, file, version } = workspace.configuration;
    const progress = progressView(terminal, { time_zone: config.time_zone, line_seconds: LINE_SECONDS });
    const onWait = (holder: string) => terminal.say(`standing by: ${holder} has ${shownPath(workspace.data_dir)}`);
    const pipeline = await openPipeline(workspace, terminal, {
      inputs: configuredInputs(workspace),
      live: true,
      signal,
      standby: options.standby === true ? { signal, onWait } : undefined,
      onProgress: (figures) => progress.update(figures),
    }).catch((error: unknown) => {
      if (signal.aborted && error instanceof Error && error.name === 'AbortError') return null;
      throw error;
    });
    if (pipeline === null) {
      progress.stop();
      terminal.say('stopped while standing by');
      return 0;
    }
    try {
      const instance = pipelineInstance({
        reports: pipeline,
        is_running: true,
        works: pipeline.operations,
        close: async () => {},
      });
      const socket = await serveLocalSocket(workspace.data_dir, instance);
      terminal.say(
        `watching ${config.sources.map(({ use }) => use).join(', ')}; ${shownPath(file)}, version ${version}`,
      );
      terminal.say(
        `data in ${shownPath(workspace.data_dir)}; ask with "${terminal.program} status"; Ctrl-C stops it in order`,
      );
      try {
        await pipeline.run();
      } finally {
        await socket.close();
        progress.stop();
      }
      const { events, watermark_us, directives } = pipeline.progress;
      const reached =
        watermark_us === null
          ? ''
          : `, up to ${localText(new Date(watermark_us / 1000).toISOString(), config.time_zone)}`;
      terminal.say(
        `stopped after ${countText(events.received)} events${reached}; ${directives} directives so far; everything is on disk`,
      );
    } finally {
      await pipeline.close();
    }
    return 0;
  },
};
