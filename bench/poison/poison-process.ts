import { type Cost, costOf } from '../end-to-end/cost.js';
import { throughPlumbline } from '../end-to-end/yardsticks.js';
import { answer } from '../in-child.js';
import type { Found } from './account.js';

export interface PoisonTask {
  /** New folder. */
  readonly data_dir: string;
}

/** Everything that comes on the standard input, through Plumbline; `rows` are events that landed. */
answer(async ({ data_dir }: PoisonTask): Promise<Cost & Found> => {
  const { result, cost } = await costOf(() => throughPlumbline('-', data_dir));
  const { events, rejected_by_reason, epoch } = result;
  return { rows: events.landed, ...cost, events, rejected_by_reason, epoch };
});
