import { type Command, InvalidArgumentError } from 'commander';
import type { Terminal } from './terminal.js';

/** What a command has when it runs. */
export interface CommandContext<Options> {
  readonly terminal: Terminal;
  /** Words after the options, in order. */
  readonly words: readonly string[];
  readonly options: Options;
  /** Aborts when the user wants to stop. */
  readonly signal: AbortSignal;
}

/** 0: it is done; 1: the user is told what to mend. Anything else is thrown. */
export type ExitCode = 0 | 1;

/** One command: one file. */
export interface CommandFile<Options = unknown> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly group: 'Try it:' | 'Run it:' | 'Ask it:' | 'Keep it:';
  /** Options and words, with their help. */
  define(command: Command): void;
  /** What it does; heavy modules are imported here, so that `--help` stays quick. */
  run(context: CommandContext<Options>): Promise<ExitCode>;
  /** Whether a first interrupt is an orderly end of the command and no failure. */
  readonly drains_on_interrupt?: boolean;
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON document and nothing else on the standard output');
}

export function withDataDir(command: Command, text = 'folder of the log and the DuckDB file'): Command {
  return command.option('--data-dir <folder>', text);
}

export function withConfig(command: Command, text = 'configuration file (default: plumbline.yaml)'): Command {
  return command.option('--config <file>', text);
}

/** Parser of a whole number that is not negative. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It takes a whole number, such as 7.');
  }
  return value;
}
