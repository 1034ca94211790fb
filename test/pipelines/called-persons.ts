import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../../contracts/clock.js';
import type { Config } from '../../contracts/config.js';
import type { DigestReport } from '../../contracts/reports.js';
import type { Source } from '../../contracts/source.js';
import { detectors } from '../../detectors/index.js';
import { ContactTokens } from '../../pipelines/privacy/contact-tokens.js';
import { KeyRing } from '../../pipelines/privacy/key-ring.js';
import { textOwner } from '../../pipelines/privacy/text-records.js';
import { rebuild } from '../../pipelines/rebuild.js';
import { newFolder, openSmall, SMALL_CONFIG_TEXT, smallConfig } from './small-run.js';

/** Calls to persons, and where in a data directory one of them is named. Keys are those of `openSmall`. */

const BEGIN_MS = Date.parse('2025-10-06T15:00:00Z');

const ring = new KeyRing(newFolder(), 'test');
export const text_secret = ring.key('texts');

/** @param at_s seconds after the beginning */
export function event(id: string, type: string, at_s: number, data: Record<string, unknown>): string {
  const time = new Date(BEGIN_MS + at_s * 1000).toISOString();
  return JSON.stringify({ specversion: '1.0', id, source: 's', type, time, data });
}

/** Calls ten seconds apart, of a minute each: the last six are open. @param calleeOf a call, by when it began */
export function calls(from_s: number, until_s: number, calleeOf: (at_s: number) => string): string[] {
  const lines: string[] = [];
  for (let at_s = from_s; at_s < until_s; at_s += 10) {
    const call = { call_id: `of-${at_s}`, callee: calleeOf(at_s), campaign: 'spring' };
    lines.push(event(`i${at_s}`, 'call.initiated', at_s, call));
    if (at_s >= from_s + 60)
      lines.push(event(`e${at_s}`, 'call.ended', at_s, { call_id: `of-${at_s - 60}`, disposition: 'no_answer' }));
  }
  return lines;
}

/** A source that gives what it is fed with, and ends when it is told. */
export class FedSource implements Source {
  readonly name = 'fed';
  readonly summary = 'lines as they are given';
  readonly config = z.unknown();
  readonly #waiting: (readonly string[])[] = [];
  #wake = () => {};
  #isOver = false;

  feed(lines: readonly string[]): void {
    this.#waiting.push(lines);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *open() {
    for (let first_offset = 1; ; ) {
      const lines = this.#waiting.shift();
      if (lines !== undefined) {
        yield { input: 'fed', partition: 'p', first_offset, bytes: Buffer.from(`${lines.join('\n')}\n`) };
        first_offset += lines.length;
      } else if (this.#isOver) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

export function tokenBytes(callee: string): Buffer {
  return Buffer.from(new ContactTokens(ring.key('contact_token')).token(callee).buffer);
}

export function ownerOf(callee: string): string {
  const token = tokenBytes(callee);
  return textOwner('c', token.readUInt32LE(0), token.readUInt32LE(4));
}

/** Files of a data directory, but for the store, that name a person: by token, as the owner of texts, or by number. */
export function filesNaming(data_dir: string, callee: string): string[] {
  const marks = [tokenBytes(callee), Buffer.from(ownerOf(callee)), Buffer.from(callee.slice(1))];
  const files = (path: string): string[] =>
    readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? files(join(path, entry.name)) : [join(path, entry.name)],
    );
  return files(data_dir)
    .filter((file) => !file.includes('plumbline.duckdb'))
    .filter((file) => marks.some((mark) => readFileSync(file).includes(mark)));
}

/** The digest of the store that a rebuild makes of a log. */
export async function rebuiltDigest(data_dir: string, land: Partial<Config['land']>): Promise<DigestReport> {
  const options = { config: smallConfig(land), config_text: SMALL_CONFIG_TEXT, data_dir, detectors };
  await rebuild({ ...options, clock: systemClock, write: () => undefined });
  const pipeline = await openSmall(data_dir, [], { land });
  const digest = await pipeline.digest();
  await pipeline.close();
  return digest;
}
