import { resolve } from 'node:path';
import { type CommandFile, withJson } from '../command.js';
import { bytesText, countText } from '../present/figures.js';
import { shownPath } from '../replayed.js';

export const restoreCommand: CommandFile<{ readonly dataDir: string }> = {
  name: 'restore',
  summary: 'make a data directory of a backup; the next start derives the DuckDB file',
  group: 'Keep it:',
  define(command) {
    command.argument('<folder>', 'what plumbline backup has made');
    command.requiredOption('--data-dir <folder>', 'a new folder');
    withJson(command);
  },
  async run({ terminal, words, options }) {
    const { restoreBackup } = await import('../../pipelines/backup.js');
    const data_dir = resolve(options.dataDir);
    const figures = await restoreBackup(resolve(words[0]!), data_dir);
    const document = { data_dir: shownPath(data_dir), ...figures };
    terminal.answer('restore', document, () => [
      `${countText(document.frames)} frames with ${countText(document.events)} events are in ${document.data_dir}: ${countText(document.files)} files, ${bytesText(document.bytes)}`,
      'Run on it, or plumbline rebuild, to have the DuckDB file. What was backed up must not run on elsewhere.',
    ]);
    return 0;
  },
};
