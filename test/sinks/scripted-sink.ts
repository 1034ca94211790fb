import type { Directive } from '../../contracts/directive.js';
import type { OpenSink } from '../../contracts/sink.js';

export const refuse = () => Promise.reject(new Error('connection refused'));
export const hang = () => new Promise<void>(() => {});

export interface ScriptedSink extends OpenSink {
  /** What it was handed, taken or not. */
  readonly handed: string[][];
  readonly taken: string[];
}

/** A sink that fails its first attempts in given ways, then takes everything. */
export function scriptedSink(fails: readonly (() => Promise<void>)[] = []): ScriptedSink {
  const left = [...fails];
  const handed: string[][] = [];
  const taken: string[] = [];
  return {
    handed,
    taken,
    async deliver(batch: readonly Directive[]) {
      const ids = batch.map(({ id }) => id);
      handed.push(ids);
      await left.shift()?.();
      taken.push(...ids);
    },
    async close() {},
  };
}
