import { answer } from '../in-child.js';
import { type Cost, costOf } from './cost.js';
import { YARDSTICKS, type YardstickTask } from './yardsticks.js';

answer(async (task: YardstickTask): Promise<Cost> => {
  const { result, cost } = await costOf(() => YARDSTICKS[task.yardstick](task));
  return { rows: result, ...cost };
});
