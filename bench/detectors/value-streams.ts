import { Random } from '../../sources/simulate/random.js';

/** Streams of single values for detectors that other libraries have too. */
export const VALUE_STREAMS = ['outcomes', 'values'] as const;
export type ValueStream = (typeof VALUE_STREAMS)[number];

export const STREAM_VALUES = 262_144;
/** After so many values the level moves, and after as many again it returns. */
const VALUES_PER_LEVEL = 16_384;
export const OUTCOME_LEVEL = 0.2;
const OUTCOME_LEVEL_MOVED = 0.26;
const VALUE_MOVED = 0.3;

/** `outcomes` are 0 or 1 with a share of OUTCOME_LEVEL; `values` are normal, mean 0 and standard deviation 1. */
export function drawValues(stream: ValueStream, seed: number): Float64Array {
  const random = Random.of(seed, stream);
  return Float64Array.from({ length: STREAM_VALUES }, (_, index) => {
    const is_moved = Math.floor(index / VALUES_PER_LEVEL) % 2 === 1;
    if (stream === 'values') return random.normal() + (is_moved ? VALUE_MOVED : 0);
    return Number(random.uniform() < (is_moved ? OUTCOME_LEVEL_MOVED : OUTCOME_LEVEL));
  });
}
