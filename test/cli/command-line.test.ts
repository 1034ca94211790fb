import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../cli/command-line.js';
import { commands } from '../../cli/commands/index.js';
import { suggestedQueries } from '../../cli/shipped-files.js';
import { DOCUMENTS } from '../../contracts/reports.js';
import { packageRoot } from '../../pipelines/package-root.js';

function helpOf(name?: string): string {
  const program = commandLine(async () => {});
  const command = name === undefined ? program : program.commands.find((candidate) => candidate.name() === name);
  return command?.helpInformation() ?? '';
}

describe('the command line', () => {
  it('lists every command in its help, with what it is for', () => {
    const help = helpOf().replaceAll(/\s+/g, ' ');
    for (const { name, summary } of commands) {
      expect(help).toContain(` ${name} `);
      expect(help).toContain(summary);
    }
  });

  it('is one file a command, each under the name of its file', () => {
    for (const { name } of commands) {
      expect(existsSync(join(packageRoot(), 'cli', 'commands', `${name}.ts`))).toBe(true);
    }
    expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
  });

  it('has --json for every command that reports, and a document for it', () => {
    for (const { name } of commands) {
      expect(helpOf(name).includes('--json')).toBe(name in DOCUMENTS);
    }
    expect(
      commands
        .map(({ name }) => name)
        .filter((name) => name !== 'run')
        .sort(),
    ).toEqual(Object.keys(DOCUMENTS).sort());
  });

  it('explains every option', () => {
    const program = commandLine(async () => {});
    for (const command of program.commands) {
      for (const option of command.options)
        expect(option.description, `${command.name()} ${option.flags}`).not.toBe('');
    }
  });

  it('hands a command its options and words', async () => {
    const seen: unknown[] = [];
    const program = commandLine(async (file, command) => {
      seen.push(file.name, command.opts(), command.args);
    });
    await program.parseAsync(['node', 'plumbline', 'replay', '--data-dir', 'd', 'a.ndjson', '-', '--json']);
    expect(seen).toEqual(['replay', { dataDir: 'd', json: true }, ['a.ndjson', '-']]);
  });
});

describe('plumbline rejected', () => {
  it('refuses a reason for which nothing is ever kept out', async () => {
    const rejected = commandLine(async () => {}).commands.find((command) => command.name() === 'rejected')!;
    rejected.exitOverride().configureOutput({ writeErr: () => undefined });
    const list = ['list', '--reason'];
    await expect(rejected.parseAsync([...list, 'nope'], { from: 'user' })).rejects.toThrow(
      /Allowed choices are empty_line/,
    );
    await rejected.parseAsync([...list, 'json_syntax'], { from: 'user' });
  });
});

describe('the queries at the end of a run', () => {
  it('are three statements that begin with what they read', () => {
    const queries = suggestedQueries();
    expect(queries).toHaveLength(3);
    for (const query of queries) expect(query).toMatch(/^(select|with)\b[^;]*;$/);
  });
});
