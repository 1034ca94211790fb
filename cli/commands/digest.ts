import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { digestLines } from '../present/digest.js';
import type { WorkspaceOptions } from '../workspace.js';

export const digestCommand: CommandFile<WorkspaceOptions> = {
  name: 'digest',
  summary: 'a digest of every relation: equal data gives equal digests, on any machine',
  group: 'Keep it:',
  define: (command) => {
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const { askInstance } = await import('../open-instance.js');
    await askInstance(context, async ({ instance }) => {
      const document = await instance.digest();
      context.terminal.answer('digest', document, () => digestLines(document));
    });
    return 0;
  },
};
