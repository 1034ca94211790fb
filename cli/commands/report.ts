import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { shownPath } from '../replayed.js';
import type { WorkspaceOptions } from '../workspace.js';

interface ReportOptions extends WorkspaceOptions {
  readonly out?: string;
}

export const reportCommand: CommandFile<ReportOptions> = {
  name: 'report',
  summary: 'write an HTML file with a picture of every episode of drift',
  group: 'Ask it:',
  define(command) {
    command.option('--out <file>', 'where to write it (default: report.html in the data directory)');
    withJson(withDataDir(withConfig(command)));
  },
  async run(context) {
    const { askInstance } = await import('../open-instance.js');
    const { CHARTS_MAX, reportPage } = await import('../report/page.js');
    await askInstance(context, async ({ instance, workspace }) => {
      const { result, ...material } = await instance.report(CHARTS_MAX);
      const out = context.options.out;
      const path = out === undefined ? join(workspace.data_dir, 'report.html') : resolve(out);
      const { time_zone } = workspace.configuration.config;
      const summary = `Everything in ${shownPath(workspace.data_dir)}.`;
      writeFileSync(path, reportPage({ title: 'Plumbline report', summary, time_zone, ...result, ...material }));
      const document = {
        report: shownPath(path),
        episodes: result.episodes.length,
        directives: result.directives.length,
      };
      context.terminal.answer('report', document, () => [`wrote ${document.report}`]);
    });
    return 0;
  },
};
