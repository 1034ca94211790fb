import type { Attribution } from '../contracts/attribution.js';
import type { Settings } from '../contracts/config.js';
import type { Directive, JournalEntry } from '../contracts/directive.js';
import type { Episode } from '../contracts/episode.js';
import { attributionAtDetection } from './inspection/attribution.js';
import { type Grounds, groundsAtDetection } from './inspection/grounds.js';
import type { PolicyStep } from './policy/engine.js';
import type { StreamVerdict } from './policy/stream.js';
import {
  writeAttributions,
  writeDirectives,
  writeEpisodes,
  writeGrounds,
  writeJournal,
  writeVerdicts,
} from './records.js';
import type { Store } from './store.js';

/** What a frame has decided and is not in the store yet. */
export class FrameRecords {
  #episodes = new Map<string, Episode>();
  #directives: Directive[] = [];
  #journal: JournalEntry[] = [];
  #verdicts: StreamVerdict[] = [];

  takeVerdicts(verdicts: readonly StreamVerdict[]): void {
    this.#verdicts.push(...verdicts);
  }

  takeStep({ episodes, directives, journal }: PolicyStep): void {
    for (const episode of episodes) this.#episodes.set(episode.id, episode);
    this.#directives.push(...directives);
    this.note(journal);
  }

  note(entries: readonly JournalEntry[]): void {
    this.#journal.push(...entries);
  }

  /** Brings it into the store, within the transaction of the frame, and is empty afterwards. Gives the directives. */
  async write(store: Store, settings: Settings): Promise<readonly Directive[]> {
    const [episodes, directives, journal, verdicts] = [this.#episodes, this.#directives, this.#journal, this.#verdicts];
    [this.#episodes, this.#directives, this.#journal, this.#verdicts] = [new Map(), [], [], []];
    await writeVerdicts(store, verdicts);
    await writeEpisodes(store, [...episodes.values()]);
    const opened = openedIn({ episodes, journal });
    await writeAttributions(store, await attributed(store, settings, opened));
    await writeGrounds(store, await grounded(store, settings, opened));
    await writeDirectives(store, directives);
    await writeJournal(store, journal);
    return directives;
  }
}

/** Episodes that opened, in the order of the journal. */
function openedIn(decided: {
  readonly episodes: ReadonlyMap<string, Episode>;
  readonly journal: readonly JournalEntry[];
}): Episode[] {
  return decided.journal.flatMap(({ kind, subject }) => {
    const episode = kind === 'episode_opened' ? decided.episodes.get(subject) : undefined;
    return episode === undefined ? [] : [episode];
  });
}

/** Where the excess of episodes that opened comes from: of what had closed by then, however much more this frame has. */
async function attributed(
  store: Store,
  settings: Settings,
  opened: readonly Episode[],
): Promise<[string, Attribution][]> {
  const attributions: [string, Attribution][] = [];
  for (const episode of opened)
    if (episode.signal !== null)
      attributions.push([episode.id, await attributionAtDetection(store, settings, episode)]);
  return attributions;
}

/** What episodes that opened rest on, in the same way. */
async function grounded(store: Store, settings: Settings, opened: readonly Episode[]): Promise<[string, Grounds][]> {
  const grounds: [string, Grounds][] = [];
  for (const episode of opened) grounds.push([episode.id, await groundsAtDetection(store, settings, episode)]);
  return grounds;
}
