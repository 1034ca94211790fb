import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ImportFacts, importRun } from './import-run.js';

/** Real calls of AI voice agents: what a public benchmark publishes for them, against what Plumbline derives. */
export interface VoiceFigures {
  readonly run: ImportFacts;
  readonly compared: readonly ComparedFigure[];
  /** What the derivation says of the same turns, where nothing is published. */
  readonly derived: Readonly<Record<string, number>>;
}

export interface ComparedFigure {
  readonly name: string;
  readonly published: number;
  readonly measured: number;
  readonly is_equal: boolean;
}

const publishedSchema = z.looseObject({ counts: z.record(z.string(), z.number()) });
/** Sums of doubles in another order. */
const TOLERANCE = 1e-12;

export async function measureVoice(folder: string): Promise<VoiceFigures> {
  const file = join(folder, 'simulations.ndjson.gz');
  const { counts, ...rest } = publishedSchema.parse(
    JSON.parse(readFileSync(join(folder, 'expected_metrics.json'), 'utf8')),
  );
  const published = new Map(Object.entries({ ...rest, ...counts }));
  const { store, facts, close } = await importRun('tau-voice', file, 'turns.yaml');
  try {
    const row = (await store.rows('checks/tau_voice', { file }))[0]!;
    const compared: ComparedFigure[] = [];
    const derived: Record<string, number> = {};
    for (const [name, value] of Object.entries(row)) {
      const measured = Number(value);
      const expected = published.get(name);
      if (expected === undefined) derived[name] = measured;
      else
        compared.push({
          name,
          published: Number(expected),
          measured,
          is_equal: Math.abs(measured - Number(expected)) <= TOLERANCE,
        });
    }
    return { run: facts, compared, derived };
  } finally {
    await close();
  }
}
