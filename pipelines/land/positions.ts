import type { SourcePosition } from '../../contracts/batch.js';
import { PlumblineError } from '../../contracts/errors.js';
import type { Fill } from '../../contracts/fill.js';

/** The input under which lines land that had been rejected before; their partition is the id of the rejected line. */
export const REPLAY_INPUT = 'rejected';

type Place = Pick<SourcePosition, 'input' | 'partition'>;

/** What is kept of a partition under. Replayed lines are numbered as one, for each is a partition of its own. */
export function positionKey({ input, partition }: Place): string {
  return JSON.stringify(input === REPLAY_INPUT ? [input] : [input, partition]);
}

/**
 * How far each partition has been read. A position is never dropped: a file that was away and comes back would be read again.
 * So there are at most `positions_max` of them, and a partition beyond them is refused before anything of it is taken.
 */
export class Positions {
  readonly #positions_max: number;
  readonly #by_key: Map<string, SourcePosition>;
  /** Moved since the last frame. */
  #moved = new Map<string, SourcePosition>();

  /** @param known those of a log that is continued, by `positionKey`; the map is taken over */
  constructor(positions_max: number, known: Map<string, SourcePosition>) {
    this.#positions_max = positions_max;
    this.#by_key = known;
  }

  get fill(): Fill {
    return { queue: 'positions', filled: this.#by_key.size, max: this.#positions_max };
  }

  /** Those that have moved since `written`. */
  get moved(): readonly SourcePosition[] {
    return [...this.#moved.values()];
  }

  has(place: Place): boolean {
    return this.#by_key.has(positionKey(place));
  }

  /** The next line, offset or ordinal to read of a partition; undefined when nothing of it has been landed. */
  nextOffset(place: Place): number | undefined {
    return this.#by_key.get(positionKey(place))?.next_offset;
  }

  /** @throws PlumblineError LOG_POSITIONS_EXHAUSTED when there is no room for a partition that is new */
  admit(place: Place): void {
    if (this.#by_key.size < this.#positions_max || this.has(place)) return;
    throw new PlumblineError('LOG_POSITIONS_EXHAUSTED', `"${place.partition}" of ${place.input} cannot be read`, {
      detail:
        `the log knows how far ${this.#by_key.size} files (or other partitions) have been read, and ` +
        `land.positions_max is ${this.#positions_max}; none of them can be forgotten, for a file that comes back must not be read again`,
      hint:
        'Set land.positions_max higher (each takes about 0.4 KiB of memory) and start again: nothing of this one has been taken. ' +
        'Fewer and larger files take fewer.',
    });
  }

  note(position: SourcePosition): void {
    const key = positionKey(position);
    if (this.#by_key.get(key)?.next_offset === position.next_offset) return;
    this.#by_key.set(key, position);
    // The frame says of each replayed line that it was, and the last of them how far they have come.
    const place = JSON.stringify([position.input, position.partition]);
    this.#moved.delete(place);
    this.#moved.set(place, position);
  }

  /** The frame that holds those that have moved is made. */
  written(): void {
    this.#moved = new Map();
  }
}
