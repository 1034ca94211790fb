import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { sqlLines } from '../present/sql-table.js';
import type { WorkspaceOptions } from '../workspace.js';

export const sqlCommand: CommandFile<WorkspaceOptions> = {
  name: 'sql',
  summary: 'ask DuckDB, reading only: calls, turns, observations, baselines, episodes, directives, ...',
  group: 'Ask it:',
  define(command) {
    command.argument('<query>', 'one statement that reads, in quotes');
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const { askInstance } = await import('../open-instance.js');
    await askInstance(context, async ({ instance }) => {
      const document = await instance.sql(context.words[0]);
      context.terminal.answer('sql', document, () => sqlLines(document, context.terminal.colors));
    });
    return 0;
  },
};
