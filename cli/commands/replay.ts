import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlumblineError } from '../../contracts/errors.js';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { replayLines } from '../present/result.js';
import { replayDocument, shownPath } from '../replayed.js';
import { freshDataDir, replayConfiguration } from '../workspace.js';

interface ReplayOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly deliver?: true;
}

export const replayCommand: CommandFile<ReplayOptions> = {
  name: 'replay',
  summary: 'run recorded events through everything, in event time and as fast as possible',
  group: 'Run it:',
  define(command) {
    command.argument('<files...>', 'NDJSON files of CloudEvents, plain, .gz or .zst; - is the standard input');
    withConfig(command, 'configuration file (default: the one that Plumbline ships)');
    withDataDir(command, 'folder to work in (default: a new one under .plumbline)');
    command.option('--deliver', 'send directives to the sinks of the configuration, and not to a file only');
    withJson(command);
  },
  async run({ terminal, words, options, signal }) {
    const { fileInput, openPipeline } = await import('../open-pipeline.js');
    const { storePath } = await import('../../pipelines/open-store.js');
    const { progressView } = await import('../progress.js');

    const started_ms = performance.now();
    const files = words.map(recordedFile);
    const configuration = replayConfiguration(options.config, options.deliver === true);
    const data_dir = options.dataDir === undefined ? freshDataDir('replay', new Date()) : resolve(options.dataDir);
    const { time_zone } = configuration.config;
    const progress = progressView(terminal, { time_zone });
    const pipeline = await openPipeline({ configuration, data_dir }, terminal, {
      inputs: [fileInput(files)],
      live: false,
      signal,
      onProgress: (figures) => progress.update(figures),
    });
    try {
      try {
        await pipeline.run();
      } finally {
        progress.stop();
      }
      if (signal.aborted) {
        terminal.say(`stopped before the end; what has come in lies in ${shownPath(data_dir)}`);
        return 0;
      }
      const document = replayDocument(await pipeline.result(), { started_ms, data_dir, store: storePath(data_dir) });
      const { colors, width, program } = terminal;
      terminal.answer('replay', document, () => replayLines(document, { colors, width, time_zone, program }));
    } finally {
      await pipeline.close();
    }
    return 0;
  },
};

/** Looked for before anything is made. */
function recordedFile(word: string): string {
  if (word === '-' || existsSync(word)) return word === '-' ? word : resolve(word);
  throw new PlumblineError('SOURCE_FILE_UNREADABLE', `there is no file "${word}"`, {
    detail: `looked for ${resolve(word)}`,
    hint: 'Name NDJSON files, or - for the standard input.',
  });
}
