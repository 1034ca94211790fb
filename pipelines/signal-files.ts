import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseDurationMs } from '../contracts/duration.js';
import { PlumblineError } from '../contracts/errors.js';
import { type Signal, signalSchema } from '../contracts/signal.js';
import { packageRoot } from './package-root.js';
import type { Store } from './store.js';

/** A signal with the statement that creates its view and where it stands. */
export interface SignalFile {
  readonly signal: Signal;
  readonly sql: string;
  readonly file: string;
}

/** Reads every signal that Plumbline ships, then the operator's own (which may replace one of the same name). */
export function readSignalFiles(ownFolder?: string): SignalFile[] {
  const shipped = join(packageRoot(), 'sql', 'signals');
  const byName = new Map<string, SignalFile>();
  for (const folder of ownFolder === undefined ? [shipped] : [shipped, ownFolder]) {
    for (const name of sqlFiles(folder)) {
      const file = join(folder, name);
      const sql = readFileSync(file, 'utf8');
      byName.set(name.slice(0, -4), { signal: parseSignalHeader(sql, file), sql, file });
    }
  }
  return [...byName.values()].sort((left, right) => left.signal.signal.localeCompare(right.signal.signal));
}

function sqlFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .sort();
  } catch (error) {
    throw new PlumblineError('SIGNAL_HEADER_INVALID', `folder of signals "${folder}" cannot be read`, {
      hint: 'Set signals_dir to a folder of .sql files, or leave it out.',
      cause: error,
    });
  }
}

/**
 * The registration in a signal file's header: lines `-- key: value` up to the first line that is not a comment.
 * `note` lines are for people.
 */
export function parseSignalHeader(sql: string, file: string): Signal {
  const fields: Record<string, unknown> = {};
  for (const [index, line] of sql.split('\n').entries()) {
    if (!line.startsWith('--')) break;
    const match = /^-- ([a-z_]+): (.+)$/.exec(line);
    if (match === null) {
      throw new PlumblineError('SIGNAL_HEADER_INVALID', `line "${line}" is not "-- key: value"`, {
        detail: `${file}:${index + 1}`,
      });
    }
    const [, key, value] = match as unknown as [string, string, string];
    if (key === 'note') continue;
    fields[key] = key === 'dimensions' ? value.split(',').map((name) => name.trim()) : value.trim();
  }
  const parsed = signalSchema.safeParse(fields);
  if (!parsed.success) {
    throw new PlumblineError('SIGNAL_HEADER_INVALID', `the header of ${file} does not register a signal`, {
      detail: z.prettifyError(parsed.error),
      hint: 'See sql/signals/answer_rate.sql for a complete header.',
    });
  }
  const expected = `${parsed.data.signal}.sql`;
  if (!file.endsWith(`/${expected}`) && !file.endsWith(`\\${expected}`)) {
    throw new PlumblineError('SIGNAL_HEADER_INVALID', `signal "${parsed.data.signal}" stands in ${file}`, {
      hint: `Rename the file to ${expected}: file name = signal name = view name.`,
    });
  }
  return parsed.data;
}

/** Whether a signal counts calls that have settled, or what is derived of them. */
export function countsCalls({ sql }: SignalFile): boolean {
  return /\b(?:from|join)\s+(?:finished_calls|calls|turns)\b/i.test(sql);
}

export function maturityUs(signal: Signal): number {
  return parseDurationMs(signal.maturity) * 1000;
}

/** Registers the signals in the store: a row each in `signals`, and the view of each file. */
export async function registerSignals(store: Store, files: readonly SignalFile[]): Promise<void> {
  await store.run('staging/signals_emptied');
  await store.append('signals', [
    { type: 'text', values: files.map(({ signal }) => signal.signal) },
    { type: 'text', values: files.map(({ signal }) => signal.summary) },
    { type: 'text', values: files.map(({ signal }) => signal.kind) },
    { type: 'text', values: files.map(({ signal }) => signal.unit) },
    { type: 'double', values: files.map(({ signal }) => signal.scale) },
    { type: 'text', values: files.map(({ signal }) => signal.harmful) },
    { type: 'integer', values: files.map(({ signal }) => maturityUs(signal)) },
    { type: 'double', values: files.map(({ signal }) => signal.upper ?? null) },
    { type: 'boolean', values: files.map(({ signal }) => signal.dense) },
    { type: 'texts', values: files.map(({ signal }) => signal.dimensions) },
    { type: 'boolean', values: files.map(({ signal }) => signal.watched) },
  ]);
  for (const { signal, sql, file } of files) {
    try {
      await store.define(sql);
      await store.setVariable('signal_relation', signal.signal);
      await store.rows('staging/signal_shape');
    } catch (error) {
      throw new PlumblineError('SIGNAL_RELATION_INVALID', `the view of signal "${signal.signal}" cannot be created`, {
        detail: `${file}: ${reasonOf(error)}`,
        hint: 'See sql/signals/answer_rate.sql for a complete view. Dimensions come with set_id, which finished_calls, dials, calls and attempts have.',
        cause: error,
      });
    }
  }
  await nameSignals(store, files);
}

/** Tells the session which signals there are, where their views stand in the file. */
export async function nameSignals(store: Store, files: readonly SignalFile[]): Promise<void> {
  await store.setVariable(
    'signal_relations',
    files.map(({ signal }) => signal.signal),
  );
}

function reasonOf(error: unknown): string {
  if (error instanceof PlumblineError && error.detail !== undefined) return error.detail;
  return error instanceof Error ? error.message : String(error);
}
