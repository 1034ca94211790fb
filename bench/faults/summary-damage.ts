import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { summaryFolder } from '../../pipelines/land/segment-summary.js';
import { verifyLog } from '../../pipelines/land/verify-log.js';
import { Landing } from '../../pipelines/land.js';
import { type Damage, type DamageTask, damageAt, damageText, seededDamages } from './damages.js';
import { type LogDamageReport, sampleLandOptions, writeSampleLog } from './log-damage.js';

/**
 * Damages what is kept of closed files of a log for the next start, one damage at a time, and asks: is it found, and does
 * the start know what it knows without?
 */
export async function damageSummaries({ folder, lines, ...drawn }: DamageTask): Promise<LogDamageReport> {
  if (drawn.damages === 0) return { log: 0, undetected: [] };
  const original = join(folder, 'original');
  const landed = await writeSampleLog(original, lines);
  const known = await handedOn(original);
  const undetected: string[] = [];
  for (let made = 0; made < drawn.damages; made++) {
    const copy = join(folder, 'copy');
    // What is kept is of the very files that lie there: of a copy it is made first.
    cpSync(original, copy, { recursive: true });
    await handedOn(copy);
    const [damage] = seededDamages(keptFiles(copy), { ...drawn, part: drawn.part + made * 1_000 });
    const missed = await missedIn(copy, damage!, known, landed);
    if (missed !== null) undetected.push(`${damageText(damage!)}: ${missed}`);
    rmSync(copy, { recursive: true });
  }
  return { log: drawn.damages, undetected };
}

function keptFiles(data_dir: string): { name: string; bytes: Buffer }[] {
  const folder = summaryFolder(data_dir);
  const names = readdirSync(folder).sort();
  return names
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }))
    .filter(({ bytes }) => bytes.length > 0);
}

/** What a log hands on to the one who opens it. */
async function handedOn(data_dir: string, told: string[] = []): Promise<unknown> {
  const landing = await Landing.open({ ...sampleLandOptions(data_dir), warn: (line) => void told.push(line) });
  const { conservation, inputs, reached, first_event_us, log, watermark_us } = landing;
  const words = [...log.words];
  const position = landing.position('a', 'a');
  await landing.close();
  return { conservation, inputs, reached, first_event_us, watermark_us, words, position };
}

async function missedIn(data_dir: string, damage: Damage, known: unknown, landed: Buffer): Promise<string | null> {
  if (!verifyLog(data_dir).is_whole) return 'log verify finds damage before there is any';
  const file = join(summaryFolder(data_dir), damage.file);
  writeFileSync(file, damageAt(readFileSync(file), damage));
  if (verifyLog(data_dir).is_whole) return 'log verify finds nothing';
  const told: string[] = [];
  if (!isDeepStrictEqual(await handedOn(data_dir, told), known)) return 'the log is handed on as another';
  if (told.length !== 1) return `the start tells ${told.length} times of it`;
  if (!verifyLog(data_dir).is_whole) return 'after opening, log verify still finds damage';
  const again = await Landing.open(sampleLandOptions(data_dir));
  const before = again.conservation.landed;
  for await (const _ of again.land({ input: 'again', partition: 'again', first_offset: 1, bytes: landed }));
  await again.flush();
  await again.close();
  const doubled = again.conservation.landed - before;
  return doubled > 0 ? `${doubled} events landed twice` : null;
}
