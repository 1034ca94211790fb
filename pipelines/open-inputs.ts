import type { Fill } from '../contracts/fill.js';
import type { SourceChunk, SourceContext } from '../contracts/source.js';
import { type PipelineOptions, warning } from './pipeline-options.js';

/** What the loop of a live run goes by. */

/** How often a live run looks at ages, idle inputs and what sinks have not taken. */
export const TICK_MS = 250;

export interface OpenInput {
  name: string;
  readonly iterator: AsyncIterator<SourceChunk>;
}

/** Whether `age_us` have passed since. A clock that was set back does not make anybody wait for as long as it went back. */
export function hasPassed(since_us: number, age_us: number, now_us: number): boolean {
  return now_us < since_us || now_us - since_us >= age_us;
}

export type Happening =
  | { readonly kind: 'aborted' | 'tick' }
  | { readonly kind: 'came'; readonly input: OpenInput; readonly next: IteratorResult<SourceChunk> }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * The sources of a run, opened.
 * @param fills takes what they tell of how full they are, by name
 */
export function openInputs(
  options: PipelineOptions,
  resume: SourceContext['resume'],
  fills: Map<string, Fill>,
): OpenInput[] {
  const { inputs, base_dir, signal } = options;
  return inputs.map(({ source, config }, at) => {
    // Two sources of one kind are two.
    const isFirst = inputs.findIndex((one) => one.source === source) === at;
    const name = isFirst ? source.name : `${source.name}_${at + 1}`;
    const filled = ({ queue, ...fill }: Fill) => {
      fills.set(`${queue}_${name}`, { queue: `${queue}_${name}`, ...fill });
    };
    const context = { signal, base_dir, resume, filled, warn: warning(options) };
    const chunks = source.open(source.config.parse(config), context);
    return { name: source.name, iterator: chunks[Symbol.asyncIterator]() };
  });
}
