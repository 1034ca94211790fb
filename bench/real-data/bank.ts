import { join } from 'node:path';
import { type ImportFacts, importRun } from './import-run.js';

/** Real dated sales calls of a bank, 2008: what drifts, when, and whether the counts are those of the file. */
export interface BankFigures {
  readonly run: ImportFacts;
  readonly months: readonly BankMonth[];
  readonly drifts: readonly BankDrift[];
}

export interface BankMonth {
  readonly month: string;
  readonly calls: number;
  readonly conversions: number;
  readonly attempts: number;
  readonly cellular: number;
  readonly talk_s: number;
  /** Whether the observations add up to the same numbers. */
  readonly is_equal: boolean;
}

export interface BankDrift {
  readonly judgement: string;
  readonly signal: string;
  readonly segment: string;
  readonly direction: 'up' | 'down' | 'none';
  readonly began_on: string;
  readonly found_on: string;
  readonly closed_on: string | null;
  /** Plain means of the file, 28 days before it began and from then to the day it was found. */
  readonly before: number | null;
  readonly since: number | null;
  readonly calls_since: number;
}

export async function measureBank(folder: string): Promise<BankFigures> {
  const file = join(folder, 'bank-full.2008.csv.gz');
  const { store, facts, close } = await importRun('uci-bank-marketing', file, 'bank.yaml');
  try {
    const months = await store.rows('checks/bank_months', { file });
    const drifts = await store.rows('checks/bank_drifts', { file });
    return {
      run: facts,
      months: months as unknown as readonly BankMonth[],
      drifts: drifts as unknown as readonly BankDrift[],
    };
  } finally {
    await close();
  }
}
