import { Command } from 'commander';
import type { CommandFile } from './command.js';
import { commands } from './commands/index.js';
import { packageVersion } from './shipped-files.js';

/** What happens when a command is chosen. */
export type Perform = (file: CommandFile<never>, command: Command) => Promise<void>;

/** The command line, as a tree of commander's. */
export function commandLine(perform: Perform): Command {
  const program = new Command('plumbline')
    .description('Watches fleets of autonomous voice sales agents for drift, and acts on it.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'show this help; after a command, its help')
    .helpCommand(false)
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText(
      'after',
      `
Start here:
  plumbline demo                      a simulated fleet with five planted drifts: what is found, how soon, and what is done
  plumbline init                      writes plumbline.yaml, with a comment for everything in it
  plumbline replay calls.ndjson       runs recorded events through it
  plumbline run                       watches the sources that plumbline.yaml names, until it is stopped

Events are CloudEvents, one JSON object a line. --json makes every command print one JSON document.
Exit codes: 0 done, 1 something to mend in what was asked or configured, 2 an error of Plumbline's own.`,
    );
  for (const file of commands) attach(program, file, perform);
  return program;
}

function attach(program: Command, file: CommandFile<never>, perform: Perform): void {
  const command = program.command(file.name).summary(file.summary).description(file.summary).helpGroup(file.group);
  file.define(command);
  command.action(() => perform(file, command));
}
