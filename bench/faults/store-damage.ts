import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { systemClock } from '../../contracts/clock.js';
import { noteStoreDamage, openDerived } from '../../pipelines/derived-store.js';
import { digestOf } from '../../pipelines/inspection/digest.js';
import { storePath } from '../../pipelines/open-store.js';
import { Pipeline } from '../../pipelines/pipeline.js';
import { readSignalFiles } from '../../pipelines/signal-files.js';
import { isStoreDamage } from '../../pipelines/store-failures.js';
import { sources } from '../../sources/index.js';
import { type DamageTask, damageAt, damageText, seededDamages } from './damages.js';
import { fleetOptions } from './fleet-run.js';

/**
 * Damages a store, or its journal, in every place, and asks: is what is read afterwards what the log says? A damage may
 * be found when the store is opened, or when its bytes are first read; then the next start makes the store anew.
 */

export interface StoreDamageReport {
  readonly store: number;
  /** Found, told, and made again from the log. */
  readonly healed: number;
  /** In bytes that hold nothing: everything reads as it was written. */
  readonly harmless: number;
  readonly undetected: readonly string[];
}

const EVENTS = 900;
const ROWS = 450;

export async function damageStore({ folder, lines, ...drawn }: DamageTask): Promise<StoreDamageReport> {
  const { damages } = drawn;
  if (damages === 0) return { store: 0, healed: 0, harmless: 0, undetected: [] };
  const { closed, open, digest } = await writeStores(folder, lines.slice(0, EVENTS));
  const report = { store: damages, healed: 0, harmless: 0, undetected: [] as string[] };
  // The one holds everything in its file, the other in its journal.
  const files = [
    { from: closed, name: basename(storePath(closed)) },
    { from: open, name: `${basename(storePath(open))}.wal` },
  ].map(({ from, name }) => ({ from, name, bytes: readFileSync(join(from, name)) }));
  for (const damage of seededDamages(files, drawn)) {
    const { from, name, bytes } = files.find((file) => file.name === damage.file)!;
    const copy = join(folder, 'copy');
    cpSync(from, copy, { recursive: true });
    writeFileSync(join(copy, name), damageAt(bytes, damage));
    const found = await readAgain(copy, digest);
    if (found === 'healed') report.healed++;
    else if (found === 'harmless') report.harmless++;
    else report.undetected.push(`${damageText(damage)}: ${found}`);
    rmSync(copy, { recursive: true });
  }
  return report;
}

/** What several parts have found. */
export function allStoreDamages(parts: readonly StoreDamageReport[]): StoreDamageReport {
  const sum = (pick: (one: StoreDamageReport) => number) => parts.reduce((total, one) => total + pick(one), 0);
  return {
    store: sum(({ store }) => store),
    healed: sum(({ healed }) => healed),
    harmless: sum(({ harmless }) => harmless),
    undetected: parts.flatMap(({ undetected }) => undetected),
  };
}

async function writeStores(folder: string, lines: readonly string[]) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'events.ndjson'), `${lines.join('\n')}\n`);
  const [closed, open] = [join(folder, 'closed'), join(folder, 'open')];
  const pipeline = await Pipeline.open({
    ...fleetOptions(ROWS),
    data_dir: closed,
    base_dir: folder,
    clock: systemClock,
    sinks: {},
    inputs: [{ source: sources.file, config: { path: 'events.ndjson' } }],
    live: false,
    signal: new AbortController().signal,
    write: () => undefined,
  });
  try {
    await pipeline.run();
    const { digest } = await pipeline.digest();
    // As a process leaves it that ends at once: everything is in the journal.
    cpSync(closed, open, { recursive: true });
    if (!existsSync(`${storePath(open)}.wal`)) throw new Error('the store has no journal to damage');
    return { closed, open, digest };
  } finally {
    await pipeline.close();
  }
}

/** What became of it; what is wrong in words. */
async function readAgain(data_dir: string, expected: string): Promise<'healed' | 'harmless' | string> {
  const told: string[] = [];
  try {
    if ((await readOnce(data_dir, told)) === expected) return told.length > 0 ? 'healed' : 'harmless';
    return 'other rows are read than were written';
  } catch (error) {
    if (!isStoreDamage(error)) return `not known for damage: ${String(error)}`;
    noteStoreDamage(data_dir, error);
  }
  try {
    return (await readOnce(data_dir, told)) === expected ? 'healed' : 'other rows are read after it was made anew';
  } catch (error) {
    return `it is not made anew: ${String(error)}`;
  }
}

async function readOnce(data_dir: string, told: string[]): Promise<string> {
  const options = fleetOptions(ROWS);
  const write = (line: string) => void told.push(line);
  const signals = readSignalFiles(options.config.signals_dir);
  const { store } = await openDerived({ ...options, data_dir, clock: systemClock, write }, signals);
  try {
    return (await digestOf(store)).digest;
  } finally {
    await store.close();
  }
}
