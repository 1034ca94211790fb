import type { ComparisonRequest } from '../../contracts/comparison-report.js';
import { PlumblineError } from '../../contracts/errors.js';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { comparisonLines } from '../present/comparison.js';
import type { WorkspaceOptions } from '../workspace.js';

interface CompareOptions extends WorkspaceOptions {
  readonly before?: string;
  readonly after?: string;
  readonly segment?: string;
  readonly against?: string;
  readonly during?: string;
}

export const compareCommand: CommandFile<CompareOptions> = {
  name: 'compare',
  summary: 'tell whether a signal differs between two periods or two segments, and by how much',
  group: 'Ask it:',
  define(command) {
    command
      .argument('<signal>', 'name of the signal, such as answer_rate or response_latency')
      .option('--before <period>', 'a day (2025-10-06), days (2025-10-01..2025-10-06) or local times (...T09:00..)')
      .option('--after <period>', 'the period to hold against it')
      .option('--segment <segment>', 'dimension=value, several with a comma between (default: all)')
      .option('--against <segment>', 'a second segment, instead of two periods')
      .option('--during <period>', 'with --against: the period of both (default: everything)');
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const request = requestOf(context.words[0], context.options);
    const { askInstance } = await import('../open-instance.js');
    await askInstance(context, async ({ instance }) => {
      const document = await instance.compare(request);
      context.terminal.answer('compare', document, () => comparisonLines(document, context.terminal));
    });
    return 0;
  },
};

function requestOf(signal: string, options: CompareOptions): ComparisonRequest {
  const { before, after, segment = 'all', against, during } = options;
  const is_of_periods = before !== undefined && after !== undefined && against === undefined && during === undefined;
  const is_of_segments = against !== undefined && before === undefined && after === undefined;
  if (is_of_periods) return { signal, first: { segment, period: before }, second: { segment, period: after } };
  if (is_of_segments) {
    const period = during ?? null;
    return { signal, first: { segment, period }, second: { segment: against, period } };
  }
  throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `what "${signal}" is to be compared between is not clear`, {
    hint: 'Name two periods (--before, --after, with --segment or without) or two segments (--segment, --against, with --during or without).',
  });
}
