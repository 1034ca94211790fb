import type { Fill } from '../contracts/fill.js';
import type { SourceChunk, SourceContext } from '../contracts/source.js';
import type { WatermarkState } from './land/watermarks.js';
import { type PipelineOptions, warning } from './pipeline-options.js';

/** What the loop of a live run goes by. */

/** How often a live run looks at ages, idle inputs and what sinks have not taken. */
export const TICK_MS = 250;

export interface OpenInput {
  name: string;
  readonly iterator: AsyncIterator<SourceChunk>;
}

/** When an input last brought something, and when it was last told to be quiet; wall clock, microseconds. */
export interface Arrival {
  at_us: number;
  told_us: number;
}

/** Whether `age_us` have passed since. A clock that was set back does not make anybody wait for as long as it went back. */
export function hasPassed(since_us: number, age_us: number, now_us: number): boolean {
  return now_us < since_us || now_us - since_us >= age_us;
}

/** Whether an input is to be told quiet: it is, for `idle_us`, and has not been told so for as long. It counts as told. */
export function takeQuiet(arrival: Arrival, idle_us: number, now_us: number): boolean {
  // Where the clock was set back, the time in which nothing came begins anew.
  arrival.at_us = Math.min(arrival.at_us, now_us);
  arrival.told_us = Math.min(arrival.told_us, now_us);
  if (!hasPassed(arrival.at_us, idle_us, now_us) || !hasPassed(arrival.told_us, idle_us, now_us)) return false;
  arrival.told_us = now_us;
  return true;
}

/**
 * From where the event time of an input that is quiet goes on, microseconds; null where it would change nothing to tell it.
 * One of which nothing but lines that are no events have come holds back those that have sent some: it is told once, from
 * before any event.
 */
export function quietFrom(inputs: WatermarkState, input: string): number | null {
  const { [input]: quiet, ...others } = inputs;
  const [newest_us, , is_idle] = quiet ?? [null, null, true];
  if (newest_us !== null || is_idle) return newest_us;
  return Object.values(others).some(([us]) => us !== null) ? 0 : null;
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
