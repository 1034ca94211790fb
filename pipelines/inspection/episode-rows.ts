import type { Directive } from '../../contracts/directive.js';
import type { Episode } from '../../contracts/episode.js';
import { episodeReport, type ReadingUnit } from '../../contracts/episode-report.js';
import type { EpisodeReport } from '../../contracts/reports.js';
import type { Verdict } from '../../contracts/verdict.js';
import type { Row, Store } from '../store.js';

export interface StoredEpisode {
  readonly episode: Episode;
  readonly reading: ReadingUnit;
}

/** Every episode, oldest detection first, with the unit that people read it in. */
export async function storedEpisodes(store: Store): Promise<StoredEpisode[]> {
  return (await store.rows('checks/episode_rows')).map((row) => ({ episode: episodeOf(row), reading: readingOf(row) }));
}

export function reportOf({ episode, reading }: StoredEpisode): EpisodeReport {
  return episodeReport(episode, reading);
}

export async function storedDirectives(store: Store): Promise<Directive[]> {
  return (await store.rows('checks/directive_rows')).map(({ body }) => JSON.parse(body as string) as Directive);
}

function episodeOf(row: Row): Episode {
  const { verdict, folded, unit, scale, ...rest } = row;
  return {
    ...rest,
    verdict: JSON.parse(verdict as string) as Verdict,
    folded: JSON.parse(folded as string) as Episode['folded'],
  } as unknown as Episode;
}

function readingOf({ relationship, part, unit, scale }: Row): ReadingUnit {
  if (part !== null) return { unit: 'ratio', scale: 1 };
  if (relationship !== null) return { unit: 'correlation', scale: 1 };
  return { unit: (unit as string | null) ?? '', scale: (scale as number | null) ?? 1 };
}
