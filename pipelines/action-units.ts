import type { Rule } from '../contracts/config.js';
import type { DirectiveAction } from '../contracts/directive.js';
import { didYouMean, type FieldPath, type Finding, valueText } from './configuration-problems.js';

/** What the value of each action is: its units, and the type and range of the value in each. */
export const ACTION_UNITS: Readonly<Record<DirectiveAction, Readonly<Record<string, ActionValue>>>> = {
  throttle: {
    calls_per_minute: { type: 'number', at_least: 0 },
    calls_per_hour: { type: 'number', at_least: 0 },
    concurrent_calls: { type: 'number', at_least: 0 },
  },
  tighten_threshold: { ratio: { type: 'number', at_least: 0, at_most: 1 } },
  pause_path: { paused: { type: 'boolean' } },
  adjust_timeout: { ms: { type: 'number', at_least: 0 }, s: { type: 'number', at_least: 0 } },
  recalibrate_prompt: { prompt_profile: { type: 'string' } },
  rebalance_roles: { role_profile: { type: 'string' } },
  review: { queue: { type: 'string' } },
};

export interface ActionValue {
  readonly type: 'number' | 'string' | 'boolean';
  readonly at_least?: number;
  readonly at_most?: number;
}

/** What is wrong with the unit or the value of a rule's directive. */
export function actionFindings({ action, value, unit }: Rule['directive'], path: FieldPath): Finding[] {
  const units = ACTION_UNITS[action];
  const allowed = Object.keys(units);
  const wanted = units[unit];
  if (wanted === undefined || !Object.hasOwn(units, unit)) {
    return [
      {
        code: 'CONFIG_FIELD_INVALID',
        message: `${valueText(unit)} is no unit of ${action}`,
        path: [...path, 'unit'],
        allowed: `allowed: ${allowed.join(', ')}`,
        ...didYouMean(unit, allowed),
      },
    ];
  }
  const { type, at_least, at_most } = wanted;
  const is_in_range =
    typeof value !== 'number' ||
    ((at_least === undefined || value >= at_least) && (at_most === undefined || value <= at_most));
  if (typeof value === type && is_in_range) return [];
  const range = at_most === undefined ? `of at least ${at_least}` : `from ${at_least} to ${at_most}`;
  const text = { number: `a number ${range}`, string: 'a text', boolean: 'true or false' }[type];
  return [
    {
      code: 'CONFIG_FIELD_INVALID',
      message: `${valueText(value)} is no value of ${action} in ${unit}`,
      path: [...path, 'value'],
      allowed: `it takes ${text}, absolute`,
    },
  ];
}
