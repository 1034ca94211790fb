import { join } from 'node:path';
import { TURN_LIMITS } from '../../pipelines/derive.js';
import type { Store } from '../../pipelines/store.js';
import { type ImportFacts, importRun } from './import-run.js';

/** Limits of `TURN_LIMITS`, ms. */
export type TurnLimits = { readonly [Name in keyof typeof TURN_LIMITS]: number };

/** Of a corpus of meetings: how much people talk over each other, as shares of one speaker's turns. */
export interface OverlapFigures {
  readonly limits: TurnLimits;
  readonly turns: number;
  readonly over_other_share: number;
  readonly interruption_share: number;
  readonly backchannel_share: number;
  readonly cut_off_share: number;
}

/** How far two judgements of the same utterances agree. */
export interface Agreement {
  readonly both: number;
  readonly judged_only: number;
  readonly labelled_only: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Of the two shares, over meetings. */
  readonly correlation: number;
}

export interface LimitsAgreement {
  readonly limits: TurnLimits;
  readonly cut_off: Agreement;
  readonly backchannel: Agreement;
}

export interface MeetingsFigures {
  readonly run: ImportFacts;
  readonly overlaps: readonly OverlapFigures[];
}

export interface LabelledMeetingsFigures extends MeetingsFigures {
  readonly meetings: number;
  readonly utterances: number;
  readonly interrupted: number;
  readonly abandoned: number;
  readonly backchannels: number;
  /** Of the utterances that people called abandoned, how many Plumbline calls cut off. */
  readonly cut_off_abandoned: number;
  /** The limits in force first, then others, one changed at a time. */
  readonly agreements: readonly LimitsAgreement[];
}

/** With these, an overlap is any overlap that lasts longer than the pages of the corpora count from. */
const COUNTED_FROM_MS = { icsi: 50, ami: 0 };

const OTHER_LIMITS: readonly Partial<TurnLimits>[] = [
  { overlap_ms_min: 0 },
  { overlap_ms_min: 50 },
  { overlap_ms_min: 250 },
  { backchannel_ms_max: 400 },
  { backchannel_ms_max: 1_000 },
  { yield_ms_max: 1_000 },
  { yield_ms_max: 4_000 },
  { resume_ms_min: 0 },
  { resume_ms_min: 1_000 },
];

export async function measureLabelledMeetings(folder: string): Promise<LabelledMeetingsFigures> {
  const file = join(folder, 'database', '*.dadb.gz');
  const { store, facts, close } = await importRun('icsi-mrda', file, 'turns.yaml');
  try {
    await store.run('checks/icsi_labels', { file });
    const agreements: LimitsAgreement[] = [];
    let first: Record<string, number> | undefined;
    for (const limits of [TURN_LIMITS, ...OTHER_LIMITS.map((other) => ({ ...TURN_LIMITS, ...other }))]) {
      const row = (await store.rows('checks/icsi_agreement', limits))[0] as Record<string, number>;
      first ??= row;
      agreements.push({ limits, cut_off: agreement(row, 'cut_off'), backchannel: agreement(row, 'backchannel') });
    }
    const { meetings, utterances, interrupted, abandoned, backchannels, cut_off_abandoned } = first!;
    return {
      run: facts,
      overlaps: await overlaps(store, COUNTED_FROM_MS.icsi),
      meetings: meetings!,
      utterances: utterances!,
      interrupted: interrupted!,
      abandoned: abandoned!,
      backchannels: backchannels!,
      cut_off_abandoned: cut_off_abandoned!,
      agreements,
    };
  } finally {
    await close();
  }
}

export async function measureMeetings(folder: string): Promise<MeetingsFigures> {
  const { store, facts, close } = await importRun('ami-rttm', join(folder, 'ami-words.rttm.gz'), 'turns.yaml');
  try {
    return { run: facts, overlaps: await overlaps(store, COUNTED_FROM_MS.ami) };
  } finally {
    await close();
  }
}

async function overlaps(store: Store, overlap_ms_min: number): Promise<OverlapFigures[]> {
  const figures: OverlapFigures[] = [];
  for (const limits of [TURN_LIMITS, { ...TURN_LIMITS, overlap_ms_min }]) {
    const row = (await store.rows('checks/meeting_overlaps', limits))[0] as unknown as Omit<OverlapFigures, 'limits'>;
    figures.push({ limits, ...row });
  }
  return figures;
}

function agreement(row: Record<string, number>, name: string): Agreement {
  const both = row[`${name}_both`]!;
  const judged_only = row[`${name}_judged_only`]!;
  const labelled_only = row[`${name}_labelled_only`]!;
  return {
    both,
    judged_only,
    labelled_only,
    precision: both / (both + judged_only),
    recall: both / (both + labelled_only),
    f1: (2 * both) / (2 * both + judged_only + labelled_only),
    correlation: row[`${name}_correlation`]!,
  };
}
