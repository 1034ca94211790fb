import type { Config } from '../contracts/config.js';
import { compareSides } from '../pipelines/inspection/comparison.js';
import { digestOf } from '../pipelines/inspection/digest.js';
import { explain } from '../pipelines/inspection/explanation.js';
import { resultOf, statusOf } from '../pipelines/inspection/result.js';
import { reviewPeriod } from '../pipelines/inspection/review.js';
import { storeSignals } from '../pipelines/inspection/store-signals.js';
import { storedSeries } from '../pipelines/inspection/stored-series.js';
import type { Store } from '../pipelines/store.js';
import type { Reporting } from './pipeline-instance.js';

/** What is told of a store that nobody runs: nothing is added to the log by asking. @param store the one open now */
export function storeReporting(store: () => Store, config: Config, data_dir: string): Reporting {
  const ask = <Result>(read: (store: Store) => Promise<Result>): Promise<Result> => {
    const asked = store();
    return asked.asked(() => read(asked));
  };
  return {
    status: () => ask((asked) => statusOf(asked, { config, data_dir, inputs: [] })),
    result: () => ask(resultOf),
    query: (sql, gone) => store().query(sql, [gone]),
    explain: (directive_id) => ask((asked) => explain(asked, config, data_dir, directive_id)),
    digest: () => ask(digestOf),
    signals: () => ask(storeSignals),
    compare: (request) => ask((asked) => compareSides(asked, config, request)),
    review: (request) => ask((asked) => reviewPeriod(asked, config, request)),
    seriesFor: (episode_id) => ask((asked) => storedSeries(asked, config, episode_id)),
  };
}
