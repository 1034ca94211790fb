import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { countText, secondsText } from '../present/figures.js';
import type { WorkspaceOptions } from '../workspace.js';

export const baselineCommand: CommandFile<WorkspaceOptions> = {
  name: 'baseline',
  summary: 'learn the baselines anew now, beside the schedule of the configuration',
  group: 'Keep it:',
  define: (command) => {
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const { askInstance } = await import('../open-instance.js');
    await askInstance(context, async ({ instance }) => {
      const document = await instance.baseline();
      const { baseline_version, baselines, seconds } = document;
      context.terminal.answer('baseline', document, () => [
        baseline_version === null
          ? 'there is no history to learn from yet'
          : `${countText(baselines)} baselines, version ${baseline_version}, in ${secondsText(seconds)}`,
      ]);
    });
    return 0;
  },
};
