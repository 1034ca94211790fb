#!/usr/bin/env node
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, CommanderError } from 'commander';
import { PlumblineError } from '../contracts/errors.js';
import { silently } from '../pipelines/silently.js';
import { toldToPeople } from '../pipelines/system-refusal.js';
import type { CommandFile } from './command.js';
import { commandLine } from './command-line.js';
import { Terminal } from './terminal.js';

/** Exit codes: 0 done, 1 the user has something to mend, 2 an error of Plumbline's own, 130 interrupted. */
const INTERNAL = 2;
const INTERRUPTED = 130;
/** How long what was written may take to be read once an end was asked for. */
const OUTPUT_MS_MAX = 1_000;

const interrupt = new AbortController();
let running: CommandFile<never> | undefined;
let exit_code = 0;
let is_interrupted = false;
/** The terminal has closed. */
let is_closed = false;

async function perform(file: CommandFile<never>, command: Command): Promise<void> {
  running = file;
  const options = command.opts();
  const terminal = new Terminal(options.json === true);
  try {
    exit_code = await file.run({ terminal, words: command.args, options: options as never, signal: interrupt.signal });
    if (interrupt.signal.aborted && file.drains_on_interrupt !== true) exit_code = INTERRUPTED;
  } catch (error) {
    exit_code = report(error, terminal);
  }
}

/** Tells people what went wrong, and programs too where they asked for JSON. */
function report(thrown: unknown, terminal: Terminal): number {
  if (interrupt.signal.aborted && isAbort(thrown)) return INTERRUPTED;
  const error = toldToPeople(thrown);
  const is_user = error instanceof PlumblineError;
  const text = is_user ? error.describe() : `INTERNAL: ${error instanceof Error ? error.stack : String(error)}`;
  process.stderr.write(`${text}\n`);
  if (!is_user)
    process.stderr.write('  This is an error in Plumbline itself: nothing that you asked for should do this.\n');
  if (terminal.is_json) {
    const document = {
      code: is_user ? error.code : 'INTERNAL',
      message: error instanceof Error ? error.message : String(error),
      detail: is_user ? (error.detail ?? null) : null,
      hint: is_user ? (error.hint ?? null) : null,
    };
    process.stdout.write(`${JSON.stringify({ error: document }, null, 2)}\n`);
  }
  return is_user ? 1 : INTERNAL;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error === interrupt.signal.reason);
}

/**
 * The first interrupt lets the command end in order; the second ends it at once. A terminal that closes tells it more than once
 * (the shell does, and the system): that is the first, and never the second.
 */
function onInterrupt(signal: NodeJS.Signals): void {
  is_closed ||= signal === 'SIGHUP';
  if (is_interrupted && signal !== 'SIGHUP') leave(INTERRUPTED);
  is_interrupted = true;
  interrupt.abort();
}

/** Whoever reads our output has gone (`| head`, a closed terminal): nobody is there to be told. A command that runs on ends in order. */
function onOutputError(this: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
  const isClosed = this.isTTY === true && error.code === 'EIO';
  if (error.code !== 'EPIPE' && !isClosed) throw error;
  is_closed ||= isClosed;
  if (running?.drains_on_interrupt === true) interrupt.abort();
  else leave(0);
}

/** Ends the process. Node puts back the settings of a terminal then, and aborts where that has closed. */
function leave(code: number): never {
  if (is_closed)
    for (const fd of [0, 1, 2])
      silently(() => {
        closeSync(fd);
        openSync('/dev/null', 'r+');
      });
  process.exit(code);
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onInterrupt);
  process.stdout.on('error', onOutputError);
  process.stderr.on('error', onOutputError);
  const program = commandLine(perform);
  for (const command of [program, ...program.commands]) command.exitOverride();
  try {
    if (process.argv.length <= 2) program.outputHelp();
    else await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) exit_code = error.exitCode === 0 ? 0 : 1;
    else throw error;
  }
  // What was written goes out before the end, also into a pipe. Who was told to end does not wait for somebody to read it.
  const written = Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
  );
  await (interrupt.signal.aborted ? Promise.race([written, sleep(OUTPUT_MS_MAX)]) : written);
  leave(exit_code);
}

await main();
