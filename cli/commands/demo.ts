import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PlumblineError } from '../../contracts/errors.js';
import type { RunJudgement } from '../../pipelines/evaluate/judge-run.js';
import type { SimulatedDay } from '../../pipelines/evaluate/simulated-day.js';
import { type CommandFile, wholeNumber, withConfig, withDataDir, withJson } from '../command.js';
import { demoLines } from '../present/result.js';
import { replayDocument, shownPath } from '../replayed.js';
import { demoDataDir, replayConfiguration } from '../workspace.js';

interface DemoOptions {
  readonly seed: number;
  readonly scenario: string;
  readonly config?: string;
  readonly dataDir?: string;
}

export const demoCommand: CommandFile<DemoOptions> = {
  name: 'demo',
  summary: 'a simulated fleet with five planted drifts: what is found, how soon, what is done',
  group: 'Try it:',
  define(command) {
    command.option('--seed <n>', 'what chance makes of the fleet: the same seed gives the same demo', wholeNumber, 1);
    command.option('--scenario <name>', 'a shipped scenario (demo, quiet) or the path of a file', 'demo');
    withConfig(command, 'configuration file (default: the one that Plumbline ships)');
    withDataDir(command, 'new folder to work in (default: .plumbline/demo-<seed>, replaced when it is there)');
    withJson(command);
  },
  async run({ terminal, options, signal }) {
    const { openPipeline } = await import('../open-pipeline.js');
    const { storePath } = await import('../../pipelines/open-store.js');
    const { sources } = await import('../../sources/index.js');
    const { simulatedDay } = await import('../../pipelines/evaluate/simulated-day.js');
    const { judgeRun } = await import('../../pipelines/evaluate/judge-run.js');
    const { progressView } = await import('../progress.js');
    const { pipelineInstance } = await import('../../serving/pipeline-instance.js');
    const { CHARTS_MAX, reportPage } = await import('../report/page.js');

    const started_ms = performance.now();
    const { seed } = options;
    const configuration = replayConfiguration(options.config);
    const day = simulatedDay(options.scenario, seed);
    const data_dir = options.dataDir === undefined ? demoDataDir(seed) : emptyDir(options.dataDir);
    const { time_zone } = configuration.config;
    terminal.say(`${day.scenario.summary}, seed ${seed}`);
    const progress = progressView(terminal, { time_zone, span: day });
    const pipeline = await openPipeline({ configuration, data_dir }, terminal, {
      inputs: [{ source: sources.simulate, config: { scenario: options.scenario, seed } }],
      live: false,
      signal,
      key_seed: `demo-${seed}`,
      onProgress: (figures) => progress.update(figures),
    });
    try {
      try {
        await pipeline.run();
      } finally {
        progress.stop();
      }
      if (signal.aborted) {
        terminal.say(`stopped before the end; what has come in lies in ${shownPath(data_dir)}`);
        return 0;
      }
      const { result, ...material } = await pipelineInstance({
        reports: pipeline,
        is_running: false,
        works: pipeline.operations,
        close: () => pipeline.close(),
      }).report(CHARTS_MAX);
      const judged = judgementOf(day, await judgeRun(pipeline.store, day));
      const report = join(data_dir, 'report.html');
      const page = reportPage({
        title: `Plumbline demo, seed ${seed}`,
        summary: `${day.scenario.summary}.`,
        time_zone,
        ...result,
        ...material,
        labels: judged.labels,
        false_directives: {
          labelled_day: judged.false_directives,
          quiet_day: judged.quiet_day.false_directives,
          quiet_date: judged.quiet_day.date,
        },
      });
      writeFileSync(report, page);
      const document = {
        ...replayDocument(result, { started_ms, data_dir, store: storePath(data_dir) }),
        seed,
        ...judged,
        report: shownPath(report),
      };
      const { colors, width, program } = terminal;
      terminal.answer('demo', document, () => ['', ...demoLines(document, { colors, width, time_zone, program })]);
    } finally {
      await pipeline.close();
    }
    return 0;
  },
};

/** What a demo came to, against what was planted; days before the quiet one are those of the history. */
function judgementOf(day: SimulatedDay, { labels, false_directives }: RunJudgement) {
  const count = (is_counted: (date: string) => boolean) =>
    false_directives.filter(({ date }) => is_counted(date)).length;
  return {
    labels: [...labels],
    false_directives: count((date) => date >= day.live_date),
    quiet_day: { date: day.quiet_date, false_directives: count((date) => date === day.quiet_date) },
    earlier_false_directives: count((date) => date < day.quiet_date),
  };
}

/** A demo counts its own events only. */
function emptyDir(path: string): string {
  if (existsSync(path) && readdirSync(path).length > 0) {
    throw new PlumblineError('DATA_DIRECTORY_INVALID', `the folder "${path}" is not empty`, {
      detail: 'a demo starts from nothing',
      hint: 'Name a new folder with --data-dir, or leave it out.',
    });
  }
  return resolve(path);
}
