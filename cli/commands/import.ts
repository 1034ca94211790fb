import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { countText, localText, secondsText } from '../present/figures.js';
import { conservationText } from '../present/result.js';
import { shownPath } from '../replayed.js';
import {
  CONFIGURATION_FILE,
  configuredWorkspace,
  freshDataDir,
  replayConfiguration,
  type Workspace,
  type WorkspaceOptions,
} from '../workspace.js';

interface ImportOptions extends WorkspaceOptions {
  readonly mapping: string;
  readonly file: string;
  readonly history?: true;
}

export const importCommand: CommandFile<ImportOptions> = {
  name: 'import',
  summary: 'bring CSV, JSON or Parquet into the log, through a mapping written in SQL',
  group: 'Run it:',
  define(command) {
    command.requiredOption('--mapping <sql>', 'file of the mapping, or the name of a shipped one (sql/imports)');
    command.requiredOption('--file <path>', 'CSV, JSON or Parquet, also compressed; * and ? stand for parts of names');
    command.option(
      '--history',
      'it is what was before the live stream: learn the baselines from it as soon as it is in',
    );
    withJson(withDataDir(withConfig(command)));
  },
  async run({ terminal, options, signal }) {
    const { openPipeline } = await import('../open-pipeline.js');
    const { importInput } = await import('../../pipelines/import.js');
    const { storePath } = await import('../../pipelines/open-store.js');
    const { countedBetween } = await import('../../pipelines/rejected-lines.js');
    const { progressView } = await import('../progress.js');

    const started_ms = performance.now();
    const workspace = importWorkspace(options);
    const { time_zone } = workspace.configuration.config;
    const input = await importInput(options.mapping, resolve(options.file), { time_zone });
    const progress = progressView(terminal, { time_zone });
    const pipeline = await openPipeline(workspace, terminal, {
      inputs: [input],
      live: false,
      signal,
      onProgress: (figures) => progress.update(figures),
    });
    try {
      const before = { ...pipeline.progress.events };
      const reached_us = pipeline.landing.watermark_us;
      try {
        await pipeline.run();
        if (options.history === true && !signal.aborted) await pipeline.refreshBaselines();
      } finally {
        progress.stop();
      }
      const after = pipeline.progress.events;
      const document = {
        seconds: (performance.now() - started_ms) / 1000,
        mapping: options.mapping,
        file: options.file,
        events: countedBetween(before, after),
        time_zone,
        data_dir: shownPath(workspace.data_dir),
        store: shownPath(storePath(workspace.data_dir)),
      };
      terminal.answer('import', document, () => [
        conservationText(document.events),
        ...(document.events.received === 0 ? ['nothing new: this was imported before, through the same mapping'] : []),
        ...lateLines(document.events.late, reached_us, time_zone),
        `times without a zone were taken for ${time_zone} (time_zone of the configuration)`,
        `${countText(after.landed)} events in ${document.data_dir} now; ${secondsText(document.seconds)}`,
      ]);
    } finally {
      await pipeline.close();
    }
    return 0;
  },
};

/** What becomes of events that come after event time has passed them, and what to do instead. */
function lateLines(late: number, reached_us: number, time_zone: string): string[] {
  if (late === 0) return [];
  const reached = Number.isFinite(reached_us) ? localText(new Date(reached_us / 1000).toISOString(), time_zone) : null;
  return [
    `${countText(late)} events came late: ${
      reached === null
        ? 'they were older than what had come before them'
        : `this data directory had already come to ${reached}`
    }. They are kept and counted, and may fill in calls that are known; no call, window or baseline is made of them.`,
    'History goes into a new data directory, before live events do.',
  ];
}

/** Into the data directory that is configured here; where nothing is, into a new one. */
function importWorkspace({ config, dataDir }: ImportOptions): Workspace {
  if (config !== undefined || existsSync(CONFIGURATION_FILE)) {
    return configuredWorkspace({
      ...(config === undefined ? {} : { config }),
      ...(dataDir === undefined ? {} : { dataDir }),
    });
  }
  const data_dir = dataDir === undefined ? freshDataDir('import', new Date()) : resolve(dataDir);
  return { configuration: replayConfiguration(undefined), data_dir };
}
