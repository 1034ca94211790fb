import { dirname, resolve } from 'node:path';
import type { LintDocument } from '../../contracts/reports.js';
import { type CommandFile, withConfig, withJson } from '../command.js';
import { lintLines } from '../present/lint.js';
import { CONFIGURATION_FILE } from '../workspace.js';

interface LintOptions {
  readonly config?: string;
}

export const lintCommand: CommandFile<LintOptions> = {
  name: 'lint',
  summary: 'check a configuration: every name, unit and reference, with file and line',
  group: 'Run it:',
  define(command) {
    command.argument('[file]', 'configuration file', CONFIGURATION_FILE);
    withJson(withConfig(command, 'the same, as an option'));
  },
  async run({ terminal, words, options }) {
    const { checkConfiguration, configurationVersion, readConfiguration } = await import(
      '../../pipelines/configuration.js'
    );
    const { knownNames } = await import('../known-names.js');
    const file = options.config ?? words[0] ?? CONFIGURATION_FILE;
    const text = readConfiguration(file);
    const known = knownNames(dirname(resolve(file)));
    const { config, problems } = checkConfiguration(text, file, known);
    const document: LintDocument = {
      config: file,
      configuration_version: config === null ? null : configurationVersion(text),
      is_valid: config !== null,
      problems: problems.map((problem) => ({ ...problem })),
      signals: config === null ? 0 : (config.detect.signals ?? known(config.signals_dir).signals).length,
      relationships: config?.relationships.length ?? 0,
      rules: config?.policy.rules.length ?? 0,
    };
    terminal.answer('lint', document, () => lintLines(document, terminal));
    return config === null ? 1 : 0;
  },
};
