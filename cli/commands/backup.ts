import { resolve } from 'node:path';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { bytesText, countText } from '../present/figures.js';
import { shownPath } from '../replayed.js';
import type { WorkspaceOptions } from '../workspace.js';

export const backupCommand: CommandFile<WorkspaceOptions> = {
  name: 'backup',
  summary: 'copy log, texts and keys into a new folder, also while it runs; the DuckDB file is made from them',
  group: 'Keep it:',
  define(command) {
    command.argument('<folder>', 'a new folder');
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const { askInstance } = await import('../open-instance.js');
    const folder = resolve(context.words[0]!);
    const figures = await askInstance(context, ({ instance }) => instance.backup(folder));
    const document = { folder: shownPath(folder), ...figures };
    context.terminal.answer('backup', document, () => [
      `${countText(document.frames)} frames with ${countText(document.events)} events in ${document.folder}: ${countText(document.files)} files, ${bytesText(document.bytes)}`,
      'It holds the keys of the data directory, but for a master key that lies elsewhere: keep it as secret as these.',
    ]);
    return 0;
  },
};
