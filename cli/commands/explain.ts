import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { explanationLines } from '../present/explanation.js';
import type { WorkspaceOptions } from '../workspace.js';

export const explainCommand: CommandFile<WorkspaceOptions> = {
  name: 'explain',
  summary: 'trace a directive back to the rule, the episode and the observations behind it',
  group: 'Ask it:',
  define(command) {
    command.argument('<directive>', 'id of the directive');
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const { askInstance } = await import('../open-instance.js');
    await askInstance(context, async ({ instance, workspace }) => {
      const document = await instance.explain(context.words[0]);
      const { colors, width } = context.terminal;
      const { time_zone } = workspace.configuration.config;
      context.terminal.answer('explain', document, () => explanationLines(document, { colors, width, time_zone }));
    });
    return 0;
  },
};
