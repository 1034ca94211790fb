import { systemClock } from '../../contracts/clock.js';
import { type CommandFile, wholeNumber, withConfig, withDataDir, withJson } from '../command.js';
import { shownPath } from '../replayed.js';
import { existingWorkspace, type WorkspaceOptions } from '../workspace.js';

interface PassOverOptions extends WorkspaceOptions {
  readonly whole?: boolean;
}

export const passOverCommand: CommandFile<PassOverOptions> = {
  name: 'pass-over',
  summary: 'go on without a frame of the log that ends every start: the least of it that helps, noted and told',
  group: 'Keep it:',
  define(command) {
    command.argument('<frame>', 'the frame that a start named which ended with STORE_FAILED', wholeNumber);
    command.option('--whole', 'all of it, and without a try: for a frame that ends the process');
    withJson(withDataDir(withConfig(command)));
  },
  async run({ terminal, words, options, signal }) {
    const { passOver } = await import('../../pipelines/rebuild.js');
    const { passedOverFile, passedOverText } = await import('../../pipelines/land/frames-passed-over.js');
    const { detectors } = await import('../../detectors/index.js');
    const { configuration, data_dir } = existingWorkspace(options);
    const { config, text: config_text } = configuration;
    const write = (line: string) => terminal.write(line);
    const passed = await passOver(
      { config, config_text, data_dir, detectors, clock: systemClock, signal, write },
      wholeNumber(words[0]!),
      options.whole === true,
    );
    const { frame, passed_over, events, what } = passed;
    const note = shownPath(passedOverFile(data_dir, frame));
    terminal.answer('pass-over', { frame, passed_over, events, what, note }, () => [
      `frame ${frame} is ${passedOverText(passed)}: ${what}`,
      `noted in ${note}, told at every start, and counted (plumbline_passed_over_frames, apply_failed in rejected)`,
      'To have it back with a version that can apply it: stop, remove the note, and run "plumbline rebuild".',
    ]);
    return 0;
  },
};
