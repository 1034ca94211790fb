import { replayConfiguration } from '../cli/workspace.js';
import type { Config } from '../contracts/config.js';

/** The configuration that `init` writes: its policy, budget and groupings. Directives are decided and go nowhere. */
export function shippedConfiguration(): { readonly config: Config; readonly config_text: string } {
  const { config, text } = replayConfiguration(undefined);
  return { config: { ...config, sinks: [] }, config_text: text };
}
