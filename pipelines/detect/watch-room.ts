import type { Fill } from '../../contracts/fill.js';

/** A stream that is not watched for want of room. Exactly one of `signal` and `relationship` is not null. */
export interface RefusedStream {
  readonly signal: string | null;
  readonly relationship: string | null;
  readonly segment: string;
  /** End of the first window of one minute that was not taken, microseconds of event time. */
  readonly since_us: number;
}

/**
 * Room for the streams that are watched, those of signals and of relationships together: first come, first served, in the
 * order in which observations close, which follows from the log. A stream beyond `streams_max` is refused, and told.
 */
export class WatchRoom {
  readonly #streams_max: number;
  #watched = 0;
  /** Since the last call of `takeRefused`. */
  readonly #refused = new Map<string, RefusedStream>();

  constructor(streams_max: number) {
    this.#streams_max = streams_max;
  }

  get fill(): Fill {
    return { queue: 'watched_streams', filled: this.#watched, max: this.#streams_max };
  }

  get hasRoom(): boolean {
    return this.#watched < this.#streams_max;
  }

  take(): void {
    this.#watched++;
  }

  giveBack(): void {
    this.#watched--;
  }

  refuse({ signal, relationship, segment }: Omit<RefusedStream, 'since_us'>, since_us: number): void {
    const key = `${signal ?? `~${relationship}`}|${segment}`;
    if (!this.#refused.has(key)) this.#refused.set(key, { signal, relationship, segment, since_us });
  }

  takeRefused(): readonly RefusedStream[] {
    const refused = [...this.#refused.values()];
    this.#refused.clear();
    return refused;
  }
}

/** Streams in the order in which they get room when another configuration has less of it: those of `open`, then by key. */
export function inTurn<Watched>(watched: ReadonlyMap<string, Watched>, open: ReadonlySet<string>): [string, Watched][] {
  const later = (key: string) => (open.has(key) ? 0 : 1);
  return [...watched].sort(([left], [right]) => later(left) - later(right) || (left < right ? -1 : 1));
}
