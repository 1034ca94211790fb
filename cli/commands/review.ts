import { InvalidArgumentError } from 'commander';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { reviewLines } from '../present/review.js';
import type { WorkspaceOptions } from '../workspace.js';

interface ReviewOptions extends WorkspaceOptions {
  readonly during: string;
  readonly falseShare: number;
}

const FALSE_SHARE = 0.1;

export const reviewCommand: CommandFile<ReviewOptions> = {
  name: 'review',
  summary: 'look at all streams of a day at once, and tell those that lay elsewhere than expected',
  group: 'Ask it:',
  define(command) {
    command
      .requiredOption('--during <period>', 'a day (2025-10-06), days (2025-10-01..2025-10-06) or local times')
      .option(
        '--false-share <share>',
        'share of what is told that may be wrong on average, up to 0.5',
        share,
        FALSE_SHARE,
      );
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const { during, falseShare: false_share } = context.options;
    const { askInstance } = await import('../open-instance.js');
    await askInstance(context, async ({ instance, workspace }) => {
      const document = await instance.review({ during, false_share });
      const { colors, width } = context.terminal;
      const { time_zone } = workspace.configuration.config;
      context.terminal.answer('review', document, () => reviewLines(document, { colors, width, time_zone }));
    });
    return 0;
  },
};

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 0.5))
    throw new InvalidArgumentError('It takes a share above 0 and up to 0.5, such as 0.1.');
  return value;
}
