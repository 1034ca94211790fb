import { basename, relative } from 'node:path';
import type { z } from 'zod';
import { DOCUMENTS, type DocumentName } from '../contracts/reports.js';
import { type Colors, colorsOf, printable } from './present/text.js';

/** Lines of a table or a summary on a wide terminal are no longer than this. */
const WIDTH_MAX = 100;
const WIDTH_MIN = 60;

/**
 * Where a command speaks. With `--json` the standard output carries exactly one JSON document and everything else goes to
 * the standard error.
 */
export class Terminal {
  readonly is_json: boolean;
  readonly colors: Colors;
  readonly width: number;
  /** How this program is called here. */
  readonly program: string;
  /** The standard error. */
  readonly err: NodeJS.WriteStream;
  readonly #out: NodeJS.WriteStream;

  constructor(is_json: boolean, out: NodeJS.WriteStream = process.stdout, err: NodeJS.WriteStream = process.stderr) {
    this.is_json = is_json;
    this.#out = out;
    this.err = err;
    const shown = is_json ? err : out;
    this.colors = colorsOf(shown.isTTY === true && process.env.NO_COLOR === undefined);
    this.width = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, (shown.columns ?? WIDTH_MAX) - 1));
    this.program = programText(process.argv[1]);
  }

  /** Whether a bar may be drawn on the standard error. */
  get has_bar(): boolean {
    return this.err.isTTY === true;
  }

  /** For people: the standard output, or the standard error with `--json`. */
  say(line: string): void {
    (this.is_json ? this.err : this.#out).write(`${line}\n`);
  }

  /** A line of another component, such as a warning: nothing in it can move the cursor. */
  write(line: string): void {
    this.say(printable(line));
  }

  /** As `write`; resolves when somebody has taken the line. */
  deliver(line: string): Promise<void> {
    const stream = this.is_json ? this.err : this.#out;
    return new Promise((resolve, reject) => {
      stream.write(`${printable(line)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** What a command comes to: the document with `--json`, else its lines. */
  answer<Name extends DocumentName>(
    name: Name,
    document: z.infer<(typeof DOCUMENTS)[Name]>,
    lines: () => readonly string[],
  ): void {
    if (this.is_json) this.#out.write(`${JSON.stringify(DOCUMENTS[name].parse(document), null, 2)}\n`);
    else for (const line of lines()) this.#out.write(`${line}\n`);
  }
}

function programText(script: string | undefined): string {
  if (script === undefined) return 'plumbline';
  return basename(script) === 'main.js' ? `node ${relative(process.cwd(), script)}` : 'plumbline';
}
