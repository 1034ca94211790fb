/**
 * What happens to a loop that waits for several things at once, in the order in which it happened. A race of promises
 * would do the same, and keep what every round came to for as long as the slowest promise has not settled.
 */
export class Mailbox<Happening> {
  readonly #posted: Happening[] = [];
  #wake: ((happening: Happening) => void) | null = null;

  readonly post = (happening: Happening): void => {
    const wake = this.#wake;
    this.#wake = null;
    if (wake === null) this.#posted.push(happening);
    else wake(happening);
  };

  /** One waits at a time. */
  next(): Promise<Happening> {
    const first = this.#posted.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
