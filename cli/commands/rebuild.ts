import { systemClock } from '../../contracts/clock.js';
import { type CommandFile, withConfig, withDataDir, withJson } from '../command.js';
import { digestLines } from '../present/digest.js';
import { countText, secondsText } from '../present/figures.js';
import { shownPath } from '../replayed.js';
import { existingWorkspace, type WorkspaceOptions } from '../workspace.js';

export const rebuildCommand: CommandFile<WorkspaceOptions> = {
  name: 'rebuild',
  summary: 'derive the DuckDB file again from the log, which is the truth',
  group: 'Keep it:',
  define: (command) => {
    withJson(withDataDir(withConfig(command)));
  },
  async run({ terminal, options, signal }) {
    const { SetAsideFrames } = await import('../../pipelines/land/damage.js');
    const { rebuild } = await import('../../pipelines/rebuild.js');
    const { storePath } = await import('../../pipelines/open-store.js');
    const { detectors } = await import('../../detectors/index.js');
    const { askInstance } = await import('../open-instance.js');
    const started_ms = performance.now();
    const workspace = existingWorkspace(options);
    const { configuration, data_dir } = workspace;
    const frames = await rebuild({
      config: configuration.config,
      config_text: configuration.text,
      data_dir,
      detectors,
      clock: systemClock,
      signal,
      write: (line) => terminal.write(line),
    });
    const seconds = (performance.now() - started_ms) / 1000;
    const digest = await askInstance({ options: { dataDir: data_dir }, terminal, signal }, ({ instance }) =>
      instance.digest(),
    );
    const lost = SetAsideFrames.of(data_dir).totals;
    const document = { seconds, store: shownPath(storePath(data_dir)), digest };
    terminal.answer('rebuild', document, () => [
      `${document.store} again from ${countText(frames)} frames of the log, in ${secondsText(seconds)}`,
      ...(lost.frames === 0
        ? []
        : [
            `without ${countText(lost.frames)} frames that could not be read and are set aside, with ${countText(lost.events)} events; log/damaged says which`,
          ]),
      ...digestLines(digest),
    ]);
    return 0;
  },
};
