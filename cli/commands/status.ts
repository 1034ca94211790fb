import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { statusLines } from '../present/status.js';
import type { WorkspaceOptions } from '../workspace.js';

export const statusCommand: CommandFile<WorkspaceOptions> = {
  name: 'status',
  summary: 'how far it has come, what has drifted, which directives are in force',
  group: 'Ask it:',
  define: (command) => {
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const { askInstance } = await import('../open-instance.js');
    await askInstance(context, async ({ instance, workspace }) => {
      const document = await instance.status();
      const { colors, width } = context.terminal;
      const { time_zone } = workspace.configuration.config;
      context.terminal.answer('status', document, () => statusLines(document, { colors, width, time_zone }));
    });
    return 0;
  },
};
