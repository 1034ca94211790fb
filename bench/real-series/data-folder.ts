import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { PlumblineError } from '../../contracts/errors.js';
import { packageRoot } from '../../pipelines/package-root.js';

interface Options {
  readonly data: string;
  readonly json?: true;
}

/** Runs an evaluation of labelled series as a command: where they are, and how the result is printed. */
export function runOnFolder<Result>(
  command: { readonly name: string; readonly summary: string; readonly folder: string },
  evaluate: (folder: string) => { readonly result: Result; readonly lines: readonly string[] },
): void {
  const shared = join(resolve(packageRoot(), process.env.PLUMBLINE_DATA ?? '../shared/data'), command.folder);
  const options = new Command(command.name)
    .description(command.summary)
    .option('--data <folder>', 'folder of series and labels (PLUMBLINE_DATA names where the default lies)', shared)
    .option('--json', 'print one JSON document and nothing else on the standard output')
    .parse()
    .opts<Options>();
  try {
    const { result, lines } = evaluate(existing(resolve(options.data)));
    process.stdout.write(`${options.json === true ? JSON.stringify(result) : lines.join('\n')}\n`);
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    process.stderr.write(`${error.describe()}\n`);
    process.exitCode = 1;
  }
}

function existing(folder: string): string {
  if (existsSync(folder)) return folder;
  throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `there is no folder "${folder}"`, {
    detail: 'the series are public data that is not part of this repository',
    hint: 'Name their folder with --data, or the folder above it with PLUMBLINE_DATA; docs/detection.md says how it is laid out.',
  });
}
