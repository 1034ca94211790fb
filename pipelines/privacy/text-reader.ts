import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { PlumblineError } from '../../contracts/errors.js';
import { TEXT_MARKS } from '../../contracts/event-columns.js';
import { packageRoot } from '../package-root.js';

const phrasesSchema = z.strictObject(
  Object.fromEntries(
    TEXT_MARKS.map((mark) => [mark, z.array(z.string().trim().min(2).max(120)).max(2_000).default([])]),
  ),
);

/** Reads marks (commitment, objection, opt-out) off a text at the door, by a list of phrases. */
export class TextReader {
  /** Landed with every mark: which list gave it. */
  readonly version: string;
  readonly #patterns: readonly (RegExp | null)[];

  constructor(content: string, file: string) {
    const parsed = phrasesSchema.safeParse(parse(content));
    if (!parsed.success)
      throw new PlumblineError('CONFIG_FIELD_INVALID', `the phrase file ${file} cannot be used`, {
        detail: z.prettifyError(parsed.error),
        hint: `It lists phrases under ${TEXT_MARKS.join(', ')}.`,
      });
    this.version = `phrases-${createHash('sha256').update(content).digest('hex').slice(0, 8)}`;
    this.#patterns = TEXT_MARKS.map((mark) => pattern(parsed.data[mark]!));
  }

  /** The shipped list, read once, or the operator's. @throws PlumblineError CONFIG_FIELD_INVALID */
  static open(file: string | undefined): TextReader {
    if (file !== undefined) return TextReader.#read(file);
    shipped ??= TextReader.#read(join(packageRoot(), 'pipelines', 'privacy', 'phrases.yaml'));
    return shipped;
  }

  static #read(path: string): TextReader {
    try {
      return new TextReader(readFileSync(path, 'utf8'), path);
    } catch (error) {
      if (error instanceof PlumblineError) throw error;
      throw new PlumblineError('CONFIG_FIELD_INVALID', `the phrase file ${path} cannot be read`, { cause: error });
    }
  }

  /** Bit i is TEXT_MARKS[i]. */
  marks(text: string): number {
    const read = plain(text);
    let marks = 0;
    for (let bit = 0; bit < this.#patterns.length; bit++)
      if (this.#patterns[bit]?.test(read) === true) marks |= 1 << bit;
    return marks;
  }
}

let shipped: TextReader | undefined;

/** As phrases are compared: lower case, straight apostrophes. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll('’', "'");
}

function pattern(phrases: readonly string[]): RegExp | null {
  if (phrases.length === 0) return null;
  const alternatives = phrases.map((phrase) =>
    plain(phrase)
      .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '\\p{L}*')
      .replaceAll(/\s+/g, '\\s+'),
  );
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.join('|')})(?![\\p{L}\\p{N}])`, 'u');
}
