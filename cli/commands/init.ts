import { writeFileSync } from 'node:fs';
import { PlumblineError } from '../../contracts/errors.js';
import { type CommandFile, withJson } from '../command.js';
import { defaultConfigurationText } from '../shipped-files.js';
import { CONFIGURATION_FILE } from '../workspace.js';

export const initCommand: CommandFile = {
  name: 'init',
  summary: 'write a plumbline.yaml that works as it is, with a comment for everything in it',
  group: 'Run it:',
  define(command) {
    command.argument('[file]', 'where to write it', CONFIGURATION_FILE);
    withJson(command);
  },
  async run({ terminal, words }) {
    const file = words[0] ?? CONFIGURATION_FILE;
    try {
      writeFileSync(file, defaultConfigurationText(), { flag: 'wx' });
    } catch (error) {
      throw notWritten(file, error as NodeJS.ErrnoException);
    }
    terminal.answer('init', { config: file }, () => [
      `wrote ${file}`,
      `  ${terminal.program} lint   checks it whenever you have changed it`,
      `  ${terminal.program} run    watches events/*.ndjson and prints directives`,
    ]);
    return 0;
  },
};

function notWritten(file: string, cause: NodeJS.ErrnoException): PlumblineError {
  if (cause.code === 'EEXIST') {
    return new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${file}" is there already, and is left as it is`, {
      hint: 'Name another file, or move this one away first.',
      cause,
    });
  }
  return new PlumblineError('COMMAND_ARGUMENT_INVALID', `"${file}" cannot be written`, {
    detail: cause.message,
    hint: 'Name a file in a folder that is there and that you may write to.',
    cause,
  });
}
