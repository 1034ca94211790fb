import { statSync } from 'node:fs';
import { Option } from 'commander';
import { systemClock } from '../../contracts/clock.js';
import type { Config } from '../../contracts/config.js';
import type { Pipeline, PipelineProgress } from '../../pipelines/pipeline.js';
import type { LocalSocket } from '../../serving/local-socket.js';
import type { TelemetryServer } from '../../serving/telemetry-server.js';
import { type CommandFile, withConfig, withDataDir } from '../command.js';
import { countText, localText } from '../present/figures.js';
import { shownPath } from '../replayed.js';
import { LOG_LEVELS, type LogLevel, type RunLog } from '../run-log.js';
import type { Terminal } from '../terminal.js';
import { configuredWorkspace, type Workspace, type WorkspaceOptions } from '../workspace.js';

const PROGRESS_SECONDS = 60;

interface RunOptions extends WorkspaceOptions {
  readonly standby?: true;
  readonly logLevel?: LogLevel;
}

export const runCommand: CommandFile<RunOptions> = {
  name: 'run',
  summary: 'watch the configured sources until stopped, and send directives to the sinks',
  group: 'Run it:',
  drains_on_interrupt: true,
  define: (command) => {
    withDataDir(withConfig(command), 'folder of the log and the DuckDB file (default: data_dir of the configuration)')
      .option('--standby', 'when another process runs on the data directory, wait until it ends, and take over')
      .addOption(
        new Option('--log-level <level>', 'least level of the log on the standard error (default: operate.log_level)') //
          .choices(LOG_LEVELS),
      );
  },
  async run({ terminal, options, signal }) {
    const { configuredInputs, openPipeline } = await import('../open-pipeline.js');
    const { openRunLog } = await import('../run-log.js');
    const { openTelemetry } = await import('../../serving/telemetry.js');
    const { serveTelemetry } = await import('../../serving/telemetry-server.js');
    const { vitalsOf } = await import('../../pipelines/vitals.js');

    const workspace = configuredWorkspace(options);
    const { config } = workspace.configuration;
    const log = openRunLog(terminal, options.logLevel ?? config.operate.log_level, config.operate.log_bytes_max);
    let opened: Pipeline | null = null;
    const telemetry = openTelemetry(async () => {
      if (opened === null) throw new Error('the store is not open yet');
      const vitals = await vitalsOf(opened, systemClock.nowUs());
      const { served, socket } = watched;
      const fills = [...(socket?.fills ?? []), ...(served === null ? [] : [served.fill]), log.fill];
      return { ...vitals, fills: [...vitals.fills, ...fills] };
    });
    const watched: Watched = { failure: null, served: null, socket: null };
    const health = {
      failure: () => watched.failure,
      unready: () =>
        signal.aborted ? 'stopping' : opened === null ? 'starting: the store is brought up to the log' : null,
    };
    const { telemetry_host: host, telemetry_port: port, telemetry_connections_max: connections_max } = config.operate;
    let is_owned = false;
    const onOwned = async () => {
      is_owned = true;
      if (port !== undefined) watched.served = await serveTelemetry({ host, port, connections_max }, telemetry, health);
      warnOfOthers(workspace.data_dir, log);
      log.info('starting', { data_dir: workspace.data_dir, telemetry: watched.served?.url ?? null });
    };
    const onWait = (holder: string) => {
      terminal.say(`standing by: ${holder} has ${shownPath(workspace.data_dir)}`);
      log.info('standing by', { holder });
    };
    const pipeline = await openPipeline(workspace, terminal, {
      inputs: configuredInputs(workspace),
      live: true,
      signal,
      standby: options.standby === true ? { signal, onWait } : undefined,
      warn: (line) => log.warn(line),
      onOwned,
      onProgress: progressLog(log),
      onApplied: (seconds) => telemetry.applied(seconds),
      onCommitted: (seconds) => telemetry.committed(seconds),
    }).catch(async (error: unknown) => {
      await watched.served?.close();
      if (signal.aborted && error instanceof Error && error.name === 'AbortError') return null;
      throw error;
    });
    if (pipeline === null) {
      terminal.say(
        is_owned ? 'stopped before the store was up to the log; the next start goes on' : 'stopped while standing by',
      );
      log.info('stopped');
      return 0;
    }
    opened = pipeline;
    try {
      await watch(pipeline, { terminal, log, workspace, watched });
    } finally {
      await pipeline.close();
    }
    return 0;
  },
};

/** A folder that was there before has the rights that it was given; DuckDB gives its files those of the process. */
function warnOfOthers(data_dir: string, log: RunLog): void {
  const rights = statSync(data_dir).mode & 0o777;
  if ((rights & 0o077) !== 0)
    log.warn('others than its owner may look into the data directory: chmod 700', {
      data_dir,
      rights: rights.toString(8),
    });
}

/** What those who ask after the process are told of it, and where. */
interface Watched {
  failure: string | null;
  served: TelemetryServer | null;
  socket: LocalSocket | null;
}

interface Watch {
  readonly terminal: Terminal;
  readonly log: RunLog;
  readonly workspace: Workspace;
  readonly watched: Watched;
}

/** Runs the loop, and is there for those who ask meanwhile. */
async function watch(pipeline: Pipeline, { terminal, log, workspace, watched }: Watch): Promise<void> {
  const { serveLocalSocket } = await import('../../serving/local-socket.js');
  const { pipelineInstance } = await import('../../serving/pipeline-instance.js');
  const { config, file, version } = workspace.configuration;
  const { operations } = pipeline;
  const instance = pipelineInstance({ reports: pipeline, is_running: true, works: operations, close: async () => {} });
  const socket = await serveLocalSocket(workspace.data_dir, instance, {
    requests_max: config.operate.requests_max,
    answer_bytes_max: config.operate.answer_mib_max * 2 ** 20,
  });
  watched.socket = socket;
  terminal.say(`watching ${config.sources.map(({ use }) => use).join(', ')}; ${shownPath(file)}, version ${version}`);
  terminal.say(
    `data in ${shownPath(workspace.data_dir)}; ask with "${terminal.program} status"; Ctrl-C stops it in order`,
  );
  log.info('watching', {
    configuration_version: version,
    epoch: pipeline.applier.epoch,
    data_dir: workspace.data_dir,
    telemetry: watched.served?.url ?? null,
  });
  try {
    await pipeline.run();
  } catch (error) {
    watched.failure = 'the loop has failed';
    log.error('failed', { reason: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    await socket.close();
    await watched.served?.close();
  }
  terminal.say(stoppedText(pipeline.progress, config));
  log.info('stopped', factsOf(pipeline.progress));
}

function stoppedText({ events, watermark_us, directives }: PipelineProgress, { time_zone }: Config): string {
  const reached =
    watermark_us === null ? '' : `, up to ${localText(new Date(watermark_us / 1000).toISOString(), time_zone)}`;
  return `stopped after ${countText(events.received)} events${reached}; ${directives} directives so far; everything is on disk`;
}

/** Tells once a minute how it is getting on. */
function progressLog(log: RunLog): (progress: PipelineProgress) => void {
  let said_ms = performance.now();
  return (progress) => {
    if (performance.now() - said_ms < PROGRESS_SECONDS * 1000) return;
    said_ms = performance.now();
    log.info('progress', factsOf(progress));
  };
}

function factsOf({ events, watermark_us, open_episodes, directives }: PipelineProgress) {
  const watermark_at = watermark_us === null ? null : new Date(watermark_us / 1000).toISOString();
  return { ...events, watermark_at, open_episodes, directives };
}
