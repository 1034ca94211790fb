import type { Config } from '../../contracts/config.js';
import type { TrackContext } from './episodes.js';
import type { FoldingContext } from './folding.js';
import { type PreparedRule, prepareRules } from './rules.js';

/** What the policy is run with: made once for a configuration, not changed by any step. */
export interface PolicyContext extends TrackContext, FoldingContext {
  readonly rules: readonly PreparedRule[];
  /** Names the configuration that the rules come from. */
  readonly policy_version: string;
}

/** @throws PlumblineError CONFIG_FIELD_INVALID, see `prepareRules`. */
export function policyContext(
  policy: Config['policy'],
  policy_version: string,
  recovery: TrackContext['recovery'],
): PolicyContext {
  return {
    rules: prepareRules(policy.rules),
    policy_version,
    effect_confidence_min: policy.effect_confidence_min,
    recovery_calls: policy.recovery_calls,
    recovery,
    explained_share: policy.explained_share,
    same_cause: policy.same_cause,
  };
}
