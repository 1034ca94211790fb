import type { Directive, JournalEntry } from '../../contracts/directive.js';
import type { Episode } from '../../contracts/episode.js';
import { type JournalDraft, journalEntry } from '../journal.js';
import type { PolicyState } from './state.js';

/** What one step of the policy decided. */
export interface PolicyStep {
  readonly state: PolicyState;
  /** New or changed rows, each id once, as it is after the step. */
  readonly episodes: readonly Episode[];
  readonly directives: readonly Directive[];
  readonly journal: readonly JournalEntry[];
  /** `streamKey` of every stream whose detector must start anew. */
  readonly resets: readonly string[];
}

/** Gathers what a step decides, and keeps the journal's chain as it goes. */
export class Decisions {
  readonly state: PolicyState;
  readonly episodes = new Map<string, Episode>();
  readonly directives: Directive[] = [];
  readonly journal: JournalEntry[] = [];
  readonly resets: string[] = [];

  constructor(state: PolicyState) {
    this.state = state;
  }

  note(draft: JournalDraft): void {
    this.journal.push(noteInJournal(this.state, draft));
  }

  step(): PolicyStep {
    const { state, directives, journal, resets } = this;
    return { state, episodes: [...this.episodes.values()], directives, journal, resets };
  }
}

/** Adds an entry to the one journal; also for other stages (a refreshed baseline, a changed policy). */
export function noteInJournal(state: PolicyState, draft: JournalDraft): JournalEntry {
  const entry = journalEntry(state.journal, draft);
  state.journal = { ordinal: entry.ordinal, hash: entry.hash };
  return entry;
}
