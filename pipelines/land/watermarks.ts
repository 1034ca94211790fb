/**
 * The watermark of every input, and the least of them over inputs that are neither idle nor ended: what is older is
 * late. It never goes back. It follows from the sequence of events and control entries alone, never from batches.
 */
export interface InputWatermark {
  newest_us: number;
  /** Promised by the source itself; may be ahead of the newest event less the lateness. */
  promised_us: number;
  is_idle: boolean;
  is_ended: boolean;
  /** How often it has brought an event, or come further by one that had landed already, since this process began. */
  brought: number;
}

/** By input: newest event, promise (null before the first), whether idle, whether ended. */
export type WatermarkState = Record<string, [number | null, number | null, boolean, boolean]>;

export class Watermarks {
  readonly #lateness_us: number;
  readonly #inputs = new Map<string, InputWatermark>();
  #overall_us = Number.NEGATIVE_INFINITY;

  constructor(lateness_us: number) {
    this.#lateness_us = lateness_us;
  }

  /** -Infinity before the first event. */
  get overall_us(): number {
    return this.#overall_us;
  }

  /** The state of an input; one that was not known holds the watermark back from now on. */
  input(name: string): InputWatermark {
    let input = this.#inputs.get(name);
    if (input === undefined) {
      input = {
        newest_us: Number.NEGATIVE_INFINITY,
        promised_us: Number.NEGATIVE_INFINITY,
        is_idle: false,
        is_ended: false,
        brought: 0,
      };
      this.#inputs.set(name, input);
    }
    return input;
  }

  /** An event of an input has been let in. */
  observe(input: InputWatermark, event_us: number): void {
    wake(input);
    if (event_us <= input.newest_us) return;
    input.newest_us = event_us;
    this.#advance();
  }

  /** An input has said (`source.watermark`) that nothing older than a time will come. */
  promise(input: InputWatermark, until_us: number): void {
    wake(input);
    if (until_us <= input.promised_us) return;
    input.promised_us = until_us;
    this.#advance();
  }

  /**
   * An event has come again. It says how far its input has come, as it did when it landed: of two inputs that bring the same,
   * the second is no further behind than what it sends. An input that goes back over its own has come further before.
   * @param isPromise whether it is a `source.watermark`
   */
  again(input: InputWatermark, event_us: number, isPromise: boolean): void {
    if (isPromise && event_us > input.promised_us) this.promise(input, event_us);
    else if (!isPromise && event_us > input.newest_us) this.observe(input, event_us);
  }

  /** An input is taken to be quiet, and to have come as far as a time. */
  idle(name: string, until_us: number): void {
    const input = this.input(name);
    input.is_idle = true;
    input.promised_us = Math.max(input.promised_us, until_us);
    this.#advance();
  }

  ended(name: string): void {
    this.input(name).is_ended = true;
    this.#advance();
  }

  /** Everything has come in up to a time. */
  drained(until_us: number): void {
    this.#overall_us = Math.max(this.#overall_us, until_us);
  }

  broughtBy(name: string): number {
    return this.#inputs.get(name)?.brought ?? 0;
  }

  state(): WatermarkState {
    const known = (us: number) => (Number.isFinite(us) ? us : null);
    return Object.fromEntries(
      [...this.#inputs].map(([name, one]) => [
        name,
        [known(one.newest_us), known(one.promised_us), one.is_idle, one.is_ended],
      ]),
    );
  }

  restore(state: WatermarkState, overall_us: number | null): void {
    for (const [name, [newest, promised, is_idle, is_ended]] of Object.entries(state))
      this.#inputs.set(name, {
        newest_us: newest ?? Number.NEGATIVE_INFINITY,
        promised_us: promised ?? Number.NEGATIVE_INFINITY,
        is_idle,
        is_ended,
        brought: 0,
      });
    this.#overall_us = overall_us ?? Number.NEGATIVE_INFINITY;
  }

  #advance(): void {
    let least = Number.POSITIVE_INFINITY;
    let newest = Number.NEGATIVE_INFINITY;
    for (const input of this.#inputs.values()) {
      const own = Math.max(input.newest_us - this.#lateness_us, input.promised_us);
      newest = Math.max(newest, own);
      if (!input.is_idle && !input.is_ended) least = Math.min(least, own);
    }
    // With every input idle or ended, nothing holds the newest back.
    const overall = least === Number.POSITIVE_INFINITY ? newest : least;
    if (overall > this.#overall_us) this.#overall_us = overall;
  }
}

function wake(input: InputWatermark): void {
  input.is_idle = false;
  input.is_ended = false;
  input.brought++;
}
