import { answer } from '../in-child.js';
import type { DamageTask } from './damages.js';
import { damageLog, type LogDamageReport } from './log-damage.js';
import { damageStore, type StoreDamageReport } from './store-damage.js';
import { damageSummaries } from './summary-damage.js';

/** What is damaged in a process of its own: memory that a damaged store has taken goes with it. */
export interface DamageProcessTask extends DamageTask {
  readonly what: 'log' | 'archive' | 'summaries' | 'store';
}

answer(({ what, ...task }: DamageProcessTask): Promise<LogDamageReport | StoreDamageReport> => {
  if (what === 'store') return damageStore(task);
  if (what === 'summaries') return damageSummaries(task);
  return damageLog({ ...task, is_archived: what === 'archive' });
});
