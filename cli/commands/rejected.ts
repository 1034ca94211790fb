import { readFileSync, writeFileSync } from 'node:fs';
import { Argument, Option } from 'commander';
import { PlumblineError } from '../../contracts/errors.js';
import { REJECTION_REASONS } from '../../contracts/event.js';
import type { RejectedLine } from '../../contracts/rejected-report.js';
import type { ReplayedLine } from '../../pipelines/rejected-lines.js';
import { type CommandFile, wholeNumber, withConfig, withDataDir, withJson } from '../command.js';
import { rejectedLines } from '../present/rejected.js';
import { existingWorkspace, type WorkspaceOptions } from '../workspace.js';

interface RejectedOptions extends WorkspaceOptions {
  readonly reason?: string;
  readonly limit: number;
  readonly to?: string;
  readonly file?: string;
}

const WHAT = ['list', 'show', 'replay'] as const;
const LIST_MAX = 50;

export const rejectedCommand: CommandFile<RejectedOptions> = {
  name: 'rejected',
  summary: 'events that were kept out: list them, show the bytes of one, let them in again once they are right',
  group: 'Keep it:',
  define(command) {
    command.addArgument(new Argument('<what>', 'what to do').choices(WHAT));
    command.argument('[ids...]', 'which: show takes one, replay any number; list shows their ids');
    command.addOption(
      new Option('--reason <reason>', 'list and replay: those that were kept out for this reason') //
        .choices(REJECTION_REASONS),
    );
    command.option('--limit <n>', 'list and replay: at most so many, the newest', wholeNumber, LIST_MAX);
    command.option('--to <file>', 'show: write the bytes to a new file, to be corrected');
    command.option('--file <path>', 'replay: lines that stand in place of those named, one each, in their order');
    withJson(withDataDir(withConfig(command)));
  },
  async run({ terminal, words, options, signal }) {
    const { listRejected, rejectedBytes } = await import('../../pipelines/rejected-lines.js');
    const [what, ...ids] = words as readonly [(typeof WHAT)[number], ...string[]];
    const { KeyRing } = await import('../../pipelines/privacy/key-ring.js');
    const { configuration, data_dir } = existingWorkspace(options);
    const ring = new KeyRing(data_dir, undefined, configuration.config.land.master_key_file);
    const isAsked = ({ id, reason }: RejectedLine) =>
      (ids.length === 0 || ids.includes(id)) && (options.reason === undefined || reason === options.reason);
    const found = listRejected(data_dir, isAsked, Math.max(1, ids.length, options.limit));
    const named = rejectedBytes(data_dir, ring, ids);
    const document = { what, ...found, lines: [...found.lines], base64: null, text: null, replayed: null };
    const answer = (more: Partial<Parameters<typeof rejectedLines>[0]>) => {
      const whole = { ...document, ...more };
      terminal.answer('rejected', whole, () => rejectedLines(whole, terminal));
    };
    if (what === 'list') answer({});
    if (what === 'show') {
      if (ids.length !== 1) throw namedWrong('show takes the id of one line', ids);
      const bytes = named.get(ids[0]!)!;
      if (bytes !== null && options.to !== undefined) writeNew(options.to, bytes);
      answer({ base64: bytes?.toString('base64') ?? null, text: bytes === null ? null : textOf(bytes) });
    }
    if (what === 'replay') {
      if (ids.length === 0 && options.reason === undefined)
        throw namedWrong('replay takes ids of lines, or a reason', ids);
      const { askInstance } = await import('../open-instance.js');
      const order = ids.length > 0 ? ids : found.lines.map(({ id }) => id).reverse();
      const lines =
        options.file === undefined
          ? wholeLines(found.lines, rejectedBytes(data_dir, ring, order))
          : corrected(order, options.file);
      const replayed = await askInstance({ options, terminal, signal }, ({ instance }) =>
        instance.replayRejected(lines),
      );
      answer({ replayed });
    }
    return 0;
  },
};

/** Lines as they were, all of their bytes. */
function wholeLines(lines: readonly RejectedLine[], bytes: ReadonlyMap<string, Buffer | null>): ReplayedLine[] {
  return [...bytes].map(([id, kept]) => {
    const { bytes_length, reason } = lines.find((line) => line.id === id)!;
    if (kept?.length === bytes_length) return { id, bytes: kept };
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `line ${id} cannot be replayed as it was`, {
      detail:
        reason === 'apply_failed'
          ? 'it has landed, and its columns stand in the log, not its bytes'
          : kept === null
            ? 'its bytes cannot be read any more (land.rejected_keep)'
            : `it has ${bytes_length} bytes, of which the first ${kept.length} are kept`,
      hint: 'Name a file with the line that is to stand in its place (--file).',
    });
  });
}

/** Lines of a file in place of rejected ones, one each. */
function corrected(ids: readonly string[], file: string): ReplayedLine[] {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (cause) {
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `the file "${file}" cannot be read`, { cause });
  }
  const lines: Buffer[] = [];
  for (let from = 0; from < content.length; ) {
    const end = content.indexOf(10, from);
    lines.push(content.subarray(from, end < 0 ? content.length : end));
    from = end < 0 ? content.length : end + 1;
  }
  if (lines.length === ids.length) return ids.map((id, index) => ({ id, bytes: lines[index]! }));
  throw new PlumblineError(
    'COMMAND_ARGUMENT_INVALID',
    `"${file}" has ${lines.length} lines for ${ids.length} rejected`,
    {
      hint: 'Each stands in place of one, in the order in which they are named.',
    },
  );
}

function writeNew(file: string, bytes: Buffer): void {
  try {
    writeFileSync(file, bytes, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw new PlumblineError('COMMAND_ARGUMENT_INVALID', `the file "${file}" cannot be made`, {
      detail: cause instanceof Error ? cause.message : String(cause),
      hint: 'Name one that is not there yet.',
      cause,
    });
  }
}

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function namedWrong(message: string, ids: readonly string[]): PlumblineError {
  return new PlumblineError('COMMAND_ARGUMENT_INVALID', message, {
    detail: `${ids.length} are named`,
    hint: 'plumbline rejected list shows the ids, such as 12.0.',
  });
}
