import { Argument } from 'commander';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { countText } from '../present/figures.js';
import type { WorkspaceOptions } from '../workspace.js';

export const keysCommand: CommandFile<WorkspaceOptions> = {
  name: 'keys',
  summary: 'seal the keys of the data directory under a new master key; nothing is made anew',
  group: 'Keep it:',
  define(command) {
    command.addArgument(new Argument('<what>', 'what to do').choices(['rotate']));
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const { askInstance } = await import('../open-instance.js');
    const document = await askInstance(context, ({ instance }) => instance.rotateKeys());
    context.terminal.answer('keys', document, () => [`${countText(document.keys)} keys lie under a new master key`]);
    return 0;
  },
};
