import { type Config, settingsOf } from '../../contracts/config.js';
import type { SeriesPoint } from '../../contracts/series-point.js';
import type { Store } from '../store.js';
import { storedEpisodes } from './episode-rows.js';
import { storedGrounds } from './grounds.js';
import { goneBeforeUs } from './rows-left.js';
import { episodeSeries, scaledPoints } from './series.js';

/**
 * The picture of an episode in the store, in the unit that people read; where its rows have left the store, what was
 * written down of it at the detection. Nothing of one that is not there.
 */
export async function storedSeries(store: Store, config: Config, episode_id: string): Promise<SeriesPoint[]> {
  const stored = (await storedEpisodes(store)).find(({ episode }) => episode.id === episode_id);
  if (stored === undefined) return [];
  if ((await goneBeforeUs(store, stored.episode.began_us)) === null)
    return episodeSeries(store, settingsOf(config), stored);
  return scaledPoints((await storedGrounds(store, episode_id)).points, stored.reading.scale);
}
